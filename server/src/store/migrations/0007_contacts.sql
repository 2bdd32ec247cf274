-- Applicants' mail addresses, and when each is written to next.

CREATE TABLE contacts (
    world      TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    request_id TEXT NOT NULL,
    email      TEXT NOT NULL,
    due        BIGINT,
    PRIMARY KEY (world, request_id)
);

CREATE INDEX contacts_due ON contacts (world, due);
