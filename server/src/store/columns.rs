//! The columns that are read, by their names: a statement stays good when another version of the program adds one.

/// Those of a record: `n` is its notice, `c` its certificate.
macro_rules! record_columns {
    () => {
        "n.request_id, n.reference_id, n.issuer, n.institution_code, n.terminal_name, n.category, n.issued_on, \
         n.valid_from, n.valid_until, n.download_until, n.serial, n.downloads, n.last_download, n.password_tag, \
         c.number, c.subject, c.not_before, c.not_after, c.revocation"
    };
}

/// Those of a renewal, `r`.
macro_rules! renewal_columns {
    () => {
        "r.request_id, r.reference_id, r.predecessor, r.institution_code, r.sequence, r.serial, r.number, \
         r.accepted_at, r.course, r.password"
    };
}

/// Those of an application for a revocation.
macro_rules! revocation_columns {
    () => {
        "request_id, sequence, serial, email, accepted_at, decision"
    };
}

pub(super) use {record_columns, renewal_columns, revocation_columns};
