//! The browser's dialog for client certificates.

use crate::eyes::foreign_identity;
use crate::play::{Do, Done, Reader, True, step, steps};
use crate::portal::scene::{Scene, USUAL_PASSWORD};

pub(super) const STEPS: &[Reader<Scene>] = steps![act Choose, ChooseForeign, ChooseNone];

step! {
    /// Answer the browser's dialog with the certificate of this saved file from now on.
    pub(super) struct Choose {
        /// The name under which it was saved
        choose: String,
        /// The password that opens it; otherwise the one with which walks fetch files
        with: Option<String>,
    }
    "choose the certificate of {choose:?}"; "証明書の選択で {choose:?} のものを選ぶ"
}

impl Do<Scene> for Choose {
    fn usually_breaks(&self) -> Option<&'static str> {
        Some("PFX-002")
    }

    async fn run(&self, scene: &mut Scene) -> Done {
        let password = self.with.as_deref().unwrap_or(USUAL_PASSWORD);
        let identity = scene.identity(&self.choose, password)?.for_tls()?;
        Ok(scene.browser.choose(Some(identity))?)
    }
}

step! {
    /// Answer it with a certificate that another CA, of this name, issued for the same institution.
    struct ChooseForeign { choose_foreign: String }
    "choose a certificate that another {choose_foreign:?} issued"; "別の認証局 {choose_foreign:?} が発行した証明書を選ぶ"
}

impl Do<Scene> for ChooseForeign {
    async fn run(&self, scene: &mut Scene) -> Done {
        let identity = foreign_identity(&self.choose_foreign)?;
        Ok(scene.browser.choose(Some(identity))?)
    }
}

step! {
    /// Close the dialog without a certificate.
    struct ChooseNone { choose_none: True } "choose no certificate"; "証明書を選ばない"
}

impl Do<Scene> for ChooseNone {
    async fn run(&self, scene: &mut Scene) -> Done {
        Ok(scene.browser.choose(None)?)
    }
}
