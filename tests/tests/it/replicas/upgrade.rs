//! Two versions side by side: a later one begins with migrations that only add, and the earlier one goes on beside it.

use obn_tests::{Program, Replicas};

/// What a later version may do at its start.
const EXPANDS: &str = "
    ALTER TABLE worlds ADD COLUMN later BIGINT;
    ALTER TABLE notices ADD COLUMN later TEXT NOT NULL DEFAULT 'as before';
    CREATE TABLE later (number BIGINT NOT NULL);
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (1000, 'of a later version', TRUE, '\\x00', 0);
";

#[tokio::test]
async fn this_version_goes_on_and_starts_beside_a_later_one_that_has_expanded_the_schema() {
    let Some(mut replicas) = Replicas::start().await else { return };
    // All have used their statements before.
    for program in replicas.all() {
        works(program).await;
    }
    replicas.database.sql(EXPANDS).await;
    for program in replicas.all() {
        works(program).await;
    }
    // Its pod goes to another node in the middle of the upgrade.
    replicas.kill(0).await;
    replicas.revive(0).await;
    works(replicas.replica(0)).await;
    let notices = replicas.replica(1).control.json("/notices").await;
    assert_eq!(notices.as_array().unwrap().len(), 7);
}

async fn works(program: &Program) {
    let notice = program.control.issue().await;
    assert!(program.browser().await.download(&notice, "1234").await.pfx("1234").fits());
}
