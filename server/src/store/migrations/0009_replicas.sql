-- What several processes on one database know of each other: a world's row counts its changes and its records, and says
-- which one it is of all that had its name.

ALTER TABLE worlds ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE worlds ADD COLUMN incarnation TEXT NOT NULL DEFAULT '';
ALTER TABLE worlds ADD COLUMN journal BIGINT NOT NULL DEFAULT 0;

CREATE TABLE journal (
    world    TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (world, sequence)
);

-- The revocation lists that were signed last: the one that is published, and the one that others have fetched.

CREATE TABLE crls (
    world   TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    use     TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (world, use)
);
