//! Renewals and applications for revocations.

use jiff::Timestamp;

use super::columns::{record_columns, renewal_columns, revocation_columns};
use super::rows::{count, instant, json, parsed, record, signed, unjson, unsigned};
use super::sql::{Row, sql};
use super::{DueKind, StoreError, Transaction, View};
use crate::authority::{Course, Record, Renewal, RevocationRequest};
use crate::terms::{Holder, Pin, RequestId, Serial};

/// The records of renewals of which a column has a value. A plus keeps SQLite from going through all of a world's in
/// that order.
macro_rules! renewed_records {
    ($column:literal, $order:literal) => {
        concat!(
            "SELECT ",
            record_columns!(),
            " FROM renewals r ",
            "JOIN notices n ON n.world = r.world AND n.request_id = r.request_id ",
            "JOIN certificates c ON c.world = n.world AND c.serial = n.serial ",
            "WHERE r.world = $1 AND r.",
            $column,
            " = $2 ORDER BY ",
            $order
        )
    };
}

impl View {
    /// The renewal with this request ID.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewal(&mut self, world: &str, id: &RequestId) -> Result<Option<Renewal>, StoreError> {
        let row = sql(concat!(
            "SELECT ",
            renewal_columns!(),
            " FROM renewals r WHERE world = $1 AND request_id = $2"
        ));
        let row = row.bind(world).bind(id.as_str()).optional(self.inner.on()).await?;
        row.as_ref().map(renewal).transpose()
    }

    /// The renewals that were applied for with this certificate, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewals_of(&mut self, world: &str, serial: Serial) -> Result<Vec<Renewal>, StoreError> {
        let rows = sql(concat!(
            "SELECT ",
            renewal_columns!(),
            " FROM renewals r WHERE world = $1 AND predecessor = $2 ORDER BY sequence"
        ));
        let rows = rows.bind(world).bind(serial.to_string()).all(self.inner.on()).await?;
        rows.iter().map(renewal).collect()
    }

    /// What became of the renewals that were applied for with this certificate, in the order of their application: those
    /// that are issued.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewed(&mut self, world: &str, serial: Serial) -> Result<Vec<Record>, StoreError> {
        let rows = sql(renewed_records!("predecessor", "r.sequence"));
        let rows = rows.bind(world).bind(serial.to_string()).all(self.inner.on()).await?;
        rows.iter().map(record).collect()
    }

    /// The same of all certificates of an institution.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewed_of_institution(
        &mut self,
        world: &str,
        holder: &Holder,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = sql(renewed_records!("institution_code", "+r.number"));
        let rows = rows.bind(world).bind(holder.as_str()).all(self.inner.on()).await?;
        rows.iter().map(record).collect()
    }

    /// The renewals on which nothing is decided yet.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn pending_renewals(&mut self, world: &str) -> Result<Vec<Renewal>, StoreError> {
        let rows = sql(concat!(
            "SELECT ",
            renewal_columns!(),
            " FROM renewals r WHERE world = $1 AND pending = 1 ORDER BY number"
        ));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(renewal).collect()
    }

    /// All renewals in the order of their application.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn renewals(&mut self, world: &str) -> Result<Vec<Renewal>, StoreError> {
        let rows =
            sql(concat!("SELECT ", renewal_columns!(), " FROM renewals r WHERE world = $1 ORDER BY number"));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(renewal).collect()
    }

    /// The applications to revoke the certificate with this request ID, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn revocations_of(
        &mut self,
        world: &str,
        id: &RequestId,
    ) -> Result<Vec<RevocationRequest>, StoreError> {
        let rows = sql(concat!(
            "SELECT ",
            revocation_columns!(),
            " FROM revocations WHERE world = $1 AND request_id = $2 ORDER BY sequence"
        ));
        let rows = rows.bind(world).bind(id.as_str()).all(self.inner.on()).await?;
        rows.iter().map(revocation).collect()
    }

    /// The applications for a revocation that nobody has decided.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn open_revocations(&mut self, world: &str) -> Result<Vec<RevocationRequest>, StoreError> {
        let rows = sql(concat!(
            "SELECT ",
            revocation_columns!(),
            " FROM revocations WHERE world = $1 AND decision IS NULL ORDER BY accepted_at"
        ));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(revocation).collect()
    }

    /// All applications for a revocation, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn revocations(&mut self, world: &str) -> Result<Vec<RevocationRequest>, StoreError> {
        let rows = sql(concat!(
            "SELECT ",
            revocation_columns!(),
            " FROM revocations WHERE world = $1 ORDER BY accepted_at, request_id, sequence"
        ));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(revocation).collect()
    }
}

