//! The site's TLS root while the site runs.

use crate::control::Control;
use crate::error::Error;
use crate::eyes::Browser;
use crate::play::{Done, Need, Reader, Steer, True, step, steps};
use crate::portal::scene::Scene;

pub(super) const STEPS: &[Reader<Scene>] = steps![steer ReplaceRoot];

step! {
    /// The site moves to another TLS root, which a new browser trusts and no other.
    pub(in crate::portal) struct ReplaceRoot { replace_root: True }
    "control: the site moves to another TLS root"; "control: サイトが別の TLS のルート証明書に移る"
}

impl Steer<Scene> for ReplaceRoot {
    const NEEDS: Need = Need::NextRoot;

    async fn steer(&self, control: &Control, scene: &mut Scene) -> Done {
        let pem = control.replace_root().await?;
        let root = pem::parse(pem).map_err(|error| Error::broken("control's root", error))?;
        scene.stage.roots = vec![root.into_contents().into()];
        let stage = &scene.stage;
        scene.browser = Browser::new(&stage.roots, stage.patience, stage.distortion.clone())?;
        Ok(())
    }
}
