-- Counts what was committed, so that it can be told after a commit that failed whether it holds.

CREATE TABLE commits (
    number BIGINT NOT NULL
);

INSERT INTO commits (number) VALUES (0);
