//! The harness bites: a client with one thing done wrong is caught by scenarios that name the requirement
//! which it breaks, and nothing else fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use obn_conformance::{Catalogue, Operation, Outcome, Subject, run_client};

use crate::mutants_server;
use crate::share::{Share, is_all};

/// Plays of one mutant at a time: most of a play is waiting.
const JOBS: usize = 6;

/// Plays what has to do with these actions against the mutant. Failures may name only `broken`, and each of
/// those must be named.
fn table(name: &str, mutant: &[String], actions: &[Operation], broken: &[&str]) -> String {
    let mut catalogue = Catalogue::embedded().unwrap();
    let mut share = Share::new(name.len());
    catalogue.client_scenarios.retain(|scenario| {
        scenario.operations().any(|operation| actions.contains(&operation))
            && scenario.head.id != "client/faults/slow"
            && share.has(&scenario.head, broken)
    });
    // One case of each is enough to bite.
    catalogue.client_scenarios.iter_mut().for_each(|scenario| scenario.head.cases.truncate(1));
    let subject = Subject { limit: Duration::from_secs(45), ..Subject::new(mutant) };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plays = runtime.block_on(run_client(&catalogue.client_scenarios, &subject, JOBS, |_| {}));
    let mut named = BTreeSet::new();
    let mut table = String::new();
    let mut strangers = String::new();
    for played in &plays {
        match &played.outcome {
            Outcome::Passed { .. } | Outcome::Skipped { .. } => {}
            Outcome::Failed { failures, transcript, .. } => {
                let breaks: BTreeSet<_> =
                    failures.iter().flat_map(|failure| &failure.breaks).map(String::as_str).collect();
                if breaks.iter().any(|id| !broken.contains(id)) {
                    let lines: Vec<_> = transcript.iter().map(|line| line.en.as_str()).collect();
                    let _ = writeln!(strangers, "{}: {failures:#?}\n{}", played.title(), lines.join("\n"));
                }
                let ids: Vec<_> = breaks.iter().copied().collect();
                let _ = writeln!(table, "{}: {}", played.title(), ids.join(" "));
                named.extend(breaks.into_iter().map(str::to_owned));
            }
            other => panic!("{}: {other:?}", played.title()),
        }
    }
    let unnamed: Vec<_> = broken.iter().filter(|id| !named.contains(**id)).collect();
    assert!(unnamed.is_empty() && strangers.is_empty(), "not named: {unnamed:?}\n{table}\n{strangers}");
    table
}

macro_rules! mutants {
    ($($name:ident: on [$($action:ident)+] breaks [$($broken:literal),* $(,)?];)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(mutant) = mutants_server::command(stringify!($name)) {
                    let (actions, broken) = ([$(Operation::$action),+], [$($broken),*]);
                    let table = table(stringify!($name), &mutant, &actions, &broken);
                    if is_all() {
                        println!("{table}");
                    } else {
                        insta::assert_snapshot!(table);
                    }
                }
            }
        )*
    };
}

