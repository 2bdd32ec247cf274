//! Applications for certificates.

use jiff::Timestamp;

use super::rows::{json, signed, unjson, unsigned};
use super::sql::{Row, sql};
use super::{DueKind, StoreError, Transaction, View};
use crate::authority::{Application, ApplicationStatus};
use crate::terms::{ApplicationNumber, SubmissionId};

impl View {
    /// The application with this number.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn application(
        &mut self,
        world: &str,
        number: &ApplicationNumber,
    ) -> Result<Option<Application>, StoreError> {
        let row = sql("SELECT content FROM applications WHERE world = $1 AND number = $2");
        let row = row.bind(world).bind(number.as_str()).optional(self.inner.on()).await?;
        row.as_ref().map(application).transpose()
    }

    /// The application that was sent from this confirmation page.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn submitted_application(
        &mut self,
        world: &str,
        submission: &SubmissionId,
    ) -> Result<Option<Application>, StoreError> {
        let row = sql("SELECT content FROM applications WHERE world = $1 AND submission = $2");
        let row = row.bind(world).bind(submission.as_str()).optional(self.inner.on()).await?;
        row.as_ref().map(application).transpose()
    }

    /// All applications, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn applications(&mut self, world: &str) -> Result<Vec<Application>, StoreError> {
        let rows = sql("SELECT content FROM applications WHERE world = $1 ORDER BY sequence");
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(application).collect()
    }

    /// The applications that may move on by themselves, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn pending_applications(&mut self, world: &str) -> Result<Vec<Application>, StoreError> {
        let rows = sql("SELECT content FROM applications WHERE world = $1 AND pending = 1 ORDER BY sequence");
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(application).collect()
    }

    /// How many applications may move on by themselves.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged file.
    pub async fn count_pending_applications(&mut self, world: &str) -> Result<u64, StoreError> {
        let count = sql("SELECT COUNT(*) AS open FROM applications WHERE world = $1 AND pending = 1");
        unsigned(count.bind(world).one(self.inner.on()).await?.try_get("open")?)
    }
}

impl Transaction {
    /// Adds an application, with when it moves on by itself.
    ///
    /// # Errors
    /// [`StoreError`], also if there is one with its number or from its confirmation page.
    pub async fn insert_application(
        &mut self,
        world: &str,
        it: &Application,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sql("INSERT INTO applications (world, number, sequence, submission, content, pending) \
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(world)
        .bind(it.number.as_str())
        .bind(signed(it.number.sequence())?)
        .bind(it.submission.as_str())
        .bind(json(it))
        .bind(pending(it))
        .run(self.inner.on())
        .await?;
        self.await_application(world, it, due).await
    }

    /// Writes what may change in an application: its course, and when it moves on by itself.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn update_application(
        &mut self,
        world: &str,
        it: &Application,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sql("UPDATE applications SET content = $1, pending = $2 WHERE world = $3 AND number = $4")
            .bind(json(it))
            .bind(pending(it))
            .bind(world)
            .bind(it.number.as_str())
            .run(self.inner.on())
            .await?;
        self.await_application(world, it, due).await
    }

    /// Keeps when an application moves on by itself.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn await_application(
        &mut self,
        world: &str,
        it: &Application,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let place = it.number.sequence();
        self.set_due(world, (DueKind::Application, it.number.as_str(), place), due).await
    }
}

/// Whether a profile may have time alone move it on.
fn pending(application: &Application) -> i64 {
    use ApplicationStatus::{Posted, Received, UnderReview};
    i64::from(matches!(application.status(), Received | UnderReview | Posted))
}

fn application(row: &Row) -> Result<Application, StoreError> {
    unjson(row.try_get("content")?)
}
