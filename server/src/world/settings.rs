//! What of a world is kept as its settings: its secret, profile, clock, CAs and the end of its sessions.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{World, WorldError};
use crate::clock::{Clock, ClockState, Mode, OutOfRange};
use crate::journal::{Draft, Kind};
use crate::pki::{ClientCa, PkiError, RsaKey, StoredRoot};
use crate::profile::Profile;

/// A world's settings as they are stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(super) master: String,
    pub(super) seeded: bool,
    pub(crate) profile: Profile,
    pub(crate) clock: ClockState,
    pub(crate) session_epoch: u64,
    pub(super) tls: StoredRoot,
    pub(super) ca: Option<StoredCa>,
}

impl Settings {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("settings have a form in JSON")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredCa {
    pub(super) key: String,
    pub(super) certificate: String,
}

impl StoredCa {
    pub(super) fn of(ca: &ClientCa) -> Self {
        Self { key: BASE64.encode(ca.key().pkcs8()), certificate: BASE64.encode(ca.certificate()) }
    }

    pub(super) fn restore(&self) -> Result<ClientCa, PkiError> {
        let damaged = || PkiError::reading("the stored client CA")("it is damaged");
        let key = BASE64.decode(&self.key).ok().and_then(RsaKey::from_pkcs8).ok_or_else(damaged)?;
        let certificate = BASE64.decode(&self.certificate).map_err(|_| damaged())?;
        ClientCa::restore(key, certificate)
    }
}

impl World {
    /// Sets the clock; what is `None` stays as it is.
    ///
    /// # Errors
    /// [`WorldError::Clock`] for a time that no clock shows, or a failure; then the clock is as it was.
    pub async fn set_clock(
        self: &Arc<Self>,
        now: Option<jiff::Timestamp>,
        mode: Option<Mode>,
    ) -> Result<(), WorldError> {
        self.change_clock(|clock| clock.set(now, mode)).await
    }

    /// Moves the clock; a negative duration moves it back.
    ///
    /// # Errors
    /// As for [`set_clock`](Self::set_clock).
    pub async fn advance_clock(self: &Arc<Self>, by: jiff::SignedDuration) -> Result<(), WorldError> {
        self.change_clock(|clock| clock.advance(by)).await
    }

    async fn change_clock(
        self: &Arc<Self>,
        change: impl FnOnce(&Clock) -> Result<(), OutOfRange>,
    ) -> Result<(), WorldError> {
        let changing = self.settings.lock().await;
        let before = self.clock.state();
        change(&self.clock)?;
        if let Err(error) = self.keep(self.settings(), "clock.set", || {}).await {
            self.clock.restore(before);
            return Err(error);
        }
        drop(changing);
        // What is due by now happens now. If it can't, whoever looks next will hear of it.
        let _ = self.current().await;
        self.await_due();
        Ok(())
    }

    /// Ends all portal sessions.
    ///
    /// # Errors
    /// A failure; then they go on.
    pub async fn end_sessions(&self) -> Result<(), WorldError> {
        let _changing = self.settings.lock().await;
        let settings = self.settings();
        let settings = Settings { session_epoch: settings.session_epoch + 1, ..settings };
        self.keep(settings, "sessions.ended", || self.sessions.end_all()).await
    }

    /// Nobody changes what is kept as settings until this is dropped.
    pub(crate) async fn hold_settings(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.settings.lock().await
    }

    /// Keeps what a tester changed. The caller holds the lock on settings until memory agrees with the store.
    pub(super) async fn keep(
        &self,
        settings: Settings,
        outcome: &'static str,
        agree: impl FnOnce(),
    ) -> Result<(), WorldError> {
        let mut command = self.begin().await?;
        command.put_world(&self.name, &settings.to_json()).await?;
        command.note(Draft::new(Kind::Control, outcome));
        command.finish_with(agree).await
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            master: BASE64.encode(self.entropy.master()),
            seeded: self.seeded,
            profile: self.profile.clone(),
            clock: self.clock.state(),
            session_epoch: self.sessions.epoch(),
            tls: self.tls().keep(),
            ca: self.ca.get().map(|ca| StoredCa::of(ca)),
        }
    }
}
