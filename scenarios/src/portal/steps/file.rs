//! Looking into a file that was saved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asked::asked;
use crate::bilingual::{Bilingual, Verbatim};
use crate::difference::Differences;
use crate::error::Error;
use crate::eyes::{Algorithms, Certificate, CertificateExpectation, Flaw, Identity};
use crate::play::{Check, Done, Reader, step, steps};
use crate::portal::scene::{Scene, USUAL_PASSWORD};
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![look LookInto];

step! {
    /// A saved file is like this.
    pub(in crate::portal) struct LookInto { expect: FileExpectation } "look into a file{}", asked(expect); "ファイルの中を見る{}", asked(expect)
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
        if let Some(name) = expect.name.clone().filter(|name| *name != file.name) {
            differences.add(Expected::Named { name }, Verbatim(format!("{:?}", file.name)));
        }
        if let Some(mime) = expect.media_type.clone().filter(|mime| *mime != file.mime) {
            differences.add(Expected::MediaType { mime }, Verbatim(format!("{:?}", file.mime)));
        }
        // [MS-CFB] 2.2: signature, and 0xFFFE for the order of bytes.
        let ole = file.bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
            && file.bytes.get(28..30) == Some(&[0xfe, 0xff]);
        if expect.windows_installer == Some(true) && !ole {
            differences.add(Expected::Installer, Seen::OtherBytes { count: file.bytes.len() });
        }
        if let Some(endings) = &expect.name_ends_in
            && !endings.iter().any(|ending| file.name.to_lowercase().ends_with(ending.as_str()))
        {
            let endings = Bilingual::any_of(endings.iter().map(|ending| Bilingual::same(ending)));
            differences.add(Expected::NameEnds { endings }, Verbatim(format!("{:?}", file.name)));
        }
        if let Some(password) = &expect.not_password
            && Identity::open(&file.bytes, password).is_ok()
        {
            differences.add(Expected::Shut { password: password.clone() }, Seen::Opened);
        }
        if expect.windows_8_1 == Some(true) {
            let result = Algorithms::read(&file.bytes).and_then(|algorithms| algorithms.check_windows_8_1());
            differences.check(Expected::Windows81, result);
        }
        if expect.openssl_3 == Some(true) {
            let result = Algorithms::read(&file.bytes).and_then(|algorithms| algorithms.check_openssl_3());
            differences.check(Expected::Openssl3, result);
        }
        match &expect.password {
            Some(password) => expect.check_identity(scene, password, &mut differences)?,
            None => expect.check_certificate(
                scene,
                Certificate::parse(&file.bytes),
                Expected::Certificate,
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
            differences.check(Expected::Key, identity.check_key());
        }
        if self.root == Some(true) {
            differences.check(Expected::Root, identity.check_root());
        }
        self.check_certificate(scene, identity.certificate(), Expected::OneCertificate, differences);
        for (other, same) in [(&self.same_identity_as, true), (&self.other_key_than, false)] {
            let Some(other) = other else { continue };
            if let Some(seen) = compare(scene, &identity, other, password, same)? {
                let other = other.clone();
                let expected =
                    if same { Expected::SameAs { other } } else { Expected::OtherKeyThan { other } };
                differences.add(expected, seen);
            }
        }
        Ok(())
    }

    fn check_certificate(
        &self,
        scene: &Scene,
        certificate: Result<Certificate<'_>, Flaw>,
        what: Expected,
        differences: &mut Differences,
    ) {
        let Some(expected) = &self.certificate else { return };
        let trusted = scene.stage.roots.first().map(AsRef::as_ref).unwrap_or_default();
        match certificate {
            Ok(certificate) => differences.extend(certificate.differences(expected, trusted)),
            Err(flaw) => differences.add(what, flaw),
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
) -> Result<Option<Seen>, Error> {
    let file = scene.file(other)?;
    let opened = [password, USUAL_PASSWORD]
        .into_iter()
        .chain(scene.passwords.iter().map(String::as_str))
        .find_map(|password| Identity::open(&file.bytes, password).ok());
    let Some(opened) = opened else {
        return Ok(Some(Seen::OtherDoesNotOpen { other: other.to_owned() }));
    };
    let certificate = |identity: &Identity| identity.certificate().map(|it| it.der().to_vec());
    let same_key = identity.key() == opened.key();
    let same_certificate = certificate(identity) == certificate(&opened);
    Ok(match same {
        true if !(same_key && same_certificate) => Some(Seen::Other),
        false if same_key => Some(Seen::SameKey),
        _ => None,
    })
}
