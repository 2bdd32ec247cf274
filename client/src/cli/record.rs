//! `--record`: what the site and we sent each other, without secrets, as a file.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::context::Context;
use super::failure::Failure;
use super::output::tell;
use crate::recording::recorder::Recorder;
use crate::recording::redact::{Key, Knowledge, redact};
use crate::{ClientBuilder, Language, check_room, write_private};

/// The exit status if the command is stopped by Ctrl+C.
pub(super) const STOPPED: u8 = 130;
/// The exit status if all went well but the recording can't be written.
pub(super) const NOT_WRITTEN: u8 = 2;

/// A recording on its way to a file.
pub(crate) struct Record {
    file: PathBuf,
    recorder: Recorder,
    /// The hosts that we were told to speak to.
    hosts: Mutex<Vec<String>>,
}

impl Record {
    pub(super) fn to(file: &Path) -> Self {
        Self { file: file.to_owned(), recorder: Recorder::new(), hosts: Mutex::default() }
    }

    /// Whether the file can be written, which is better known before anything happens.
    pub(super) fn ready(&self) -> Result<(), Failure> {
        Ok(check_room(&self.file)?)
    }

    /// Records what this client does at this address.
    pub(super) fn watch(&self, builder: ClientBuilder, url: &str) -> ClientBuilder {
        self.knows(url);
        builder.recorder(&self.recorder)
    }

    /// Takes the host of an address for the service's.
    pub(super) fn knows(&self, url: &str) {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).extend(host);
    }

    /// Writes the file. Whether it worked.
    pub(super) fn write(&self, language: Language) -> bool {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let knowledge = Knowledge { hosts, ..Knowledge::default() };
        let file = self.file.display();
        let not_written = language.pick("記録を書き出せません", "the recording can't be written");
        let key = match Key::fresh() {
            Ok(key) => key,
            Err(error) => {
                tell(format!("obn: {not_written}: {error}"));
                return false;
            }
        };
        let Ok(redacted) = redact(&self.recorder.har(), &knowledge, key) else {
            tell(language.pick(
                "obn: 機密情報が残るおそれがあるため、記録を書き出しませんでした",
                "obn: the recording was not written, because a secret might have been left in it",
            ));
            return false;
        };
        if let Err(error) = write_private(&self.file, &redacted.har.to_json()) {
            tell(format!("obn: {not_written}: {}", error.explain(language)));
            return false;
        }
        let (exchanges, left_out) = (redacted.har.log.entries.len(), self.recorder.left_out());
        tell(language.pick(
            format!("obn: 通信{exchanges}件の記録を {file} に書き出しました"),
            format!("obn: a recording of {exchanges} exchanges is in {file}"),
        ));
        for password in &redacted.passwords {
            tell(language.pick(
                format!("obn: 記録の中のPFXファイルは別の鍵に替えてあり、パスワードは {password} です"),
                format!("obn: the PFX file in it has another key; its password is {password}"),
            ));
        }
        if left_out > 0 {
            tell(language.pick(
                format!("obn: 記録しきれなかった通信が{left_out}件あります"),
                format!("obn: there was no room for {left_out} more exchanges"),
            ));
        }
        true
    }
}

/// What comes of a command; nothing if it is recorded and Ctrl+C stops it, so that what was recorded is written.
pub(super) async fn until_stopped<T>(context: &Context, command: impl Future<Output = T>) -> Option<T> {
    if context.record.is_none() {
        return Some(command.await);
    }
    tokio::select! {
        result = command => Some(result),
        Ok(()) = tokio::signal::ctrl_c() => None,
    }
}
