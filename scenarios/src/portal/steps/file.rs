//! Looking into a file that was saved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asked::asked;
use crate::difference::Differences;
use crate::error::Error;
use crate::eyes::{Algorithms, Certificate, CertificateExpectation, Flaw, Identity};
use crate::play::{Check, Done, Reader, step, steps};
use crate::portal::scene::{Scene, USUAL_PASSWORD};

pub(super) const STEPS: &[Reader<Scene>] = steps![look LookInto];

step! {
    /// A saved file is like this.
    pub(in crate::portal) struct LookInto { expect: FileExpectation } "look into a file{}", asked(expect)
}

/// What a saved file must be.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::portal) struct FileExpectation {
    /// The name under which it was saved.
    file: String,
    /// The file's own name.
    name: Option<String>,
    /// The media type that it came as.
    media_type: Option<String>,
    /// A package that the Windows installer knows: an OLE compound file.
    windows_installer: Option<bool>,
    /// The file's own name ends in one of these.
    name_ends_in: Option<Vec<String>>,
    /// A PFX file that this password opens; further checks of a PFX file need it.
    pub(in crate::portal) password: Option<String>,
    /// A PFX file that this password doesn't open.
    not_password: Option<String>,
    /// There is one private key, and it fits the certificate.
    private_key: Option<bool>,
    /// The certificate of the issuing root is inside, and it has signed the certificate.
    root: Option<bool>,
    /// Windows 8.1 can import it.
    windows_8_1: Option<bool>,
    /// OpenSSL 3 can open it without its legacy provider.
    openssl_3: Option<bool>,
    /// It holds the same certificate and key as this saved file.
    same_identity_as: Option<String>,
    /// It holds another key than this saved file.
    other_key_than: Option<String>,
    /// The file is a certificate, or its certificate is like this.
    certificate: Option<CertificateExpectation>,
}

impl Check<Scene> for LookInto {
    async fn check(&self, scene: &Scene) -> Done {
        let expect = &self.expect;
        let file = scene.file(&expect.file)?;
        let mut differences = Differences::default();
        for (what, wanted, is) in
            [("the file name", &expect.name, &file.name), ("the media type", &expect.media_type, &file.mime)]
        {
            if let Some(wanted) = wanted
                && wanted != is
            {
                differences.add(format!("{what} {wanted:?}"), format!("{is:?}"));
            }
        }
        // [MS-CFB] 2.2: signature, and 0xFFFE for the order of bytes.
        let ole = file.bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
            && file.bytes.get(28..30) == Some(&[0xfe, 0xff]);
        if expect.windows_installer == Some(true) && !ole {
            let seen = format!("something else of {} bytes", file.bytes.len());
            differences.add("a package of the Windows installer", seen);
        }
        if let Some(endings) = &expect.name_ends_in
            && !endings.iter().any(|ending| file.name.to_lowercase().ends_with(ending.as_str()))
        {
            let expected = format!("a file name that ends in {}", endings.join(" or "));
            differences.add(expected, format!("{:?}", file.name));
        }
        if let Some(password) = &expect.not_password
            && Identity::open(&file.bytes, password).is_ok()
        {
            differences.add(format!("a PFX file that {password:?} doesn't open"), "one that it opens");
        }
        if expect.windows_8_1 == Some(true) {
            let result = Algorithms::read(&file.bytes).and_then(|algorithms| algorithms.check_windows_8_1());
            differences.check("a PFX file that Windows 8.1 can import", result);
        }
        if expect.openssl_3 == Some(true) {
            let result = Algorithms::read(&file.bytes).and_then(|algorithms| algorithms.check_openssl_3());
            differences.check("a PFX file that OpenSSL 3 opens without its legacy provider", result);
        }
        match &expect.password {
            Some(password) => expect.check_identity(scene, password, &mut differences)?,
            None => expect.check_certificate(
                scene,
                Certificate::parse(&file.bytes),
                "a certificate in DER",
                &mut differences,
            ),
        }
        differences.done()
    }
}

impl FileExpectation {
    /// What is asked of a PFX file that opens.
    fn check_identity(&self, scene: &Scene, password: &str, differences: &mut Differences) -> Done {
        let identity = scene.identity(&self.file, password)?;
        if self.private_key == Some(true) {
            differences.check("one private key, which belongs to the certificate", identity.check_key());
        }
        if self.root == Some(true) {
            differences.check("the certificate of the issuing root inside", identity.check_root());
        }
        self.check_certificate(
            scene,
            identity.certificate(),
            "one certificate of the institution",
            differences,
        );
        for (other, same) in [(&self.same_identity_as, true), (&self.other_key_than, false)] {
            let Some(other) = other else { continue };
            let what = if same { "the same certificate and key as in" } else { "another key than in" };
            if let Some(seen) = compare(scene, &identity, other, password, same)? {
                differences.add(format!("{what} {other:?}"), seen);
            }
        }
        Ok(())
    }

    fn check_certificate(
        &self,
        scene: &Scene,
        certificate: Result<Certificate<'_>, Flaw>,
        what: &str,
        differences: &mut Differences,
    ) {
        let Some(expected) = &self.certificate else { return };
        let trusted = scene.stage.roots.first().map(AsRef::as_ref).unwrap_or_default();
        match certificate {
            Ok(certificate) => differences.extend(certificate.differences(expected, trusted)),
            Err(flaw) => differences.add(what, flaw.to_string()),
        }
    }
}

/// What is there instead. The other file may have been fetched with another password: any of this scenario's will do.
fn compare(
    scene: &Scene,
    identity: &Identity,
    other: &str,
    password: &str,
    same: bool,
) -> Result<Option<String>, Error> {
    let file = scene.file(other)?;
    let opened = [password, USUAL_PASSWORD]
        .into_iter()
        .chain(scene.passwords.iter().map(String::as_str))
        .find_map(|password| Identity::open(&file.bytes, password).ok());
    let Some(opened) = opened else {
        return Ok(Some(format!("{other:?} doesn't open")));
    };
    let certificate = |identity: &Identity| identity.certificate().map(|it| it.der().to_vec());
    let same_key = identity.key() == opened.key();
    let same_certificate = certificate(identity) == certificate(&opened);
    Ok(match same {
        true if !(same_key && same_certificate) => Some("another one".to_owned()),
        false if same_key => Some("the same key".to_owned()),
        _ => None,
    })
}
