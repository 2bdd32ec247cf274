//! Checks of what the site handed out and of what the notice says.

use serde_json::Value;

use super::{Done, Player, SavedFile, Trouble};
use crate::eyes::{Algorithms, Certificate, Identity};
use crate::portal::{Expect, NoticeExpectation, USUAL_PASSWORD};

/// Expected and seen, for all that differs.
#[derive(Default)]
pub(super) struct Differences(Vec<(String, String)>);

impl Differences {
    pub(super) fn check(&mut self, expected: &str, result: Result<(), String>) {
        if let Err(seen) = result {
            self.0.push((expected.to_owned(), seen));
        }
    }

    pub(super) fn done(self) -> Done {
        if self.0.is_empty() { Ok(()) } else { Err(Trouble::Checks(self.0)) }
    }
}

impl Player<'_> {
    pub(super) fn check_file(&self, expect: &Expect) -> Done {
        let file = self.file(&expect.file)?;
        let mut differences = Differences::default();
        for (what, wanted, is) in
            [("the file name", &expect.name, &file.name), ("the media type", &expect.media_type, &file.mime)]
        {
            if let Some(wanted) = wanted
                && wanted != is
            {
                differences.0.push((format!("{what} {wanted:?}"), format!("{is:?}")));
            }
        }
        // [MS-CFB] 2.2: signature, and 0xFFFE for the order of bytes.
        let ole = file.bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
            && file.bytes.get(28..30) == Some(&[0xfe, 0xff]);
        if expect.windows_installer == Some(true) && !ole {
            let seen = format!("something else of {} bytes", file.bytes.len());
            differences.0.push(("a package of the Windows installer".to_owned(), seen));
        }
        if let Some(endings) = &expect.name_ends_in
            && !endings.iter().any(|ending| file.name.to_lowercase().ends_with(ending.as_str()))
        {
            let expected = format!("a file name that ends in {}", endings.join(" or "));
            differences.0.push((expected, format!("{:?}", file.name)));
        }
        if let Some(password) = &expect.not_password
            && Identity::open(&file.bytes, password).is_ok()
        {
            let expected = format!("a PFX file that {password:?} doesn't open");
            differences.0.push((expected, "one that it opens".to_owned()));
        }
        if expect.windows_8_1 == Some(true) {
            let result = Algorithms::read(&file.bytes).and_then(|algorithms| algorithms.check_windows_8_1());
            differences.check("a PFX file that Windows 8.1 can import", result);
        }
        if expect.openssl_3 == Some(true) {
            let result = Algorithms::read(&file.bytes).and_then(|algorithms| algorithms.check_openssl_3());
            differences.check("a PFX file that OpenSSL 3 opens without its legacy provider", result);
        }
        let trusted = self.stage.roots.first().map(AsRef::as_ref).unwrap_or_default();
        let Some(password) = &expect.password else {
            if let Some(certificate) = &expect.certificate {
                match Certificate::parse(&file.bytes) {
                    Ok(parsed) => differences.0.extend(parsed.differences(certificate, trusted)),
                    Err(seen) => differences.0.push(("a certificate in DER".to_owned(), seen)),
                }
            }
            return differences.done();
        };
        let identity = self.identity(&expect.file, password)?;
        if expect.private_key == Some(true) {
            differences.check("one private key, which belongs to the certificate", identity.check_key());
        }
        if expect.root == Some(true) {
            differences.check("the certificate of the issuing root inside", identity.check_root());
        }
        if let Some(certificate) = &expect.certificate {
            match identity.certificate() {
                Ok(parsed) => differences.0.extend(parsed.differences(certificate, trusted)),
                Err(seen) => differences.0.push(("one certificate of the institution".to_owned(), seen)),
            }
        }
        for (other, same) in [(&expect.same_identity_as, true), (&expect.other_key_than, false)] {
            let Some(other) = other else { continue };
            let result = self.compare(&identity, other, password, same)?;
            let what = if same { "the same certificate and key as in" } else { "another key than in" };
            differences.check(&format!("{what} {other:?}"), result);
        }
        differences.done()
    }

    /// The other file may have been fetched with another password: any of this scenario's will do.
    fn compare(
        &self,
        identity: &Identity,
        other: &str,
        password: &str,
        same: bool,
    ) -> Result<Result<(), String>, Trouble> {
        let file = self.file(other)?;
        let of_scenario = self.scenario.steps.iter().filter_map(|step| match &step.action {
            crate::portal::Action::Expect(expect) => expect.password.as_deref(),
            _ => None,
        });
        let opened = [password, USUAL_PASSWORD]
            .into_iter()
            .chain(of_scenario)
            .find_map(|password| Identity::open(&file.bytes, password).ok());
        let Some(opened) = opened else {
            return Ok(Err(format!("{other:?} doesn't open")));
        };
        let contents = |identity: &Identity| {
            let certificate = identity.certificate().map(|certificate| certificate.der().to_vec());
            (identity.key().map(<[u8]>::to_vec), certificate)
        };
        let (one, two) = (contents(identity), contents(&opened));
        Ok(match (same, one == two, one.0 == two.0) {
            (true, false, _) => Err("another one".to_owned()),
            (false, _, true) => Err("the same key".to_owned()),
            _ => Ok(()),
        })
    }

    pub(super) fn check_notice(&self, expected: &NoticeExpectation) -> Done {
        let notice = self.notice(&expected.name)?;
        let text = |notice: &Value, key: &str| match notice.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let mut differences = Differences::default();
        for (key, wanted) in [
            ("institution_code", &expected.institution_code),
            ("terminal_name", &expected.terminal_name),
            ("valid_from", &expected.valid_from),
            ("valid_until", &expected.valid_until),
            ("download_until", &expected.download_until),
        ] {
            let seen = text(notice, key);
            if let Some(wanted) = wanted
                && *wanted != seen
            {
                differences.0.push((format!("{key} {wanted} on the notice"), seen));
            }
        }
        for (key, wanted) in
            [("issuer", &expected.issuer_begins), ("request_id", &expected.request_id_begins)]
        {
            let seen = text(notice, key);
            if let Some(wanted) = wanted
                && !seen.starts_with(wanted.as_str())
            {
                differences.0.push((format!("{key} beginning with {wanted:?} on the notice"), seen));
            }
        }
        let (request_id, reference_id) = (text(notice, "request_id"), text(notice, "reference_id"));
        if expected.well_formed == Some(true) {
            if request_id.len() != 15 || !request_id.bytes().all(|byte| byte.is_ascii_digit()) {
                differences.0.push(("a request ID of 15 digits".to_owned(), request_id.clone()));
            }
            let fits = reference_id.len() == 10 && reference_id.bytes().all(|b| b.is_ascii_alphanumeric());
            if !fits {
                let expected = "a reference ID of 10 letters and digits";
                differences.0.push((expected.to_owned(), reference_id.clone()));
            }
        }
        if let Some(other) = &expected.differs_from {
            let other = self.notice(other)?;
            if text(other, "request_id") == request_id || text(other, "reference_id") == reference_id {
                differences.0.push(("IDs of its own".to_owned(), format!("{request_id} again")));
            }
        }
        differences.done()
    }

    pub(super) fn file(&self, name: &str) -> Result<&SavedFile, Trouble> {
        self.files.get(name).ok_or_else(|| Trouble::Broken(format!("no file {name:?} was saved")))
    }
}
