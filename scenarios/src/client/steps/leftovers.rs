//! What a client leaves where it shouldn't: secrets in addresses and temporary folders, keys without a password, files that
//! are not whole.

use crate::client::file_name::FileName;
use crate::client::folder::Made;
use crate::client::scene::{Scene, places};
use crate::client::wording::{Expected, Seen};
use crate::play::{Check, Done, Reader, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] =
    steps![look AddressKeepsSecrets, TemporaryIsClean, NoNakedKey, Only, AppearsWhole];

step! {
    /// No request has had a password or a reference ID in its address, which proxies and servers write into their logs.
    struct AddressKeepsSecrets { address_keeps_secrets: True }
    "no address must have had a secret"; "URL に秘密がないことを確かめる"
}

impl Check<Scene> for AddressKeepsSecrets {
    async fn check(&self, scene: &Scene) -> Done {
        let world = &scene.stage.world;
        let entries = world.journal.after(0);
        let paths = entries.iter().filter_map(|entry| Some(entry.exchange.as_ref()?.path.clone()));
        let mut addresses = world.addresses.list().into_iter().chain(paths);
        let has_secret = |address: &str| scene.secrets.iter().any(|it| places(address, it).next().is_some());
        match addresses.find(|address| has_secret(address)) {
            None => Ok(()),
            Some(address) => {
                let what = address.split('?').next().unwrap_or_default().to_owned();
                Err(Trouble::check(Expected::NoSecretInAddress, Seen::SecretInAddress { what }))
            }
        }
    }
}

step! {
    /// The folder for temporary files (TMPDIR, TEMP) holds no key, password or reference ID.
    struct TemporaryIsClean { temporary_is_clean: True }
    "nothing secret must be left in a temporary folder"; "一時フォルダーに秘密が残っていないことを確かめる"
}

impl Check<Scene> for TemporaryIsClean {
    async fn check(&self, scene: &Scene) -> Done {
        let left = scene.folder.left_in_temporary();
        let left = left.map_err(|odd| Trouble::check(Expected::Folder, odd.words()))?;
        let is_secret = |made: &Made| {
            let text = String::from_utf8_lossy(&made.bytes);
            made.has_key(&scene.passwords)
                || scene.secrets.iter().any(|secret| places(&text, secret).next().is_some())
        };
        match left.into_iter().find(is_secret) {
            None => Ok(()),
            Some(Made { name, .. }) => {
                Err(Trouble::check(Expected::NothingInTemporary, Seen::SecretIn { name }))
            }
        }
    }
}

step! {
    /// No private key lies in a file without a password, whoever can read it.
    struct NoNakedKey { no_naked_key: True }
    "no private key must lie in a file without a password"; "パスワードのない秘密鍵がファイルにないことを確かめる"
}

impl Check<Scene> for NoNakedKey {
    async fn check(&self, scene: &Scene) -> Done {
        let left = scene.folder.left_in_temporary();
        let mut files = scene.made()?;
        files.extend(left.map_err(|odd| Trouble::check(Expected::Folder, odd.words()))?);
        match files.into_iter().find(Made::has_naked_key) {
            None => Ok(()),
            Some(Made { name, .. }) => Err(Trouble::check(Expected::NoNakedKey, Seen::KeyIn { name })),
        }
    }
}

step! {
    /// In its folder the command has made this file, and no other with a certificate or key, whole or in parts.
    struct Only { only: FileName }
    "{only:?} must be the only certificate file"; "証明書ファイルが {only:?} だけであることを確かめる"
}

impl Check<Scene> for Only {
    async fn check(&self, scene: &Scene) -> Done {
        let is_beside = |made: &Made| made.is_at_work() && made.name != *self.only && made.is_precious();
        match scene.made()?.into_iter().find(is_beside) {
            None => Ok(()),
            Some(Made { name, .. }) => {
                let expected = Expected::NothingBeside { name: self.only.clone() };
                Err(Trouble::check(expected, Seen::SecretIn { name }))
            }
        }
    }
}

step! {
    /// While the rest of it was withheld (`withheld` of the run), there was no file under this name yet.
    struct AppearsWhole { appears_whole: FileName }
    "{appears_whole:?} must not have been there before it was whole";
    "全部届く前に {appears_whole:?} がなかったことを確かめる"
}

impl Check<Scene> for AppearsWhole {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.early {
            None => Ok(()),
            Some(count) => {
                let expected = Expected::WholeFile { name: self.appears_whole.clone() };
                Err(Trouble::check(expected, Seen::TooEarly { count }))
            }
        }
    }
}
