//! Checks: files, output, journal, secrets.

use std::time::Duration;

use super::folder::Made;
use super::log;
use super::player::{Done, Player, Trouble, places};
use super::scenario::{ClientAction, FileExpectation};
use crate::eyes::{Certificate, Identity, squeeze};

impl Player<'_> {
    pub(super) async fn check(&self, action: &ClientAction) -> Done {
        match action {
            ClientAction::File(expected) => self.check_file(expected).await,
            ClientAction::NoFile(name) => match self.folder.read(name) {
                Some(made) => differs(format!("no file {name:?}"), format!("{} bytes", made.bytes.len())),
                None => Ok(()),
            },
            ClientAction::Unchanged(name) => {
                let now = self.folder.read(name).map(|made| made.bytes);
                match now {
                    Some(bytes) if self.folder.given(name) == Some(&bytes) => Ok(()),
                    Some(_) => differs(format!("{name:?} as it was"), "another content".to_owned()),
                    None => differs(format!("{name:?} as it was"), "it is gone".to_owned()),
                }
            }
            ClientAction::NothingLeft => {
                let left: Vec<_> = self.folder.made().into_iter().filter(Made::is_precious).collect();
                let names: Vec<_> = left.iter().map(|made| made.name.as_str()).collect();
                match names.is_empty() {
                    true => Ok(()),
                    false => differs("no certificate or key left behind".to_owned(), names.join(", ")),
                }
            }
            ClientAction::Says(words) => self.check_says(words),
            ClientAction::Happened { what, least, most } => {
                let entries = self.stage.world.journal.after(0);
                let times = entries.iter().filter(|entry| log::fits(entry, what)).count();
                let expected = match (least, most) {
                    (0, 0) => format!("no {what} in the journal"),
                    (least, most) if least == most => format!("{what} {least} times in the journal"),
                    (least, &usize::MAX) => format!("{what} at least {least} times in the journal"),
                    (0, most) => format!("{what} at most {most} times in the journal"),
                    (least, most) => format!("{what} {least} to {most} times in the journal"),
                };
                if (*least..=*most).contains(&times) {
                    Ok(())
                } else {
                    differs(expected, format!("{times} times"))
                }
            }
            ClientAction::Pace { what, least } => self.check_pace(what, *least),
            ClientAction::KeepsSecrets => self.check_secrets(),
            ClientAction::KeepsIds => self.check_ids().await,
            ClientAction::ProxyUsed(wanted) => {
                let tunnels = self.proxy.as_ref().map_or(0, super::proxy::Proxy::tunnels);
                match (wanted, tunnels) {
                    (true, 0) => differs("a way through the proxy".to_owned(), "none".to_owned()),
                    (false, 1..) => differs("a way around the proxy".to_owned(), "one through it".to_owned()),
                    _ => Ok(()),
                }
            }
            ClientAction::ProxyAsked(most) => {
                let asked = self.proxy.as_ref().map_or(0, super::proxy::Proxy::asked);
                match asked <= *most {
                    true => Ok(()),
                    false => {
                        differs(format!("the proxy asked {most} times at most"), format!("{asked} times"))
                    }
                }
            }
            other => Err(Trouble::Broken(format!("this is no check: {other}"))),
        }
    }

    async fn check_file(&self, expected: &FileExpectation) -> Done {
        let name = &expected.file;
        let Some(made) = self.folder.read(name) else {
            return Err(Trouble::Halt { expected: format!("a file {name:?}"), seen: "none".to_owned() });
        };
        if expected.private && made.is_open {
            return differs(format!("{name:?} for its owner alone"), "others can read it".to_owned());
        }
        if expected.tls_root && !is_root(&made.bytes, self.stage.world.tls.root()) {
            return differs("the root certificate of the site".to_owned(), "something else".to_owned());
        }
        let Some(password) = &expected.password else { return Ok(()) };
        let password = self.filled(password)?;
        let identity = match Identity::open(&made.bytes, &password) {
            Ok(identity) => identity,
            Err(error) => {
                let seen = format!("it doesn't open: {error}");
                return Err(Trouble::Halt {
                    expected: "a PFX file that its password opens".to_owned(),
                    seen,
                });
            }
        };
        if expected.private_key
            && let Err(seen) = identity.check_key()
        {
            return differs("one private key, which belongs to the certificate".to_owned(), seen);
        }
        if expected.root
            && let Err(seen) = identity.check_root()
        {
            return differs("the certificate of the issuing root inside".to_owned(), seen);
        }
        let serial = match &expected.certificate_of {
            Some(notice) => vec![self.of_notice(notice, "serial")?],
            None if expected.renewed => {
                self.stage.renewals().await.map_err(Trouble::Broken)?.into_iter().map(|ids| ids.2).collect()
            }
            None => return Ok(()),
        };
        let expected = match &expected.certificate_of {
            Some(notice) => format!("the certificate of {notice:?}"),
            None => "the certificate of the renewal".to_owned(),
        };
        match identity.certificate().map(|certificate| certificate.serial()) {
            Ok(seen) if serial.iter().any(|serial| same_number(serial, &seen)) => Ok(()),
            Ok(seen) => differs(expected, format!("the one with the serial number {seen}")),
            Err(seen) => differs(expected, seen),
        }
    }

    fn check_says(&self, words: &[String]) -> Done {
        let output = self.runs.last().map(|ended| squeeze(&ended.output).to_lowercase()).unwrap_or_default();
        for text in words {
            if output.contains(&squeeze(&self.filled(text)?).to_lowercase()) {
                return Ok(());
            }
        }
        let seen = if output.is_empty() { "it says nothing" } else { "other words (see the transcript)" };
        differs(format!("that it says {}", words.join(" or ")), seen.to_owned())
    }

    /// By real time: that is how long the site is left alone.
    fn check_pace(&self, what: &str, least: Duration) -> Done {
        let entries = self.stage.world.journal.after(0);
        let times: Vec<_> =
            entries.iter().filter(|entry| log::fits(entry, what)).map(|entry| entry.real_time).collect();
        let shortest = times.windows(2).map(|pair| pair[1].duration_since(pair[0])).min();
        match shortest {
            Some(gap) if gap.unsigned_abs() < least => {
                let expected = format!("{} ms or more between two looks", least.as_millis());
                differs(
                    expected,
                    format!("{} looks, two of them only {} ms apart", times.len(), gap.as_millis()),
                )
            }
            _ => Ok(()),
        }
    }

    fn check_secrets(&self) -> Done {
        let shown = |text: &str| self.secrets.iter().any(|secret| places(text, secret).next().is_some());
        for ended in &self.runs {
            if ended.arguments.iter().any(|line| shown(line)) {
                let expected = "no password and no reference ID in arguments, which every user can read";
                return differs(expected.to_owned(), "one in the arguments of a process".to_owned());
            }
            if shown(&ended.output) || ended.output.contains("PRIVATE KEY") {
                let expected = "no password, no reference ID and no key in the output";
                return differs(expected.to_owned(), "one in the output".to_owned());
            }
        }
        for made in self.folder.made().into_iter().filter(|made| made.is_open) {
            if made.has_key(&self.passwords) || shown(&String::from_utf8_lossy(&made.bytes)) {
                let expected = "keys, passwords and reference IDs in files for their owner alone";
                return differs(expected.to_owned(), format!("others can read {}", made.name));
            }
        }
        Ok(())
    }

    async fn check_ids(&self) -> Done {
        let made = self.folder.made();
        let texts = made.iter().filter(|made| !made.is_open).map(|made| String::from_utf8_lossy(&made.bytes));
        let output = self.runs.iter().map(|ended| ended.output.as_str().into());
        let texts: Vec<_> = texts.chain(output).collect();
        for (request_id, reference_id, _) in self.stage.renewals().await.map_err(Trouble::Broken)? {
            for (what, id) in [("request ID", request_id), ("reference ID", reference_id)] {
                if !texts.iter().any(|text| text.contains(&id)) {
                    let expected =
                        format!("the {what} of the renewal, told or in a file for its owner alone");
                    return differs(expected, "it is lost".to_owned());
                }
            }
        }
        Ok(())
    }
}

fn differs(expected: String, seen: String) -> Done {
    Err(Trouble::Check { expected, seen })
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
