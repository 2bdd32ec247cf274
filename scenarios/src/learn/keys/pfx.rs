//! `pfx.*`: the file that is handed out, without and with its password.

use super::files::saved;
use super::{Reader, Record};
use crate::learn::evidence::{Evidence, PfxFile};
use crate::learn::observation::Book;

pub(super) const READERS: &[Reader] = &[
    Reader { keys: &["pfx.file_name", "pfx.mime"], shown_by: Record::Download, read: outside },
    Reader {
        keys: &["pfx.profile", "pfx.iterations", "pfx.friendly_name", "pfx.csp_name", "pfx.include_root"],
        shown_by: Record::Download,
        read: inside,
    },
];

const TDES: &str = "1.2.840.113549.1.12.1.3";
const RC2_40: &str = "1.2.840.113549.1.12.1.6";
const PBES2: &str = "1.2.840.113549.1.5.13";
const SHA1: &str = "1.3.14.3.2.26";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

/// What may stand in names: the request ID, the institution's code, the serial number.
struct Fillings(Vec<(&'static str, String)>);

impl Fillings {
    fn of(file: &PfxFile) -> Self {
        let mut known = Vec::new();
        known.extend(file.request_id.clone().map(|id| ("{request_id}", id)));
        if let Some((_, identity)) = &file.opened
            && let Ok(certificate) = identity.certificate()
        {
            let code = certificate
                .subject()
                .split(", ")
                .find_map(|part| part.strip_prefix("CN=").map(str::to_owned));
            known.extend(code.map(|code| ("{institution_code}", code)));
            known.push(("{serial}", certificate.serial()));
        }
        Self(known)
    }

    /// A name with its variable parts as placeholders; `None` if it has digits that nothing explains.
    fn template(&self, name: &str) -> Option<String> {
        let mut template = name.to_owned();
        for (placeholder, value) in self.0.iter().filter(|(_, value)| value.len() >= 8) {
            template = template.replace(value.as_str(), placeholder);
        }
        // The extension may have digits: .p12
        let stem = template.rsplit_once('.').map_or(template.as_str(), |(stem, _)| stem);
        let digits = stem.bytes().filter(u8::is_ascii_digit).count();
        (digits < 4).then_some(template)
    }
}

fn outside(evidence: &Evidence<'_>, book: &mut Book) {
    for file in &evidence.files {
        let Some(exchange) = file.exchange.map(|index| &evidence.exchanges[index]) else { continue };
        if let Some(mime) = exchange.mime() {
            book.see("pfx.mime", mime, &exchange.place);
        }
        let name = saved(exchange).and_then(|(name, _)| Fillings::of(file).template(&name));
        if let Some(name) = name.filter(|_| !evidence.is_redacted) {
            book.see("pfx.file_name", name, &exchange.place);
        }
    }
}

fn inside(evidence: &Evidence<'_>, book: &mut Book) {
    for file in &evidence.files {
        let Some((make, identity)) = &file.opened else { continue };
        let all = |oid: &str| make.encryption.iter().all(|known| known == oid);
        let some = |oid: &str| make.encryption.iter().any(|known| known == oid);
        let mac = make.mac.as_deref();
        let profile = match mac {
            Some(SHA1) if all(TDES) => Some("tdes-sha1"),
            Some(SHA1) if some(TDES) && some(RC2_40) => Some("legacy-rc2"),
            Some(SHA256) if all(PBES2) => Some("aes256-sha256"),
            _ => None,
        };
        match profile {
            Some(profile) => book.see("pfx.profile", profile, &file.place),
            None => book.cannot_say(
                &format!(
                    "PFX ファイルの暗号は {}、MAC は {} です。",
                    make.encryption.join(", "),
                    mac.unwrap_or("-")
                ),
                &format!("PFX files use {} and the MAC {}.", make.encryption.join(", "), mac.unwrap_or("-")),
            ),
        }
        match make.rounds.split_first() {
            Some((first, rest)) if rest.iter().all(|other| other == first) => {
                if let Ok(rounds) = i64::try_from(*first) {
                    book.see("pfx.iterations", rounds, &file.place);
                }
            }
            Some(_) => book.cannot_say(
                &format!("PFX ファイルの反復回数は部分ごとに違います: {:?}。", make.rounds),
                &format!("The parts of a PFX file have different iteration counts: {:?}.", make.rounds),
            ),
            None => {}
        }
        let fillings = Fillings::of(file);
        let mut names = make.friendly_names.clone();
        names.dedup();
        match names.as_slice() {
            [] => book.see("pfx.friendly_name", "", &file.place),
            [name] => {
                if let Some(template) = fillings.template(name) {
                    book.see("pfx.friendly_name", template, &file.place);
                }
            }
            _ => {}
        }
        match make.csp_names.as_slice() {
            [] => book.see("pfx.csp_name", "", &file.place),
            [name] => book.see("pfx.csp_name", name.as_str(), &file.place),
            _ => {}
        }
        book.see("pfx.include_root", identity.root().is_ok(), &file.place);
    }
}
