-- What time alone brings about in a world, and when.

CREATE TABLE dues (
    world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE,
    kind  BIGINT NOT NULL,
    key   TEXT NOT NULL,
    -- Tells apart what is due at the same moment.
    place BIGINT NOT NULL,
    due   BIGINT NOT NULL,
    PRIMARY KEY (world, kind, key)
);

CREATE INDEX dues_in_order ON dues (world, due, kind, place, key);

-- In the worlds that are there already, to find out what is due is what is due first (kind 0).
INSERT INTO dues (world, kind, key, place, due) SELECT name, 0, '', 0, 0 FROM worlds;

DROP INDEX contacts_due;

-- Lists in their order, page by page, and what is looked up in them.

CREATE INDEX certificates_by_number ON certificates (world, number);
CREATE INDEX certificates_revoked ON certificates (world, number) WHERE revocation IS NOT NULL;
CREATE INDEX notices_by_institution ON notices (world, institution_code, request_id);
CREATE INDEX renewals_by_number ON renewals (world, number);
CREATE INDEX renewals_by_institution ON renewals (world, institution_code, request_id);
CREATE INDEX revocations_in_order ON revocations (world, accepted_at, request_id, sequence);
CREATE INDEX revocations_open ON revocations (world) WHERE decision IS NULL;
CREATE INDEX applications_by_sequence ON applications (world, sequence);
