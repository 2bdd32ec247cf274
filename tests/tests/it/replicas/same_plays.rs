//! What a store matters to is played once more where it is PostgreSQL: pages, sessions, concurrent and killed renewals,
//! downloads that are allowed once, faults, worlds.

use obn_tests::{Cluster, STORE, run_with};
use tokio::process::Command;

const PLAYED: [&str; 12] = [
    "ru::",
    "rcd::",
    "rcr::",
    "rx::",
    "crl::",
    "session::",
    "faults::",
    "worlds::",
    "reminders::",
    "durability::killed_renewal",
    "durability::cancelled_renewal",
    "durability::download_once",
];
const NOT_PLAYED: [&str; 8] = [
    // The names of their tests have those of pages in them.
    "profile::",
    // They have a store of their own, and one on PostgreSQL already.
    "::in_a_file",
    "::on_postgres",
    // Replicas refuse worlds on ports of their own.
    "worlds::hosting::a_world_on_a_port_of_its_own_is_reached_by_any_name",
    "worlds::hosting::worlds_on_ports_of_their_own_don_t_end_each_other_s_sessions_in_one_browser",
    "worlds::hosting::what_cannot_be_a_world_is_a_problem_document",
    // These look into the process itself.
    "faults::exchanges::a_renewal_can_be_shown_as_stuck_or_failed",
    // Dozens of simulators at once, each with connections of its own.
    "faults::client::the_client_ends_rightly_under_every_fault_of_the_catalogue",
];

#[tokio::test]
async fn what_a_store_matters_to_is_the_same_on_postgresql() {
    let Some(_cluster) = Cluster::shared().await else { return };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(PLAYED).env(STORE, "postgres").env("RUST_TEST_THREADS", "4");
    for name in NOT_PLAYED {
        command.args(["--skip", name]);
    }
    let ran = run_with(&mut command, "").await;
    let summary = ran.stdout.lines().rfind(|line| line.starts_with("test result: ")).unwrap_or_default();
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    let passed: usize = summary.split(' ').nth(3).and_then(|count| count.parse().ok()).unwrap_or_default();
    assert!(passed > 100, "{summary}");
    eprintln!("on PostgreSQL: {summary}");
}
