//! The same for people: one page in Japanese and English that needs nothing but a browser.

use askama::Template;

use crate::bilingual::Bilingual;
use crate::learn::learned::{Known, Learned, Standing};
use crate::report::html::Words;
use crate::requirement::Requirements;
use crate::sweep::section_name;

#[derive(Template)]
#[template(path = "learned.html")]
struct Page<'a> {
    learned: &'a Learned,
    version: &'static str,
    subject: Words<'static>,
    class: &'static str,
    changed: Vec<&'a Known>,
    sections: Vec<Section<'a>>,
    contradictions: Vec<Contradicted<'a>>,
    next: Vec<(Bilingual, usize)>,
    never: usize,
    readings: usize,
}

struct Section<'a> {
    name: Bilingual,
    known: Vec<&'a Known>,
}

struct Contradicted<'a> {
    id: &'a str,
    words: Words<'a>,
    place: &'a str,
}

/// Writes what was learnt as one self-contained HTML page.
///
/// # Errors
/// If the template can't be filled.
pub fn learned_to_html(learned: &Learned, requirements: &Requirements) -> Result<String, askama::Error> {
    let changed: Vec<_> = learned.known.iter().filter(|it| it.standing != Standing::AsGuessed).collect();
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut of = "";
    for known in &learned.known {
        let section = known.key.split('.').next().unwrap_or_default();
        if of != section {
            sections.push(Section { name: section_name(section), known: Vec::new() });
            of = section;
        }
        if let Some(last) = sections.last_mut() {
            last.known.push(known);
        }
    }
    let contradictions = learned.contradictions.iter().filter_map(|it| {
        let requirement = requirements.find(&it.requirement)?;
        let words = Words { ja: &requirement.ja, en: &requirement.en };
        Some(Contradicted { id: &it.requirement, words, place: &it.place })
    });
    let page = Page {
        learned,
        version: env!("CARGO_PKG_VERSION"),
        subject: Words {
            ja: "記録から分かった実際のサイト", en: "The real site, as recordings show it"
        },
        class: if learned.contradictions.is_empty() && learned.conflicts.is_empty() {
            "good"
        } else {
            "gaps"
        },
        changed,
        sections,
        contradictions: contradictions.collect(),
        next: learned.next(),
        never: learned.open.iter().filter(|open| open.record.is_none()).count(),
        readings: learned.open.iter().filter(|open| open.record.is_some()).count(),
    };
    page.render()
}

impl Standing {
    fn class(self) -> &'static str {
        match self {
            Self::AsGuessed => "good",
            Self::Rival => "gaps",
            Self::New => "bad",
        }
    }

    fn words(self) -> Words<'static> {
        match self {
            Self::AsGuessed => Words { ja: "想定どおり", en: "as guessed" },
            Self::Rival => Words { ja: "別の想定の値", en: "a rival reading" },
            Self::New => Words { ja: "新しい値", en: "a new value" },
        }
    }
}
