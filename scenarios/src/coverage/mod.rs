//! Requirement by requirement, which scenarios show it; and statement by statement of the manual, which requirements
//! say it.

mod manual;

pub use manual::{manual_json, manual_text};

use std::fmt::Write as _;

use obn_speech::{Language, words};

use crate::catalogue::Catalogue;
use crate::requirement::{Binds, Confidence, Requirement, chapter_title, word};

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
pub fn text(catalogue: &Catalogue, language: Language, missing: bool) -> String {
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
            known_by(requirement.confidence, language),
            bound(requirement.binds, language),
            language.pick(&requirement.ja, &requirement.en)
        );
        for scenario in scenarios {
            let _ = writeln!(text, "        {scenario}");
        }
    }
    let count = |binds: Binds, shown: bool| {
        let of = covered.iter().filter(|(requirement, _)| requirement.binds == binds);
        of.filter(|(_, scenarios)| !shown || !scenarios.is_empty()).count()
    };
    let (site, sites) = (count(Binds::Site, true), count(Binds::Site, false));
    let (client, clients) = (count(Binds::Client, true), count(Binds::Client, false));
    let scenarios = catalogue.scenarios.len() + catalogue.client_scenarios.len();
    let total = words!(
        "要件のうち、サイトの {sites} 件中 {site} 件、クライアントの {clients} 件中 {client} 件を、{scenarios} のシナリオで確認",
        "{site} of {sites} requirements on the site are shown, {client} of {clients} on clients, by {scenarios} scenarios"
    );
    let _ = writeln!(text, "\n{}", total.speak(language));
    text
}

fn known_by(confidence: Confidence, language: Language) -> String {
    match confidence {
        Confidence::Manual => language.pick("マニュアル".to_owned(), word(&confidence)),
        Confidence::Public => language.pick("公開情報".to_owned(), word(&confidence)),
        Confidence::Inferred => language.pick("推定".to_owned(), word(&confidence)),
        Confidence::Chosen => language.pick("独自の選択".to_owned(), word(&confidence)),
    }
}

fn bound(binds: Binds, language: Language) -> String {
    match binds {
        Binds::Site => language.pick("サイト".to_owned(), word(&binds)),
        Binds::Client => language.pick("クライアント".to_owned(), word(&binds)),
    }
}
