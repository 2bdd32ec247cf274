//! Revocation lists and mails.

use serde_json::Value;
use url::Url;

use super::check::Differences;
use super::{Done, Player, SavedFile, Trouble, halt, told};
use crate::eyes::{Content, Identity, RevocationList};
use crate::portal::{ListExpectation, MailExpectation, USUAL_PASSWORD};

impl Player<'_> {
    /// Fetches the list from where the certificate says, by way of the target's own address for that host.
    pub(super) async fn fetch_list(&mut self, name: &str, of: &str) -> Done {
        let identity = self.identity(of, USUAL_PASSWORD)?;
        let places = identity.certificate().map_err(Trouble::Broken)?.crl_places();
        let place = places.first().and_then(|place| Url::parse(place).ok());
        let place = place
            .ok_or_else(|| halt("a place of the list in the certificate".to_owned(), "none".to_owned()))?;
        let host = place.host_str().unwrap_or_default().to_owned();
        let mut url = place;
        if let Some(http) = &self.stage.http {
            let _ = url.set_host(http.host_str());
            let _ = url.set_port(http.port());
        }
        self.now = match &self.stage.control {
            Some(control) => Some(control.now().await.map_err(Trouble::Broken)?),
            None => None,
        };
        let answer = self.browser.fetch_plain(url, &host).await;
        self.came(answer)?;
        let answer = self.last("a revocation list")?;
        match &answer.content {
            Content::File { name: called, mime, bytes } if answer.status == 200 => {
                let file = SavedFile { name: called.clone(), mime: mime.clone(), bytes: bytes.clone() };
                self.files.insert(name.to_owned(), file);
                Ok(())
            }
            Content::Page(page) => Err(halt("a revocation list".to_owned(), told(page))),
            Content::File { .. } => Err(halt("a revocation list".to_owned(), answer.summary())),
        }
    }

    pub(super) fn check_list(&self, expected: &ListExpectation) -> Done {
        let bytes = &self.file(&expected.file)?.bytes;
        let der = binary(bytes);
        let list = RevocationList::parse(&der)
            .map_err(|seen| halt("a revocation list".to_owned(), seen).breaking(&["CRL-002"]))?;
        let mut differences = Differences::default();
        if expected.der == Some(true) && der != *bytes {
            differences.check("a revocation list in DER", Err("one in PEM".to_owned()));
        }
        if let Some(name) = &expected.signed_by_root_of {
            let (identity, root) = self.with_root(name)?;
            let result = list.check_signature(&identity, root);
            differences.check("a list that the issuing root has signed", result);
        }
        if let Some(name) = &expected.names_key_of_root_of {
            let (_, root) = self.with_root(name)?;
            differences.check("the key identifier of the issuing root", list.check_key_identifier(&root));
        }
        let entries = list.entries();
        for (names, wanted) in [(&expected.lists, true), (&expected.lists_not, false)] {
            for name in names.iter().flatten() {
                let identity = self.identity(name, USUAL_PASSWORD)?;
                let serial = identity.certificate().map_err(Trouble::Broken)?.serial();
                let is = entries.iter().any(|entry| entry.serial == serial);
                let not = if wanted { "" } else { "not " };
                let result = if is == wanted { Ok(()) } else { Err(format!("{} on it", entries.len())) };
                differences.check(&format!("the certificate of {name:?} {not}on the list"), result);
            }
        }
        for entry in &entries {
            if let Some(at) = &expected.revoked_at
                && at.parse().ok() != Some(entry.revoked_at)
            {
                differences.check(&format!("revoked at {at}"), Err(entry.revoked_at.to_string()));
            }
            if let Some(reason) = &expected.reason
                && *reason != entry.reason
            {
                differences.check(&format!("the reason {reason}"), Err(entry.reason.clone()));
            }
        }
        if expected.current == Some(true) {
            let now = self.now.ok_or_else(|| Trouble::Broken("no time is known".to_owned()))?;
            differences.check("a list that is in force", list.check_current(now));
        }
        if let Some(other) = &expected.newer_than {
            let other = binary(&self.file(other)?.bytes);
            let other = RevocationList::parse(&other)
                .map_err(|seen| halt("a revocation list".to_owned(), seen).breaking(&["CRL-002"]))?;
            let (one, before) = (list.number(), other.number());
            let newer = one > before && list.this_update() >= other.this_update();
            let told = |number: Option<String>| {
                number.map_or("none".to_owned(), |n| n.trim_start_matches('0').to_owned())
            };
            let result = if newer { Ok(()) } else { Err(format!("{} after {}", told(one), told(before))) };
            differences.check("a higher number than before, and no earlier date", result);
        }
        if let Some(other) = &expected.same_as
            && self.file(other)?.bytes != *bytes
        {
            differences.check(&format!("the same list as {other:?}"), Err("another".to_owned()));
        }
        differences.done()
    }

    fn with_root(&self, name: &str) -> Result<(Identity, Vec<u8>), Trouble> {
        let identity = self.identity(name, USUAL_PASSWORD)?;
        match identity.root() {
            Ok(root) => Ok((identity, root)),
            Err(seen) => {
                Err(halt("the certificate of the issuing root inside".to_owned(), seen)
                    .breaking(&["PFX-005"]))
            }
        }
    }

    pub(super) async fn count_mails(&self, count: usize) -> Done {
        let mails = self.control()?.mails().await.map_err(Trouble::Broken)?;
        if mails.len() == count {
            return Ok(());
        }
        Err(Trouble::Checks(vec![(format!("{count} mails"), mails.len().to_string())]))
    }

    pub(super) async fn check_mail(&self, expected: &MailExpectation) -> Done {
        let mails = self.control()?.mails().await.map_err(Trouble::Broken)?;
        let Some(mail) = mails.last() else {
            return Err(Trouble::Checks(vec![("a mail".to_owned(), "none went out".to_owned())]));
        };
        let text = |key: &str| mail.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut differences = Differences::default();
        if let Some(to) = &expected.to
            && text("to") != to
        {
            differences.check(&format!("a mail to {to}"), Err(text("to").to_owned()));
        }
        let whole = format!("{}\n{}", text("subject"), text("text"));
        for (part, wanted) in [(&expected.says, true), (&expected.says_not, false)] {
            let Some(part) = part else { continue };
            let not = if wanted { "" } else { "no " };
            let result = if whole.contains(part.as_str()) == wanted { Ok(()) } else { Err(whole.clone()) };
            differences.check(&format!("{not}{part:?} in the mail"), result);
        }
        differences.done()
    }
}

/// The list itself, also if it came as PEM: how it comes is a matter of its own.
fn binary(bytes: &[u8]) -> Vec<u8> {
    pem::parse(bytes).map_or_else(|_| bytes.to_vec(), pem::Pem::into_contents)
}