impl Transaction {
    /// Adds a renewal, with when it is issued if nobody interferes.
    ///
    /// # Errors
    /// [`StoreError`], also if there is one with its request ID or its place in the sequence.
    pub async fn insert_renewal(
        &mut self,
        world: &str,
        renewal: &Renewal,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sql(
            "INSERT INTO renewals (world, request_id, reference_id, predecessor, institution_code, sequence, \
             serial, number, accepted_at, course, pending, password) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(world)
        .bind(renewal.request_id.as_str())
        .bind(renewal.reference_id.reveal())
        .bind(renewal.predecessor.to_string())
        .bind(renewal.institution_code.as_str())
        .bind(i64::from(renewal.sequence))
        .bind(renewal.serial.to_string())
        .bind(signed(renewal.number)?)
        .bind(renewal.accepted_at.as_millisecond())
        .bind(json(&renewal.course))
        .bind(pending(renewal))
        .bind(renewal.password.as_ref().map(Pin::reveal))
        .run(self.inner.on())
        .await?;
        self.await_renewal(world, renewal, due).await
    }

    /// Writes what may change in a renewal: its course, the password of its file, and when it is issued if nobody
    /// interferes.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn update_renewal(
        &mut self,
        world: &str,
        renewal: &Renewal,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sql("UPDATE renewals SET course = $1, pending = $2, password = $3 WHERE world = $4 AND request_id = $5")
            .bind(json(&renewal.course))
            .bind(pending(renewal))
            .bind(renewal.password.as_ref().map(Pin::reveal))
            .bind(world)
            .bind(renewal.request_id.as_str())
            .run(self.inner.on())
            .await?;
        self.await_renewal(world, renewal, due).await
    }

    /// Keeps when a renewal is issued if nobody interferes. `None`: it is, or time alone won't do it.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn await_renewal(
        &mut self,
        world: &str,
        renewal: &Renewal,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.set_due(world, (DueKind::Renewal, renewal.request_id.as_str(), renewal.number), due).await
    }

    /// Adds an application for a revocation, or writes its decision; with when it is approved if nobody decides.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn put_revocation(
        &mut self,
        world: &str,
        request: &RevocationRequest,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sql("INSERT INTO revocations (world, request_id, sequence, serial, email, accepted_at, decision) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (world, request_id, sequence) DO UPDATE SET decision = excluded.decision")
        .bind(world)
        .bind(request.request_id.as_str())
        .bind(i64::from(request.sequence))
        .bind(request.serial.to_string())
        .bind(request.email.as_str())
        .bind(request.accepted_at.as_millisecond())
        .bind(request.decision.as_ref().map(json))
        .run(self.inner.on())
        .await?;
        self.await_revocation(world, request, due).await
    }

    /// Keeps when the last application to revoke a certificate is approved if nobody decides.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn await_revocation(
        &mut self,
        world: &str,
        request: &RevocationRequest,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.set_due(world, (DueKind::Revocation, request.request_id.as_str(), 0), due).await
    }
}

fn pending(renewal: &Renewal) -> i64 {
    i64::from(matches!(renewal.course, Course::Running { .. } | Course::Held { .. }))
}

pub(super) fn renewal(row: &Row) -> Result<Renewal, StoreError> {
    let password: Option<String> = row.try_get("password")?;
    Ok(Renewal {
        request_id: parsed(row, "request_id")?,
        reference_id: parsed(row, "reference_id")?,
        predecessor: parsed(row, "predecessor")?,
        institution_code: parsed(row, "institution_code")?,
        sequence: count(row, "sequence")?,
        serial: parsed(row, "serial")?,
        number: unsigned(row.try_get("number")?)?,
        accepted_at: instant(row.try_get("accepted_at")?)?,
        course: unjson(row.try_get("course")?)?,
        password: password.map(|_| parsed(row, "password")).transpose()?,
    })
}

pub(super) fn revocation(row: &Row) -> Result<RevocationRequest, StoreError> {
    let decision: Option<String> = row.try_get("decision")?;
    Ok(RevocationRequest {
        request_id: parsed(row, "request_id")?,
        serial: parsed(row, "serial")?,
        sequence: count(row, "sequence")?,
        email: parsed(row, "email")?,
        accepted_at: instant(row.try_get("accepted_at")?)?,
        decision: decision.as_deref().map(unjson).transpose()?,
    })
}
