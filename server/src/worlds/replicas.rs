//! Worlds that other processes have as well: what those do to them, and to the list of them.

use std::sync::PoisonError;

use super::{CreateError, Worlds};
use crate::shutdown::Shutdown;
use crate::store::{Head, StoreError};
use crate::world::{Settings, WorldError, WorldFile, WorldName};

impl Worlds {
    /// Takes over what others have done by now to the world that a host name means. To be called before it is looked for.
    ///
    /// # Errors
    /// [`CreateError::World`] if the store can't be asked.
    pub async fn agree_on_host(&self, host: Option<&str>) -> Result<(), CreateError> {
        if !self.house.store.is_shared() {
            return Ok(());
        }
        // A world's name stands in front, as far as the first dot.
        let label = host.and_then(|host| host.split('.').next()).map(str::to_ascii_lowercase);
        let default = WorldName::default_world();
        match label.and_then(|label| label.parse().ok()).filter(|name| *name != default) {
            Some(name) => self.agree_on(&[&default, &name]).await,
            None => self.agree_on(&[&default]).await,
        }
    }

    /// The same for worlds by their names, two at most.
    ///
    /// # Errors
    /// As [`agree_on_host`](Self::agree_on_host).
    pub async fn agree_on(&self, names: &[&WorldName]) -> Result<(), CreateError> {
        if !self.house.store.is_shared() {
            return Ok(());
        }
        Box::pin(self.agree_with_others(names)).await
    }

    async fn agree_with_others(&self, names: &[&WorldName]) -> Result<(), CreateError> {
        let texts: Vec<&str> = names.iter().map(|name| &***name).collect();
        let heads = self.house.store.heads(&texts).await.map_err(WorldError::from)?;
        for name in names {
            self.agree(name, heads.iter().find(|head| head.name == ***name)).await?;
        }
        Ok(())
    }

    /// The same for all worlds.
    ///
    /// # Errors
    /// As [`agree_on_host`](Self::agree_on_host).
    pub async fn agree_on_all(&self) -> Result<(), CreateError> {
        if !self.house.store.is_shared() {
            return Ok(());
        }
        let heads = self.house.store.heads(&[]).await.map_err(WorldError::from)?;
        self.agree_with(heads.iter()).await
    }

    /// Follows what others do, until `shutdown`: so whoever waits at a journal hears of it, and what is due happens even
    /// when the process has ended that waited for it.
    pub(crate) async fn follow(&self, mut shutdown: Shutdown) {
        let Some(mut news) = self.house.store.news() else { return };
        loop {
            let names = tokio::select! {
                names = news.next() => names,
                () = shutdown.wait() => return,
            };
            let heard = match names.as_slice() {
                [] => self.look_around().await,
                names => self.hear(names).await,
            };
            match heard {
                Ok(()) => {}
                Err(CreateError::World(WorldError::Store(StoreError::Away(_)))) => news.lost(),
                Err(error) => tracing::debug!(%error, "what other processes did could not be read"),
            }
        }
    }

    async fn hear(&self, names: &[String]) -> Result<(), CreateError> {
        for pair in names.chunks(2) {
            let texts: Vec<&str> = pair.iter().map(String::as_str).collect();
            let heads = self.house.store.heads(&texts).await.map_err(WorldError::from)?;
            for name in pair {
                let Ok(name) = name.parse::<WorldName>() else { continue };
                let head = heads.iter().find(|head| head.name == *name);
                self.agree(&name, head).await?;
                if let (Some(host), Some(head)) = (self.find(&name), head) {
                    host.world.hear(head.journal).await?;
                }
            }
        }
        Ok(())
    }

    /// Looks at all worlds.
    async fn look_around(&self) -> Result<(), CreateError> {
        let dues = self.house.store.dues().await.map_err(WorldError::from)?;
        self.agree_with(dues.iter().map(|(head, _)| head)).await?;
        for (head, due) in dues {
            let Some(host) = head.name.parse().ok().and_then(|name| self.find(&name)) else { continue };
            host.world.hear(head.journal).await?;
            if let Some(due) = due
                && let Err(error) = host.world.settle_by(due).await
            {
                host.world.failed_later(&error, "what is due could not be settled");
            }
        }
        Ok(())
    }

    async fn agree_with(&self, heads: impl Iterator<Item = &Head> + Clone) -> Result<(), CreateError> {
        for host in self.list() {
            let name = host.world.name();
            if !heads.clone().any(|head| head.name == **name) {
                self.agree(name, None).await?;
            }
        }
        for head in heads {
            self.agree(&head.name.parse()?, Some(head)).await?;
        }
        Ok(())
    }

    async fn agree(&self, name: &WorldName, head: Option<&Head>) -> Result<(), CreateError> {
        match (self.find(name), head) {
            (Some(host), Some(head)) if host.world.is(head) => match host.world.agree_on(head).await {
                // Replaced once more since.
                Err(WorldError::Gone) => self.take_over(name).await,
                agreed => Ok(agreed?),
            },
            (None, None) => Ok(()),
            _ => self.take_over(name).await,
        }
    }

    /// Puts the world that the store has in the place of the one that was known.
    async fn take_over(&self, name: &WorldName) -> Result<(), CreateError> {
        // What this process does to the list itself comes first.
        let _changing = self.changing.lock().await;
        let mut look = self.house.store.look().await.map_err(WorldError::from)?;
        let stored = look.world(name).await.map_err(WorldError::from)?;
        drop(look);
        let old = self.find(name);
        match stored {
            Some((head, _)) if old.as_ref().is_some_and(|old| old.world.is(&head)) => return Ok(()),
            Some((head, settings)) => {
                let file =
                    WorldFile::of_settings(Settings::from_json(name, &settings).map_err(WorldError::from)?);
                let mut plan = file.plan(name.clone(), self.journal_capacity)?;
                plan.take(head);
                let host = self.prepare(plan, None).await?;
                host.world.await_due();
                self.put(host);
            }
            // The default world stays.
            None if name.is_default() => return Ok(()),
            None => drop(self.all.write().unwrap_or_else(PoisonError::into_inner).remove(name)),
        }
        if let Some(old) = old {
            old.world.gone.send_replace(true);
            old.world.cancel_keys();
        }
        Ok(())
    }
}
