-- One SQL for SQLite and PostgreSQL: no blobs (bytes are base64), times in milliseconds since 1970, days as text.

CREATE TABLE worlds (
    name     TEXT PRIMARY KEY NOT NULL,
    settings TEXT NOT NULL
);

CREATE TABLE counters (
    world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    name  TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (world, name)
);

CREATE TABLE certificates (
    world       TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    serial      TEXT NOT NULL,
    number      BIGINT NOT NULL,
    subject     TEXT NOT NULL,
    not_before  BIGINT NOT NULL,
    not_after   BIGINT NOT NULL,
    revocation  TEXT,
    -- Both are empty until the key is there: issuing doesn't wait for prime numbers.
    private_key TEXT,
    der         TEXT,
    PRIMARY KEY (world, serial)
);

CREATE TABLE notices (
    world            TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    request_id       TEXT NOT NULL,
    reference_id     TEXT NOT NULL,
    issuer           TEXT NOT NULL,
    institution_code TEXT NOT NULL,
    terminal_name    TEXT NOT NULL,
    category         TEXT NOT NULL,
    issued_on        TEXT NOT NULL,
    valid_from       TEXT NOT NULL,
    valid_until      TEXT NOT NULL,
    download_until   TEXT NOT NULL,
    serial           TEXT NOT NULL,
    downloads        BIGINT NOT NULL,
    last_download    BIGINT,
    password_tag     TEXT,
    PRIMARY KEY (world, request_id)
);

CREATE UNIQUE INDEX notices_by_serial ON notices (world, serial);

CREATE TABLE attempts (
    world        TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    request_id   TEXT NOT NULL,
    failures     BIGINT NOT NULL,
    locked_until BIGINT,
    PRIMARY KEY (world, request_id)
);
