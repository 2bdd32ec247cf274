//! What of a world is kept as its settings: its secret, profile, clock, CAs and the end of its sessions.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::command::Command;
use super::{World, WorldError};
use crate::clock::{Clock, ClockState, Mode, OutOfRange};
use crate::journal::{Draft, Kind};
use crate::pki::{ClientCa, PkiError, RsaKey, StoredRoot, TlsChain};
use crate::profile::Profile;
use crate::store::StoreError;

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

    /// Those that the store has of a world.
    pub(crate) fn from_json(world: &str, json: &str) -> Result<Self, StoreError> {
        let unreadable =
            |error: &dyn fmt::Display| StoreError::Unreadable(format!("settings of world {world}: {error}"));
        let settings: Self = serde_json::from_str(json).map_err(|error| unreadable(&error))?;
        settings.profile.check().map_err(|error| unreadable(&error))?;
        Ok(settings)
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
        self.keep("clock.set", None, |settings| {
            let clock = Clock::from(settings.clock);
            change(&clock)?;
            settings.clock = clock.state();
            Ok(())
        })
        .await?;
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
        self.keep("sessions.ended", None, |settings| {
            settings.session_epoch += 1;
            Ok(())
        })
        .await
    }

    /// Nobody changes what is kept as settings until this is dropped.
    pub(crate) async fn hold_settings(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.settings.lock().await
    }

    /// Keeps what a tester changes. The caller holds the lock on settings. What memory has agrees with the store before
    /// anybody hears of it, and so does the chain that is shown, if that is another.
    pub(super) async fn keep(
        &self,
        outcome: &'static str,
        chain: Option<Arc<TlsChain>>,
        change: impl FnOnce(&mut Settings) -> Result<(), WorldError>,
    ) -> Result<(), WorldError> {
        let mut command = self.begin().await?;
        let mut settings = self.stored_settings(&mut command).await?;
        change(&mut settings)?;
        let head = self.next_head();
        command.put_world(&head, &settings.to_json()).await?;
        command.note_at(Clock::from(settings.clock).now(), Draft::new(Kind::Control, outcome));
        command.finish_with(|| self.agree(&head, &settings, chain)).await
    }

    /// The settings that the store has. Where no other process changes them, they are those in memory.
    pub(super) async fn stored_settings(&self, command: &mut Command<'_>) -> Result<Settings, WorldError> {
        if !self.is_shared() {
            return Ok(self.settings());
        }
        let (_, settings) = command.world(&self.name).await?.ok_or(StoreError::NoWorld)?;
        Ok(Settings::from_json(&self.name, &settings)?)
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
