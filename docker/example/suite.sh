#!/bin/sh
# The conformance suite, on the client of this container: a shell script with curl and openssl. Put the
# command of your own here.
exec obn-conformance client --command /example/obn_client.sh \
  --json /reports/report.json --junit /reports/junit.xml --html /reports/report.html "$@"
