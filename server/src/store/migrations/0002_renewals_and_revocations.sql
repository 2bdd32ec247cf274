-- What /p/ru and /p/rx accepted, and the mails that followed from it.

CREATE TABLE renewals (
    world            TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    request_id       TEXT NOT NULL,
    reference_id     TEXT NOT NULL,
    predecessor      TEXT NOT NULL,
    institution_code TEXT NOT NULL,
    sequence         BIGINT NOT NULL,
    serial           TEXT NOT NULL,
    number           BIGINT NOT NULL,
    accepted_at      BIGINT NOT NULL,
    course           TEXT NOT NULL,
    -- 1 as long as neither issued nor failed.
    pending          BIGINT NOT NULL,
    PRIMARY KEY (world, request_id)
);

-- However often a form is sent: one application.
CREATE UNIQUE INDEX renewals_by_predecessor ON renewals (world, predecessor, sequence);
CREATE INDEX renewals_pending ON renewals (world, pending);

CREATE TABLE revocations (
    world       TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    request_id  TEXT NOT NULL,
    sequence    BIGINT NOT NULL,
    serial      TEXT NOT NULL,
    email       TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    decision    TEXT,
    PRIMARY KEY (world, request_id, sequence)
);

CREATE TABLE mails (
    world   TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    number  BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (world, number)
);
