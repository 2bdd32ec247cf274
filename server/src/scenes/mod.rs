//! Scenes: ready states of a world that testers need, each a list of [`Act`]s played in simulated time.
//!
//! A scene is played in a world that is fresh. Its last day is the day on which it is played, so that it looks the same
//! whenever that is; from noon in Japan on, the clock runs.

mod list;
mod stage;

use std::fmt;
use std::str::FromStr;

use obn_speech::{Words, words};
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

use self::list::SCENES;
use crate::profile::{Profile, ProfileError};

/// The password of every PFX file that somebody has fetched in a scene.
pub const PASSWORD: &str = "1234";

/// A ready state of a world.
#[derive(Clone, Copy)]
pub struct Scene {
    /// By which it is asked for.
    pub name: &'static str,
    /// What there is, in Japanese.
    pub ja: &'static str,
    /// What there is, in English.
    pub en: &'static str,
    /// Keys of the profile without which it can't be, as TOML.
    keys: &'static str,
    acts: &'static [Act],
}

/// Something that happens in a scene. Days count from the day of the scene; those before it are negative.
#[derive(Clone, Copy)]
enum Act {
    /// A certificate is issued, and nobody has fetched it yet.
    Notice { terminal: &'static str, holder: &'static str, day: i64 },
    /// A certificate that ends on this day was issued, and its terminal fetched it on the same day.
    Terminal { terminal: &'static str, holder: &'static str, ends: i64 },
    /// The terminal applies for a renewal.
    Renew { terminal: &'static str, day: i64, then: Then },
    /// The certificate is revoked by the registration authority.
    Revoke { terminal: &'static str, day: i64 },
    /// Somebody applies at `/p/rx` for its revocation, and nobody has decided yet.
    RequestRevocation { terminal: &'static str, day: i64 },
    /// Somebody types a wrong reference ID, so many times, on the day of the scene.
    Guess { terminal: &'static str, times: u32 },
    /// A clinic applies for certificates at `/p/rcr`, on the last business day, and nobody has decided yet.
    Apply { terminal: &'static str, holder: &'static str, certificates: u32 },
}

/// What becomes of a renewal.
#[derive(Clone, Copy)]
enum Then {
    /// The CA issues it, and the terminal fetches the key.
    Collected,
    /// The CA issues it.
    Issued,
    /// It stays in 鍵生成中.
    Stuck,
    /// The CA can't issue it.
    Failed,
}

impl Scene {
    /// All of them.
    pub fn all() -> &'static [Self] {
        SCENES
    }

    /// A profile with the keys that it needs.
    ///
    /// # Errors
    /// [`ProfileError`] if they can't stand beside what is in the profile.
    pub fn profile(&self, base: &Profile) -> Result<Profile, ProfileError> {
        base.with(self.changes())
    }

    /// The keys of the profile that it needs, by section.
    pub fn changes(&self) -> Value {
        toml::from_str(self.keys).expect("a test reads all of them")
    }
}

impl FromStr for Scene {
    type Err = Words;

    fn from_str(name: &str) -> Result<Self, Words> {
        let found = SCENES.iter().find(|scene| scene.name == name).copied();
        found.ok_or_else(|| {
            let name: String = name.chars().take(64).collect();
            let names = SCENES.iter().map(|scene| scene.name).collect::<Vec<_>>().join(", ");
            words!(
                "シーン「{name}」はありません。使えるシーン: {names}",
                "there is no scene {name:?}; the scenes are {names}"
            )
        })
    }
}

impl<'de> Deserialize<'de> for Scene {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_scene_has_a_name_of_its_own_that_finds_it_and_keys_that_go_with_the_default() {
        let mut names = HashSet::new();
        for scene in Scene::all() {
            assert!(names.insert(scene.name), "{scene:?} is there twice");
            assert_eq!(scene.name.parse::<Scene>().unwrap().en, scene.en);
            scene.profile(&Profile::default()).unwrap_or_else(|error| panic!("{scene:?}: {error}"));
            assert!(scene.ja.ends_with('。') && scene.en.ends_with('.'), "{scene:?}");
        }
    }

    #[test]
    fn a_scene_that_nobody_wrote_is_told_with_those_that_there_are() {
        let told = "clinic".parse::<Scene>().unwrap_err().to_string();
        assert!(
            told.starts_with("there is no scene \"clinic\"; the scenes are clinic-3-terminals, "),
            "{told}"
        );
    }
}
