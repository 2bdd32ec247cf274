//! Going from page to page.

use crate::error::Error;
use crate::play::{Do, Done, Reader, True, step, steps};
use crate::portal::scene::Scene;
use crate::portal::wording::Expected;

pub(super) const STEPS: &[Reader<Scene>] = steps![act Open, Reload, GoBack, Tab, CloseBrowser, ForgetCookies];

step! {
    /// Type an address.
    pub(super) struct Open {
        /// Below the portal, such as `/p/rcd`
        open: String,
    }
    "open {open}"; "{open} を開く"
}

impl Do<Scene> for Open {
    async fn run(&self, scene: &mut Scene) -> Done {
        let url = scene.stage.portal.join(&self.open).map_err(|error| Error::Scenario(error.to_string()))?;
        let answer = scene.browser.open(url).await;
        scene.came(answer)
    }
}

step! {
    /// Load the page again.
    struct Reload { reload: True } "load the page again"; "ページを読み込み直す"
}

impl Do<Scene> for Reload {
    async fn run(&self, scene: &mut Scene) -> Done {
        let url = scene.last(Expected::PageToReload)?.url.clone();
        let answer = scene.browser.open(url).await;
        scene.came(answer)
    }
}

step! {
    /// Back to the page before, as it was.
    struct GoBack { go_back: True } "go back to the page before"; "前のページに戻る"
}

impl Do<Scene> for GoBack {
    async fn run(&self, scene: &mut Scene) -> Done {
        let before = scene.window.before.pop();
        let before = before.ok_or_else(|| Error::Scenario("there is no page before".to_owned()))?;
        scene.window.answer = Some(before);
        Ok(())
    }
}

step! {
    /// Go on in another tab of the same browser; a new one shows nothing yet.
    struct Tab {
        /// Its name; the browser opens with the tab `first`
        tab: String,
    }
    "go on in the tab {tab:?}"; "タブ {tab:?} に移る"
}

impl Do<Scene> for Tab {
    async fn run(&self, scene: &mut Scene) -> Done {
        let next = scene.others.remove(&self.tab).unwrap_or_default();
        let left = std::mem::replace(&mut scene.tab, self.tab.clone());
        scene.others.insert(left, std::mem::replace(&mut scene.window, next));
        Ok(())
    }
}

step! {
    /// Close the browser: its cookies and its pages are gone.
    struct CloseBrowser { close_browser: True } "close the browser"; "ブラウザーを閉じる"
}

impl Do<Scene> for CloseBrowser {
    async fn run(&self, scene: &mut Scene) -> Done {
        scene.browser.forget_cookies();
        (scene.window, scene.others) = Default::default();
        Ok(())
    }
}

step! {
    /// Lose the cookies and keep the page.
    struct ForgetCookies { forget_cookies: True } "lose the cookies"; "Cookie を失う"
}

impl Do<Scene> for ForgetCookies {
    async fn run(&self, scene: &mut Scene) -> Done {
        scene.browser.forget_cookies();
        Ok(())
    }
}
