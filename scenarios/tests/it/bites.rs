//! The harness bites: a portal with one rule changed is caught by scenarios that name the rule, and
//! nothing else fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use obn_conformance::{Catalogue, Outcome, Target, USUAL_SEED, run};

/// Plays everything against a portal with these keys. Failures may name only `broken`, and each of
/// those must be named.
fn table(profile: &str, broken: &[&str]) -> String {
    let mut catalogue = Catalogue::embedded().unwrap();
    // One case of each is enough to bite, and keys take their time in a build without optimisation.
    catalogue.scenarios.iter_mut().for_each(|scenario| scenario.cases.truncate(1));
    let profile: toml::Table = toml::from_str(profile).unwrap();
    let target = Target::Own { profile, seed: USUAL_SEED.to_owned() };
    let plays =
        tokio::runtime::Runtime::new().unwrap().block_on(run(&catalogue.scenarios, &target, 2, |_| {}));
    let mut named = BTreeSet::new();
    let mut table = format!("{}\n", target.describe());
    for played in &plays {
        match &played.outcome {
            Outcome::Passed => {}
            Outcome::Failed { failures, .. } => {
                let breaks: BTreeSet<_> =
                    failures.iter().flat_map(|failure| &failure.breaks).map(String::as_str).collect();
                let innocent: Vec<_> = breaks.iter().filter(|id| !broken.contains(id)).collect();
                assert!(innocent.is_empty(), "{} blames {innocent:?}: {failures:?}", played.title());
                let ids: Vec<_> = breaks.iter().copied().collect();
                let _ = writeln!(table, "{}: {}", played.title(), ids.join(" "));
                named.extend(breaks.into_iter().map(str::to_owned));
            }
            other => panic!("{}: {other:?}", played.title()),
        }
    }
    let unnamed: Vec<_> = broken.iter().filter(|id| !named.contains(**id)).collect();
    assert!(unnamed.is_empty(), "nothing names {unnamed:?}\n{table}");
    table
}

macro_rules! mutants {
    ($($name:ident: $profile:literal breaks $broken:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), table($profile, &$broken));
            }
        )*
    };
}

mutants! {
    window_of_181_days: "download.window_days = 181" breaks ["RCD-018", "RCD-019", "NTC-007"];
    window_without_its_last_day: "download.window_inclusive = false" breaks ["RCD-017", "RCD-019"];
    download_after_the_window: "download.allow_late = true" breaks ["RCD-018", "RCD-019"];
    download_once: "download.redownload = 'once'" breaks ["RCD-021"];
    reference_id_in_any_case: "ids.reference_id_case_sensitive = false" breaks ["RCD-014"];
    full_width_accepted: "input.normalise = 'fold'" breaks ["RCD-010", "RCD-030"];
    blanks_count: "input.normalise = 'none'" breaks ["RCD-026"];
    unknown_ids_told_apart: "messages.unknown_request_id = '該当するリクエスト ID がありません。'" breaks ["RCD-025"];
    days_of_greenwich: "clock.zone = 'UTC'" breaks ["RCD-019", "NTC-004", "CRT-006", "CRT-007", "CRT-008"];
    pfx_without_root: "pfx.include_root = false" breaks ["PFX-005"];
    pfx_of_new_algorithms: "pfx.profile = 'aes256-sha256'" breaks ["PFX-006"];
    pfx_of_legacy_algorithms: "pfx.profile = 'legacy-rc2'" breaks ["PFX-007"];
    pfx_by_another_name: "pfx.file_name = '{request_id}.bin'" breaks ["PFX-001"];
    validity_of_three_years: "certificate.validity_months = 36" breaks ["CRT-006", "CRT-008"];
    no_client_authentication: "certificate.extended_key_usage = []" breaks ["CRT-010"];
    no_revocation_list: "crl.url = ''" breaks ["CRT-011"];
    another_issuer: "ca.common_name = 'Some Other CA'" breaks ["NTC-001", "CRT-001"];
    another_organization: "dn.organization = 'OnlineSeikyu'" breaks ["CRT-003", "CRT-005"];
    another_category: "dn.medical = 'clinic'" breaks ["CRT-004", "CRT-005"];
    subject_backwards: "dn.order = ['CN', 'OU=category', 'OU=prefecture', 'O', 'C']" breaks ["CRT-005"];
    session_of_an_hour: "session.ttl = '1h'" breaks ["SES-005"];
    session_without_end: "session.ttl = '36500d'" breaks ["SES-001", "SES-003", "SES-005"];
    root_behind_a_page: "root_file.as_page = true" breaks ["ROOT-001", "ROOT-002"];
    root_by_another_name: "root_file.name = 'root.bin'" breaks ["ROOT-005"];
}
