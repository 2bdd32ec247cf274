//! Requirement by requirement, which scenarios show it; and statement by statement of the manual, which requirements
//! say it.

mod manual;

pub use manual::{manual_json, manual_text};

use std::fmt::Write as _;

use crate::catalogue::Catalogue;
use crate::requirement::{Binds, Requirement, chapter_title, word};

/// The requirements with the scenarios that show them, in the order of the file.
/// A scenario is told by its ID.
pub fn coverage(catalogue: &Catalogue) -> Vec<(&Requirement, Vec<&str>)> {
    let showing = |requirement: &Requirement| {
        let showing = catalogue.heads().filter(|head| head.shows.contains(&requirement.id));
        showing.map(|head| head.id.as_str()).collect()
    };
    catalogue.requirements.iter().map(|requirement| (requirement, showing(requirement))).collect()
}

/// The same for people. With `missing`, only what nothing shows yet.
pub fn text(catalogue: &Catalogue, missing: bool) -> String {
    let covered = coverage(catalogue);
    let mut text = String::new();
    let mut chapter = None;
    for (requirement, scenarios) in covered.iter().filter(|(_, shown)| !missing || shown.is_empty()) {
        if chapter != Some(requirement.chapter()) {
            chapter = Some(requirement.chapter());
            let _ =
                writeln!(text, "\n{} {}", requirement.chapter(), chapter_title(requirement.chapter()).both());
        }
        let mark = if scenarios.is_empty() { '✗' } else { '✓' };
        let _ = writeln!(
            text,
            "  {mark} {} ({}, {}, {}) {}",
            requirement.id,
            requirement.section,
            word(&requirement.confidence),
            word(&requirement.binds),
            requirement.en
        );
        for scenario in scenarios {
            let _ = writeln!(text, "        {scenario}");
        }
    }
    let count = |binds: Binds, shown: bool| {
        let of = covered.iter().filter(|(requirement, _)| requirement.binds == binds);
        of.filter(|(_, scenarios)| !shown || !scenarios.is_empty()).count()
    };
    let _ = writeln!(
        text,
        "\n{} of {} requirements on the site are shown, {} of {} on clients, by {} scenarios",
        count(Binds::Site, true),
        count(Binds::Site, false),
        count(Binds::Client, true),
        count(Binds::Client, false),
        catalogue.scenarios.len() + catalogue.client_scenarios.len()
    );
    text
}
