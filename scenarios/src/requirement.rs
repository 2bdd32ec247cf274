//! The requirements: every checkable statement of the manual and of what is known beyond it, in our
//! own words. Scenarios name the requirements that they show.

use std::collections::BTreeMap;

use obn_ca::profile::Evidence;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::bilingual::Bilingual;
use crate::mistake::Mistake;

/// One checkable statement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable, such as `RCD-003`. Never given to another statement.
    pub id: String,
    /// The manual's section, such as `1.1`, or the one that it belongs to if another source says it.
    pub section: String,
    /// Where it comes from.
    pub confidence: Confidence,
    /// Who must keep it.
    pub binds: Binds,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
    /// What usually breaks it, and what to do about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Bilingual>,
}

/// Where a statement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The manual says it.
    Manual,
    /// A public source says it.
    Public,
    /// It follows from something that is known.
    Inferred,
    /// Nobody knows; this is what a good site or client does, by our choice.
    Chosen,
}

impl From<Evidence> for Confidence {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Manual => Self::Manual,
            Evidence::Public => Self::Public,
            Evidence::Inferred => Self::Inferred,
            Evidence::Chosen => Self::Chosen,
        }
    }
}

/// Who must keep a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Binds {
    /// The portal.
    Site,
    /// A program that uses it.
    Client,
}

/// All requirements, in the order of the file.
#[derive(Clone, Debug)]
pub struct Requirements {
    list: Vec<Requirement>,
    by_id: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requirement: Vec<Spanned<Requirement>>,
}

impl Requirements {
    /// Reads `requirements.toml`.
    ///
    /// # Errors
    /// [`Mistake`] with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let read: File = toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let mut requirements = Self { list: Vec::new(), by_id: BTreeMap::new() };
        for spanned in read.requirement {
            let offset = spanned.span().start;
            let requirement = spanned.into_inner();
            let mistake = |message: String| Err(Mistake::at(file, text, offset, message));
            let (area, number) = requirement.id.split_once('-').unwrap_or_default();
            if area.is_empty() || number.len() != 3 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return mistake(format!("{:?} is no ID such as RCD-003", requirement.id));
            }
            if chapter(&requirement.section).is_none() {
                return mistake(format!("{:?} is no section of the manual", requirement.section));
            }
            if requirement.ja.trim().is_empty() || requirement.en.trim().is_empty() {
                return mistake(format!("{} says nothing", requirement.id));
            }
            if requirements.by_id.contains_key(&requirement.id) {
                return mistake(format!("{} is there twice", requirement.id));
            }
            requirements.by_id.insert(requirement.id.clone(), requirements.list.len());
            requirements.list.push(requirement);
        }
        Ok(requirements)
    }

    /// The requirement of this ID.
    pub fn find(&self, id: &str) -> Option<&Requirement> {
        self.by_id.get(id).and_then(|index| self.list.get(*index))
    }

    /// All, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.list.iter()
    }
}

impl Requirement {
    /// The number of its chapter.
    pub fn chapter(&self) -> u8 {
        chapter(&self.section).expect("sections are checked when they are read")
    }
}

fn chapter(section: &str) -> Option<u8> {
    section.split('.').next()?.parse().ok().filter(|chapter| *chapter <= 5)
}

/// What a chapter of the manual is about.
pub fn chapter_title(chapter: u8) -> Bilingual {
    match chapter {
        0 => Bilingual::of("事前準備", "Preparation"),
        1 => Bilingual::of("証明書のダウンロードとインストール", "Download and installation"),
        2 => Bilingual::of("証明書の更新", "Renewal"),
        3 => Bilingual::of("証明書の失効", "Revocation"),
        4 => Bilingual::of("証明書の削除", "Deletion"),
        _ => Bilingual::of("サポート情報", "Support"),
    }
}

/// A word of the vocabulary as the file writes it.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
