-- Mails that a mail server has still to be given.

CREATE TABLE deliveries (
    world  TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    PRIMARY KEY (world, number)
);
