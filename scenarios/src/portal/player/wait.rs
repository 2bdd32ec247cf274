//! Waiting for the site, a second of simulated time after the other.

use super::{Done, Player, Trouble, halt};
use crate::eyes::{Content, squeeze};

/// How often a page is loaded again while waiting.
const RELOADS: usize = 200;

impl Player<'_> {
    /// Reloads, a second of simulated time each, or goes where the page goes by itself.
    pub(super) async fn wait_for(&mut self, text: &str) -> Done {
        for _ in 0..RELOADS {
            if self.page("a page to wait on").is_ok_and(|page| page.has_text(text)) {
                return Ok(());
            }
            self.a_second_later().await?;
        }
        let seen = self.last("a page")?.summary();
        Err(halt(format!("「{text}」 after {RELOADS} seconds"), seen))
    }

    /// Follows what stands in a row until it has its last value. What was not there between two
    /// looks is not asked for: each look comes a second of simulated time after the other.
    pub(super) async fn watch(&mut self, row: &str, goes: &[String]) -> Done {
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..RELOADS {
            let Ok(value) = self.page("a page to watch")?.row(row).map(str::to_owned) else { break };
            if seen.last() != Some(&value) {
                seen.push(value);
            }
            let squeezed = seen.last().map(|value| squeeze(value));
            if squeezed == goes.last().map(|value| squeeze(value)) {
                break;
            }
            self.a_second_later().await?;
        }
        if seen.iter().map(|value| squeeze(value)).eq(goes.iter().map(|value| squeeze(value))) {
            return Ok(());
        }
        Err(Trouble::Checks(vec![(format!("「{row}」 going {}", goes.join(" → ")), seen.join(" → "))]))
    }

    /// Loads the page again a second of simulated time later, or goes where it goes by itself.
    async fn a_second_later(&mut self) -> Done {
        let answer = self.last("a page to wait on")?;
        let url = match &answer.content {
            Content::Page(page) => page.refresh.clone().unwrap_or_else(|| answer.url.clone()),
            Content::File { .. } => answer.url.clone(),
        };
        self.control()?.advance("1s").await.map_err(Trouble::Broken)?;
        match self.browser.open(url).await {
            Ok(answer) => {
                self.window.answer = Some(answer);
                Ok(())
            }
            failed => self.came(failed),
        }
    }
}
