-- What counts over several processes: faults, and who sends a mail.

CREATE TABLE faults (
    world   TEXT PRIMARY KEY NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    content TEXT NOT NULL
);

-- How many are switched on.
ALTER TABLE worlds ADD COLUMN faults BIGINT NOT NULL DEFAULT 0;

-- Until when (in milliseconds since 1970, by the database's clock) somebody is sending it.
ALTER TABLE deliveries ADD COLUMN sending_until BIGINT NOT NULL DEFAULT 0;
