//! What the site's journal shows of a client.

use std::time::Duration;

use serde_json::json;

use crate::client::log;
use crate::client::scene::Scene;
use crate::client::wording::{Expected, Seen};
use crate::play::{Check, Done, Reader, Trouble, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![look Happened, Never, Pace];

step! {
    /// The journal has this outcome or request: once at least, if it isn't said how often.
    #[schemars(extend("not" = json!({ "anyOf": [
        { "required": ["times", "at_least"] },
        { "required": ["times", "at_most"] },
    ] })))]
    struct Happened {
        /// The beginning of an outcome such as `ru.accepted`, or a request such as `POST /p/rcd`
        happened: String,
        /// So often
        times: Option<usize>,
        /// So often or oftener
        at_least: Option<usize>,
        /// Not oftener
        at_most: Option<usize>,
    }
    "count {happened} in the journal"; "ジャーナルの {happened} を数える";
    wrong if times.is_some() && (at_least.is_some() || at_most.is_some()) =>
        "`happened` takes `times`, or `at_least` and `at_most`"
}

impl Check<Scene> for Happened {
    async fn check(&self, scene: &Scene) -> Done {
        let (least, most) = match (self.times, self.at_least, self.at_most) {
            (Some(times), _, _) => (times, times),
            (None, None, None) => (1, usize::MAX),
            (None, least, most) => (least.unwrap_or(0), most.unwrap_or(usize::MAX)),
        };
        count(scene, &self.happened, least, most)
    }
}

step! {
    /// The journal has no such outcome or request.
    struct Never {
        /// As `happened`
        never: String,
    }
    "count {never} in the journal"; "ジャーナルの {never} を数える"
}

impl Check<Scene> for Never {
    async fn check(&self, scene: &Scene) -> Done {
        count(scene, &self.never, 0, 0)
    }
}

fn count(scene: &Scene, what: &str, least: usize, most: usize) -> Done {
    let entries = scene.stage.world.journal.after(0);
    let times = entries.iter().filter(|entry| log::fits(entry, what)).count();
    if (least..=most).contains(&times) {
        return Ok(());
    }
    let what = what.to_owned();
    let expected = match (least, most) {
        (0, 0) => Expected::Never { what },
        (times, most) if times == most => Expected::Happened { what, times },
        (least, usize::MAX) => Expected::HappenedAtLeast { what, least },
        (0, most) => Expected::HappenedAtMost { what, most },
        (least, most) => Expected::HappenedBetween { what, least, most },
    };
    Err(Trouble::check(expected, Seen::Times { times }))
}

step! {
    /// Between two of these outcomes lies at least so much real time: that is how long the site is left alone.
    struct Pace {
        /// The outcome
        pace: String,
        /// Real time; otherwise 500
        milliseconds: Option<u64>,
    }
    "time {pace} in the journal"; "ジャーナルの {pace} の間隔を測る"
}

impl Check<Scene> for Pace {
    async fn check(&self, scene: &Scene) -> Done {
        let least = Duration::from_millis(self.milliseconds.unwrap_or(500));
        let entries = scene.stage.world.journal.after(0);
        let times: Vec<_> = entries
            .iter()
            .filter(|entry| log::fits(entry, &self.pace))
            .map(|entry| entry.real_time)
            .collect();
        let shortest = times.windows(2).map(|pair| pair[1].duration_since(pair[0])).min();
        match shortest {
            Some(gap) if gap.unsigned_abs() < least => {
                let (looks, gap) = (times.len(), gap.unsigned_abs().as_millis());
                Err(Trouble::check(Expected::Pace { least: least.as_millis() }, Seen::Looks { looks, gap }))
            }
            _ => Ok(()),
        }
    }
}
