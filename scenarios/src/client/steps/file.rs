//! The files that a client leaves.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::bilingual::{Bilingual, Verbatim};
use crate::client::file_name::FileName;
use crate::client::folder::Made;
use crate::client::scene::Scene;
use crate::client::wording::{Expected, Seen};
use crate::eyes::{Certificate, Identity, squeeze};
use crate::play::{Check, Done, Reader, Trouble, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![look LookInto, NoFile, Unchanged, NothingLeft];

/// What a package of the Windows installer begins with ([MS-CFB] 2.2).
const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

step! {
    /// A file of the folder is like this.
    struct LookInto { expect: FileExpectation } "look into {:?}", expect.file; "{:?} の中を見る", expect.file
}

/// What a file must be.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct FileExpectation {
    /// Its name in the folder.
    file: FileName,
    /// The password that opens it as PFX.
    password: Option<String>,
    /// A password that doesn't open it.
    not_password: Option<String>,
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
    /// It is a package of the Windows installer.
    #[serde(default)]
    installer: bool,
    /// It is a text with the last days of these notices' certificates, in this order, each on a line of its own.
    #[serde(default)]
    last_days: Vec<String>,
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
        let wanted = |seen: Bilingual| Trouble::halt(Expected::File { name: name.clone() }, seen);
        let made = scene.folder.read(name).map_err(|odd| wanted(odd.words()))?;
        let made = made.ok_or_else(|| wanted(Seen::None.into()))?;
        if made.bytes.is_empty() {
            return Err(wanted(Seen::Empty.into()));
        }
        if expected.private && made.is_open {
            return Err(Trouble::check(Expected::Private { name: name.clone() }, Seen::OthersRead));
        }
        if let Some(words) = &expected.says
            && !squeeze(&String::from_utf8_lossy(&made.bytes)).contains(&squeeze(words))
        {
            let expected = Expected::Text { words: words.clone(), name: name.clone() };
            return Err(Trouble::check(expected, Seen::OtherText));
        }
        if expected.tls_root && !is_root(&made.bytes, scene.stage.world.tls().root()) {
            return Err(Trouble::check(Expected::TlsRoot, Seen::SomethingElse));
        }
        if expected.installer && !made.bytes.starts_with(&COMPOUND_FILE) {
            return Err(Trouble::check(Expected::Installer { name: name.clone() }, Seen::SomethingElse));
        }
        if !expected.last_days.is_empty() {
            let days = expected.last_days.iter().map(|notice| scene.last_day(notice));
            let days = days.collect::<Result<Vec<_>, _>>()?;
            let lines = String::from_utf8_lossy(&made.bytes);
            let lines: Vec<_> = lines.lines().collect();
            let on = |day: &Date| lines.iter().position(|line| says_day(line, *day));
            let places: Option<Vec<_>> = days.iter().map(on).collect();
            if !places.is_some_and(|places| places.is_sorted_by(|one, next| one < next)) {
                let days = days.iter().map(Date::to_string).collect::<Vec<_>>().join(", ");
                return Err(Trouble::check(Expected::Days { days, name: name.clone() }, Seen::OtherText));
            }
        }
        if let Some(other) = &expected.not_password
            && Identity::open(&made.bytes, other).is_ok()
        {
            return Err(Trouble::check(Expected::Locked, Seen::Opened));
        }
        let Some(password) = &expected.password else { return Ok(()) };
        let identity = Identity::open(&made.bytes, &scene.known.fill(password)?)
            .map_err(|flaw| Trouble::halt(Expected::Opens, Seen::Shut { flaw }))?;
        if expected.private_key
            && let Err(flaw) = identity.check_key()
        {
            return Err(Trouble::check(Expected::Key, flaw));
        }
        if expected.root
            && let Err(flaw) = identity.check_root()
        {
            return Err(Trouble::check(Expected::Root, flaw));
        }
        let (expected, serials) = match &expected.certificate_of {
            Some(notice) => {
                let serial = scene.known.of_notice(notice, "serial")?.to_owned();
                (Expected::CertificateOf { notice: notice.clone() }, vec![serial])
            }
            None if expected.renewed => {
                let renewals = scene.stage.renewals().await?;
                let serials = renewals.into_iter().map(|renewal| renewal.serial).collect();
                (Expected::Renewed, serials)
            }
            None => return Ok(()),
        };
        match identity.certificate().map(|certificate| certificate.serial()) {
            Ok(serial) if serials.iter().any(|one| same_number(one, &serial)) => Ok(()),
            Ok(serial) => Err(Trouble::check(expected, Seen::Serial { serial })),
            Err(flaw) => Err(Trouble::check(expected, flaw)),
        }
    }
}

step! {
    /// No such file is in the folder, not even an empty one.
    struct NoFile {
        no_file: FileName,
        /// An empty one is as good as none
        or_empty: Option<True>,
    }
    "there must be no {no_file:?}"; "{no_file:?} がないことを確かめる"
}

impl Check<Scene> for NoFile {
    async fn check(&self, scene: &Scene) -> Done {
        let seen = match scene.folder.read(&self.no_file) {
            Ok(None) => return Ok(()),
            Ok(Some(made)) if made.bytes.is_empty() && self.or_empty.is_some() => return Ok(()),
            Ok(Some(made)) if made.bytes.is_empty() => Seen::Empty.into(),
            Ok(Some(made)) => Seen::Bytes { count: made.bytes.len() }.into(),
            Err(odd) => odd.words(),
        };
        Err(Trouble::check(Expected::NoFile { name: self.no_file.clone() }, seen))
    }
}

step! {
    /// The file is as it was given.
    struct Unchanged { unchanged: FileName } "{unchanged:?} must be as it was"; "{unchanged:?} が元のままであることを確かめる"
}

impl Check<Scene> for Unchanged {
    async fn check(&self, scene: &Scene) -> Done {
        let seen = match scene.folder.read(&self.unchanged) {
            Ok(Some(made)) if scene.folder.given(&self.unchanged) == Some(&made.bytes) => return Ok(()),
            Ok(Some(_)) => Seen::OtherContent.into(),
            Ok(None) => Seen::Gone.into(),
            Err(odd) => odd.words(),
        };
        Err(Trouble::check(Expected::Unchanged { name: self.unchanged.clone() }, seen))
    }
}

step! {
    /// The command left no certificate and no key behind, whole or in parts.
    struct NothingLeft { nothing_left: True } "nothing must be left behind"; "何も残していないことを確かめる"
}

impl Check<Scene> for NothingLeft {
    async fn check(&self, scene: &Scene) -> Done {
        let made = scene.made()?;
        let left: Vec<_> = made.into_iter().filter(Made::is_precious).collect();
        if left.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = left.iter().map(|made| made.name.as_str()).collect();
        Err(Trouble::check(Expected::NothingLeft, Verbatim(names.join(", "))))
    }
}

/// As programs write dates: 2029-02-23, 2029/2/23, 2029年2月23日.
fn says_day(line: &str, day: Date) -> bool {
    // With its blanks: one may be all that stands between the day and a number.
    let line: String = line.nfkc().collect();
    let numbers: Vec<i32> = line
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let wanted: [i32; 3] = [day.year().into(), day.month().into(), day.day().into()];
    numbers.windows(3).any(|found| found == wanted)
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
