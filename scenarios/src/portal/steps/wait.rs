//! Waiting for the site, a second of simulated time after the other.

use super::page::Heading;
use crate::bilingual::Verbatim;
use crate::eyes::{Content, squeeze};
use crate::play::{Check as _, Do, Done, Need, Reader, Trouble, step, steps};
use crate::portal::scene::Scene;
use crate::portal::wording::Expected;

pub(super) const STEPS: &[Reader<Scene>] = steps![act WaitFor, Watch, ComeTo];

/// How often a page is loaded again while waiting.
const RELOADS: usize = 200;
/// What the site shows when a renewed certificate is there.
pub(super) const ISSUED: &str = "発行済み";

step! {
    /// Reload while the clock goes on until this text is there.
    pub(super) struct WaitFor { wait_for: String } "wait until 「{wait_for}」 is seen"; "「{wait_for}」が見えるまで待つ"
}

impl Do<Scene> for WaitFor {
    fn needs_control(&self) -> Option<Need> {
        Some(Need::MovesClock)
    }

    fn usually_breaks(&self) -> Option<&'static str> {
        (self.wait_for == ISSUED).then_some("REN-006")
    }

    /// Reloads, a second of simulated time each, or goes where the page goes by itself.
    async fn run(&self, scene: &mut Scene) -> Done {
        for _ in 0..RELOADS {
            if scene.page(Expected::PageToWaitOn).is_ok_and(|page| page.has_text(&self.wait_for)) {
                return Ok(());
            }
            a_second_later(scene).await?;
        }
        let seen = scene.last(Expected::Page)?.summary();
        Err(Trouble::halt(Expected::InTime { text: self.wait_for.clone(), seconds: RELOADS }, seen))
    }
}

step! {
    /// Reload while the clock goes on: what stands in this row goes through these values and no others.
    struct Watch {
        /// Its label
        watch: String,
        /// What stands there, in this order
        #[schemars(length(min = 1))]
        goes: Vec<String>,
    }
    "watch 「{watch}」 go {}", goes.join(" → "); "「{watch}」が {} と変わるのを見る", goes.join(" → ");
    wrong if goes.is_empty() => "`watch` wants `goes`: what stands there, in this order"
}

impl Do<Scene> for Watch {
    fn needs_control(&self) -> Option<Need> {
        Some(Need::MovesClock)
    }

    /// Follows what stands in a row until it has its last value. What was not there between two
    /// looks is not asked for: each look comes a second of simulated time after the other.
    async fn run(&self, scene: &mut Scene) -> Done {
        let goes: Vec<_> = self.goes.iter().map(|value| squeeze(value)).collect();
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..RELOADS {
            let Ok(value) = scene.page(Expected::PageToWatch)?.row(&self.watch).map(str::to_owned) else {
                break;
            };
            if seen.last() != Some(&value) {
                seen.push(value);
            }
            if seen.last().map(|value| squeeze(value)).as_ref() == goes.last() {
                break;
            }
            a_second_later(scene).await?;
        }
        if seen.iter().map(|value| squeeze(value)).eq(goes) {
            return Ok(());
        }
        let expected = Expected::Goes { label: self.watch.clone(), goes: self.goes.join(" → ") };
        Err(Trouble::check(expected, Verbatim(seen.join(" → "))))
    }
}

step! {
    /// Come to the page of this heading: by itself, if the page goes on, or by the button or link of these words.
    pub(super) struct ComeTo { come_to: String } "come to 「{come_to}」"; "「{come_to}」に進む"
}

impl Do<Scene> for ComeTo {
    async fn run(&self, scene: &mut Scene) -> Done {
        let here = scene.last(Expected::PageThatLeadsOn)?.url.clone();
        let page = scene.page(Expected::PageThatLeadsOn)?;
        if !page.has_heading(&self.come_to) {
            let answer = match page.refresh.clone().filter(|url| *url != here) {
                Some(url) => scene.browser.open(url).await,
                None => scene.press(&self.come_to).await?,
            };
            scene.came(answer)?;
        }
        Heading { heading: self.come_to.clone() }.check(scene).await
    }
}

/// Loads the page again a second of simulated time later, or goes where it goes by itself.
async fn a_second_later(scene: &mut Scene) -> Done {
    let answer = scene.last(Expected::PageToWaitOn)?;
    let url = match &answer.content {
        Content::Page(page) => page.refresh.clone().unwrap_or_else(|| answer.url.clone()),
        Content::File { .. } => answer.url.clone(),
    };
    scene.steered()?.advance("1s").await?;
    match scene.browser.open(url).await {
        Ok(answer) => {
            scene.window.answer = Some(answer);
            Ok(())
        }
        failed => scene.came(failed),
    }
}
