//! The files that a client leaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::client::file_name::FileName;
use crate::client::folder::Made;
use crate::client::scene::Scene;
use crate::eyes::{Certificate, Identity, squeeze};
use crate::play::{Check, Done, Reader, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![look LookInto, NoFile, Unchanged, NothingLeft];

step! {
    /// A file of the folder is like this.
    struct LookInto { expect: FileExpectation } "look into {:?}", expect.file
}

/// What a file must be.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct FileExpectation {
    /// Its name in the folder.
    file: FileName,
    /// The password that opens it as PFX.
    password: Option<String>,
    /// It holds the certificate of this notice.
    certificate_of: Option<String>,
    /// It holds the certificate of a renewal.
    #[serde(default)]
    renewed: bool,
    /// There is one private key, and it fits the certificate.
    #[serde(default)]
    private_key: bool,
    /// The issuing root is inside.
    #[serde(default)]
    root: bool,
    /// It is the TLS root that the site hands out, as PEM or DER.
    #[serde(default)]
    tls_root: bool,
    /// Only the owner reads it.
    #[serde(default)]
    private: bool,
    /// It is a text with these words.
    says: Option<String>,
}

impl Check<Scene> for LookInto {
    async fn check(&self, scene: &Scene) -> Done {
        let expected = &self.expect;
        let name = &expected.file;
        let wanted = |seen: String| Trouble::halt(format!("a file {name:?}"), seen);
        let made = scene.folder.read(name).map_err(|odd| wanted(odd.to_string()))?;
        let made = made.ok_or_else(|| wanted("none".to_owned()))?;
        if expected.private && made.is_open {
            return Err(Trouble::check(format!("{name:?} for its owner alone"), "others can read it"));
        }
        if let Some(words) = &expected.says
            && !squeeze(&String::from_utf8_lossy(&made.bytes)).contains(&squeeze(words))
        {
            return Err(Trouble::check(format!("「{words}」 in {name:?}"), "other words"));
        }
        if expected.tls_root && !is_root(&made.bytes, scene.stage.world.tls().root()) {
            return Err(Trouble::check("the root certificate of the site", "something else"));
        }
        let Some(password) = &expected.password else { return Ok(()) };
        let identity = Identity::open(&made.bytes, &scene.known.fill(password)?).map_err(|flaw| {
            Trouble::halt("a PFX file that its password opens", format!("it doesn't open: {flaw}"))
        })?;
        if expected.private_key
            && let Err(flaw) = identity.check_key()
        {
            let expected = "one private key, which belongs to the certificate";
            return Err(Trouble::check(expected, flaw.to_string()));
        }
        if expected.root
            && let Err(flaw) = identity.check_root()
        {
            let expected = "the certificate of the issuing root inside";
            return Err(Trouble::check(expected, flaw.to_string()));
        }
        let (expected, serials) = match &expected.certificate_of {
            Some(notice) => {
                let serial = scene.known.of_notice(notice, "serial")?.to_owned();
                (format!("the certificate of {notice:?}"), vec![serial])
            }
            None if expected.renewed => {
                let renewals = scene.stage.renewals().await?;
                let serials = renewals.into_iter().map(|renewal| renewal.serial).collect();
                ("the certificate of the renewal".to_owned(), serials)
            }
            None => return Ok(()),
        };
        match identity.certificate().map(|certificate| certificate.serial()) {
            Ok(seen) if serials.iter().any(|serial| same_number(serial, &seen)) => Ok(()),
            Ok(seen) => Err(Trouble::check(expected, format!("the one with the serial number {seen}"))),
            Err(flaw) => Err(Trouble::check(expected, flaw.to_string())),
        }
    }
}

step! {
    /// No such file is in the folder, or it is empty.
    struct NoFile { no_file: FileName } "there is no {no_file:?}"
}

impl Check<Scene> for NoFile {
    async fn check(&self, scene: &Scene) -> Done {
        let seen = match scene.folder.read(&self.no_file) {
            Ok(None) => return Ok(()),
            Ok(Some(made)) => format!("{} bytes", made.bytes.len()),
            Err(odd) => odd.to_string(),
        };
        Err(Trouble::check(format!("no file {:?}", self.no_file), seen))
    }
}

step! {
    /// The file is as it was given.
    struct Unchanged { unchanged: FileName } "{unchanged:?} is as it was"
}

impl Check<Scene> for Unchanged {
    async fn check(&self, scene: &Scene) -> Done {
        let seen = match scene.folder.read(&self.unchanged) {
            Ok(Some(made)) if scene.folder.given(&self.unchanged) == Some(&made.bytes) => return Ok(()),
            Ok(Some(_)) => "another content".to_owned(),
            Ok(None) => "it is gone".to_owned(),
            Err(odd) => odd.to_string(),
        };
        Err(Trouble::check(format!("{:?} as it was", self.unchanged), seen))
    }
}

step! {
    /// The command left no certificate and no key behind, whole or in parts.
    struct NothingLeft { nothing_left: True } "nothing is left behind"
}

impl Check<Scene> for NothingLeft {
    async fn check(&self, scene: &Scene) -> Done {
        let made =
            scene.folder.made().map_err(|odd| Trouble::check("a folder to look into", odd.to_string()))?;
        let left: Vec<_> = made.into_iter().filter(Made::is_precious).collect();
        if left.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = left.iter().map(|made| made.name.as_str()).collect();
        Err(Trouble::check("no certificate or key left behind", names.join(", ")))
    }
}

/// In DER or PEM, whatever stands around it.
fn is_root(bytes: &[u8], root: &[u8]) -> bool {
    let of_pem = || pem::parse_many(bytes).unwrap_or_default().iter().any(|block| block.contents() == root);
    Certificate::parse(bytes).is_ok_and(|certificate| certificate.der() == root) || of_pem()
}

/// Serial numbers as hexadecimal digits, however many zeros stand before them.
fn same_number(one: &str, other: &str) -> bool {
    one.trim_start_matches('0').eq_ignore_ascii_case(other.trim_start_matches('0'))
}
