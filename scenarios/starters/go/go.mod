module obn-client

go 1.18
