//! Mails, and which of them have still to go out.

use std::time::Duration;

use super::rows::{json, signed, unjson};
use super::sql::sql;
use super::{Store, StoreError, Transaction, View};
use crate::mail::Mail;

impl View {
    /// All mails, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn mails(&mut self, world: &str) -> Result<Vec<Mail>, StoreError> {
        let rows = sql("SELECT content FROM mails WHERE world = $1 ORDER BY number").bind(world);
        let rows = rows.all(self.inner.on()).await?;
        rows.iter().map(|row| unjson(row.try_get("content")?)).collect()
    }

    /// The mails of all worlds that a mail server has still to be given, each with its world.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn queued_mails(&mut self) -> Result<Vec<(String, Mail)>, StoreError> {
        let rows = sql(
            "SELECT world, content FROM deliveries JOIN mails USING (world, number) ORDER BY world, number",
        );
        let rows = rows.all(self.inner.on()).await?;
        rows.iter().map(|row| Ok((row.try_get("world")?, unjson(row.try_get("content")?)?))).collect()
    }
}

/// Milliseconds since 1970 by the database's clock, which all processes share.
macro_rules! now {
    () => {
        "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    };
}

/// Where several processes send.
impl Store {
    /// A mail that waits and that nobody sends: for so long it is the caller's.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn take_mail(&self, time: Duration) -> Result<Option<(String, Mail)>, StoreError> {
        let mut transaction = self.begin().await?;
        let take = concat!(
            "UPDATE deliveries SET sending_until = ",
            now!(),
            " + $1 FROM mails \
             WHERE (deliveries.world, deliveries.number) = (SELECT world, number FROM deliveries \
             WHERE sending_until < ",
            now!(),
            " ORDER BY world, number LIMIT 1 FOR UPDATE SKIP LOCKED) \
             AND mails.world = deliveries.world AND mails.number = deliveries.number \
             RETURNING mails.world, mails.content"
        );
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let row = sql(take).bind(millis).optional(transaction.inner.on()).await?;
        transaction.commit().await?;
        row.map(|row| Ok((row.try_get("world")?, unjson(row.try_get("content")?)?))).transpose()
    }

    /// A mail that was taken waits again.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn put_back_mail(&self, world: &str, number: u64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sql("UPDATE deliveries SET sending_until = 0 WHERE world = $1 AND number = $2")
            .bind(world)
            .bind(signed(number)?)
            .run(transaction.inner.on())
            .await?;
        transaction.commit().await
    }
}

impl Transaction {
    /// Adds a mail.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn insert_mail(&mut self, world: &str, mail: &Mail) -> Result<(), StoreError> {
        sql("INSERT INTO mails (world, number, content) VALUES ($1, $2, $3)")
            .bind(world)
            .bind(signed(mail.number)?)
            .bind(json(mail))
            .run(self.inner.on())
            .await?;
        Ok(())
    }

    /// Notes that a mail server has still to be given this mail.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn queue_mail(&mut self, world: &str, number: u64) -> Result<(), StoreError> {
        sql("INSERT INTO deliveries (world, number) VALUES ($1, $2)")
            .bind(world)
            .bind(signed(number)?)
            .run(self.inner.on())
            .await?;
        Ok(())
    }

    /// Notes that this mail need not go out any more.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn unqueue_mail(&mut self, world: &str, number: u64) -> Result<(), StoreError> {
        sql("DELETE FROM deliveries WHERE world = $1 AND number = $2")
            .bind(world)
            .bind(signed(number)?)
            .run(self.inner.on())
            .await?;
        Ok(())
    }
}
