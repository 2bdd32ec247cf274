//! A store with a fleet in it: so many terminals, each with a notice, a certificate and a renewal that is not yet issued.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

use super::Identity;

/// Times are far away, so that nothing becomes due meanwhile.
pub(crate) const PROFILE: &str = "[issue]\ndelays = [\"3650d\", \"3650d\"]\n";

/// Puts the fleet into the world `default` of a store that is closed, made like the one terminal that is there; keys are
/// still to be made.
/// Answers with that terminal's key and certificate.
pub(crate) async fn fill(path: &Path, terminals: u32) -> Identity {
    let mut store = SqliteConnectOptions::new().filename(path).connect().await.expect("a store");
    let statements = [
        "INSERT INTO certificates (world, serial, number, subject, not_before, not_after) \
         SELECT world, printf('%032X', 16777216 + i), 1000000 + i, subject, not_before, not_after FROM certificates, n WHERE world = 'default' AND number = (SELECT MIN(number) FROM certificates)",
        "INSERT INTO notices (world, request_id, reference_id, issuer, institution_code, terminal_name, category, \
         issued_on, valid_from, valid_until, download_until, serial, downloads) \
         SELECT world, '20250101' || printf('%07d', i), reference_id, issuer, '01' || printf('%08d', i), \
         terminal_name, category, issued_on, valid_from, valid_until, download_until, \
         printf('%032X', 16777216 + i), 0 FROM notices, n WHERE world = 'default' AND request_id > '2026'",
        "INSERT INTO renewals (world, request_id, reference_id, predecessor, institution_code, sequence, serial, \
         number, accepted_at, course, pending) \
         SELECT world, '20250102' || printf('%07d', i), reference_id, printf('%032X', 16777216 + i), \
         '01' || printf('%08d', i), 1, printf('%032X', 33554432 + i), 2000000 + i, 1790000000000, \
         '{\"running\":{\"stage\":\"key_generation\",\"since\":\"2026-09-21T14:13:20Z\"}}', 1 \
         FROM notices, n WHERE world = 'default' AND request_id > '2026'",
        "UPDATE counters SET value = 3000000 WHERE world = 'default' AND name = 'certificate'",
    ];
    for statement in statements {
        run(&mut store, terminals, statement).await;
    }
    // An earlier version finds out each time.
    let dues = sqlx::query("SELECT 1 FROM sqlite_master WHERE name = 'dues'");
    if dues.fetch_optional(&mut store).await.expect("tables").is_some() {
        let due = "INSERT INTO dues (world, kind, key, place, due) SELECT 'default', 1, \
                   '20250102' || printf('%07d', i), 2000000 + i, 2420720000000 FROM n";
        run(&mut store, terminals, due).await;
    }
    let row = sqlx::query(
        "SELECT private_key, der FROM certificates WHERE world = 'default' ORDER BY number LIMIT 1",
    );
    let row = row.fetch_one(&mut store).await.expect("a terminal");
    let bytes = |column: &str| {
        use base64::Engine;
        let text: &str = row.get(column);
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    };
    let identity = Identity { certificate: bytes("der"), key: bytes("private_key") };
    store.close().await.expect("closes");
    identity
}

async fn run(store: &mut SqliteConnection, terminals: u32, statement: &'static str) {
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 WHERE {terminals} > 0 UNION ALL SELECT i + 1 FROM n WHERE i < {terminals}) "
    );
    let statement = match statement.strip_prefix("UPDATE") {
        Some(_) => statement.to_owned(),
        None => numbers + statement,
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(store).await.expect("a fleet");
}