mutants! {
    accepts_any_root: on [Root Download Login] breaks ["TLS-002", "TLS-003", "TLS-004", "TLS-006", "LOG-104"];
    accepts_any_host: on [Root Download] breaks ["TLS-003"];
    says_only_that_tls_failed: on [Root Download] breaks ["TLS-002", "TLS-004", "TLS-006"];
    says_nothing_of_the_network: on [Root Download] breaks ["NET-004", "PRX-003", "TLS-002", "TLS-004", "TLS-006"];
    uses_the_proxy_for_everything: on [Root] breaks ["NET-002"];
    ignores_the_proxy: on [Root Download] breaks ["PRX-001", "PRX-002", "PRX-003"];
    hammers_the_proxy: on [Download] breaks ["PRX-003"];
    trusts_what_lies_in_its_identity: on [Renew] breaks ["TLS-002"];
    shows_no_fingerprint: on [Root] breaks ["ROOT-101"];
    believes_any_file: on [Download] breaks ["RCD-104", "CRT-101", "CRT-104"];
    saves_before_looking: on [Download] breaks ["RCD-104", "CRT-101", "CRT-104"];
    believes_any_issuer: on [Download Renew] breaks ["CRT-101", "CRT-102"];
    believes_any_signature: on [Download] breaks ["CRT-104"];
    writes_as_it_comes: on [Download] breaks ["RCD-107"];
    makes_the_file_first: on [Download] breaks ["CRT-101", "CRT-104", "NET-004", "RCD-103", "RCD-104", "RCD-105", "RCD-107", "RCD-108", "SES-101", "TLS-002"];
    makes_way_first: on [Download] breaks ["RCD-109"];
    divides_paths_at_blanks: on [Download] breaks ["RCD-110"];
    takes_the_password_for_a_number: on [Download] breaks ["PFX-110"];
    puts_the_ids_into_the_address: on [Download Renew] breaks ["PFX-108"];
    leaves_the_key_in_a_temporary_folder: on [Renew] breaks ["PFX-109", "PFX-111"];
    keeps_a_key_without_a_password: on [Download] breaks ["PFX-111"];
    keeps_the_mode_of_an_older_file: on [Download] breaks ["PFX-103"];
    tells_the_proxy_password: on [Download] breaks ["PRX-004"];
    changes_the_identity_after_renewing: on [Renew] breaks ["REN-109"];
    applies_twice_for_a_revocation: on [Revoke] breaks ["REV-104"];
    deletes_what_it_cannot_open: on [Remove] breaks ["DEL-004"];
    counts_days_elsewhere: on [Notices] breaks ["EXP-006"];
    sends_any_password: on [Download] breaks ["RCD-102"];
    tries_a_refused_reference_id_again: on [Download] breaks ["RCD-103", "RCD-105"];
    hides_the_words_of_a_refusal: on [Download] breaks ["RCD-103", "RCD-105"];
    ends_with_0_after_a_refusal: on [Download Collect] breaks ["RCD-103", "RCD-104", "RCD-105", "COL-101", "PFX-103"];
    goes_by_names_of_fields: on [Download] breaks ["APL-101", "RCD-106"];
    gives_up_after_a_lost_session: on [Download] breaks ["SES-101"];
    begins_again_for_ever: on [Download] breaks ["SES-101"];
    takes_an_institution_for_a_terminal: on [Download] breaks ["CRT-103"];
    drops_the_root: on [Download Renew] breaks ["PFX-102", "PFX-104", "PFX-105"];
    drops_the_key: on [Download] breaks ["PFX-101", "PFX-104"];
    shows_the_password_in_an_argument: on [Download] breaks ["PFX-103"];
    prints_the_password: on [Download] breaks ["PFX-103"];
    prints_the_reference_id: on [Download] breaks ["PFX-103"];
    writes_files_for_everyone: on [Download] breaks ["PFX-103"];
    leaves_the_key_lying_about: on [Renew] breaks ["PFX-103", "PFX-111"];
    deletes_the_old_key_first: on [Renew] breaks ["REN-103", "REN-104", "REN-109"];
    applies_again_after_a_lost_session: on [Renew] breaks ["SES-102", "REN-104", "REN-105"];
    forgets_what_it_applied_for: on [Renew] breaks ["SES-102", "REN-104", "REN-105"];
    takes_any_page_for_a_refusal: on [Renew] breaks ["REN-104"];
    forgets_the_reference_id: on [Renew] breaks ["REN-105"];
    polls_in_a_tight_loop: on [Renew] breaks ["REN-102"];
    polls_for_ever: on [Renew] breaks ["REN-102", "REN-104"];
    does_not_wait: on [Renew] breaks ["REN-101", "REN-102"];
    says_nothing_of_an_empty_list: on [Collect] breaks ["COL-101"];
    shows_any_certificate: on [Renew Login] breaks ["CRT-102", "LOG-101"];
    calls_a_refusal_a_login: on [Login] breaks ["LOG-103"];
    says_nothing_of_who_logged_in: on [Login] breaks ["LOG-102"];
    renews_without_asking: on [Renew] breaks ["REN-108"];
    revokes_without_asking: on [Revoke] breaks ["REV-101"];
    calls_an_application_a_revocation: on [Revoke] breaks ["REV-102"];
    takes_any_page_for_a_receipt: on [Revoke] breaks ["REV-103"];
    applies_for_certificates_without_asking: on [Apply] breaks ["APL-104"];
    applies_again_after_a_lost_answer: on [Apply] breaks ["APL-103"];
    sends_a_refused_form_again: on [Apply] breaks ["APL-102"];
    keeps_the_number_to_itself: on [Apply] breaks ["APL-101"];
    deletes_without_asking: on [Remove] breaks ["DEL-002"];
    deletes_every_older_certificate: on [Remove] breaks ["DEL-001"];
    forgets_a_notice: on [Notices] breaks ["EXP-001"];
    notifies_weekly_at_the_end: on [Notices] breaks ["EXP-002"];
    is_silent_after_the_end: on [Notices] breaks ["EXP-003"];
    notifies_every_day: on [Notices] breaks ["EXP-001", "EXP-004", "EXP-006"];
}

#[test]
fn every_mutant_of_the_file_is_among_these() {
    let file = include_str!("mutants.py");
    let there = file.matches("\n@mutant\n").count();
    let here = include_str!("client_bites.rs").lines().filter(|line| line.contains("breaks [\"")).count();
    assert_eq!(there, here);
}
