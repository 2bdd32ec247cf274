-- What /p/rcr accepted.

CREATE TABLE applications (
    world      TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    number     TEXT NOT NULL,
    sequence   BIGINT NOT NULL,
    -- However often a confirmation page is sent: one application.
    submission TEXT NOT NULL,
    content    TEXT NOT NULL,
    -- 1 as long as it may move on by itself.
    pending    BIGINT NOT NULL,
    PRIMARY KEY (world, number)
);

CREATE UNIQUE INDEX applications_by_submission ON applications (world, submission);
CREATE INDEX applications_pending ON applications (world, pending);
