//! Reading and writing the authority's types, one method a need.

use std::ops::{Deref, DerefMut};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Sqlite;
use tokio::sync::OwnedMutexGuard;

use super::columns::record_columns;
use super::line::Line;
use super::postgres;
use super::sql::{Connection, Row, sql};
use super::{Head, StoreError};
use crate::authority::{Attempts, Certificate, Downloads, Notice, PasswordTag, Record};
use crate::journal::Entry;
use crate::terms::{Category, RequestId, Serial};

/// A record's columns, with the clause that chooses among records.
macro_rules! select_records {
    ($clause:literal) => {
        concat!(
            "SELECT ",
            record_columns!(),
            " FROM notices n ",
            "JOIN certificates c ON c.world = n.world AND c.serial = n.serial ",
            $clause
        )
    };
}

/// The counter that moves whenever a certificate is revoked: as long as it stands, the same ones are.
pub const REVOKED: &str = "revoked";

/// A look into the store: all of it as it is at one moment.
#[derive(Debug)]
pub struct View {
    pub(super) inner: Begun,
}

/// A look that may change what it sees: one command.
#[derive(Debug)]
pub struct Transaction(View);

impl View {
    pub(super) fn of(reader: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self { inner: Begun::Reader(reader) }
    }
}

impl Deref for Transaction {
    type Target = View;

    fn deref(&self) -> &View {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut View {
        &mut self.0
    }
}

/// The connection, for as long as it is needed.
#[derive(Debug)]
pub(super) enum Begun {
    /// The one that writes.
    Line(OwnedMutexGuard<Line>),
    /// One beside it.
    Reader(sqlx::Transaction<'static, Sqlite>),
    /// One of those of a server.
    Server(postgres::Begun),
}

impl Begun {
    /// The connection.
    pub(super) fn on(&mut self) -> Connection<'_> {
        match self {
            Self::Line(line) => Connection::Sqlite(line.connection_mut()),
            Self::Reader(reader) => Connection::Sqlite(reader),
            Self::Server(begun) => begun.on(),
        }
    }
}

/// The key and the signed certificate, once they are there.
#[derive(Clone)]
pub struct Material {
    /// PKCS #8 DER.
    pub key: Vec<u8>,
    /// The certificate's DER.
    pub certificate: Vec<u8>,
}

impl View {
    /// Where a counter stands; 0: it has not begun.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn counter(&mut self, world: &str, counter: &str) -> Result<u64, StoreError> {
        let value = sql("SELECT value FROM counters WHERE world = $1 AND name = $2");
        let value = value.bind(world).bind(counter).optional(self.inner.on()).await?;
        value.map_or(Ok(0), |row| unsigned(row.try_get("value")?))
    }

    /// All counters of a world.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn counters(&mut self, world: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sql("SELECT name, value FROM counters WHERE world = $1 ORDER BY name").bind(world);
        let rows = rows.all(self.inner.on()).await?;
        rows.iter().map(|row| Ok((row.try_get("name")?, unsigned(row.try_get("value")?)?))).collect()
    }

    /// The record with this request ID.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn record(&mut self, world: &str, id: &RequestId) -> Result<Option<Record>, StoreError> {
        let row = sql(select_records!("WHERE n.world = $1 AND n.request_id = $2"));
        let row = row.bind(world).bind(id.as_str()).optional(self.inner.on()).await?;
        row.as_ref().map(record).transpose()
    }

    /// The record of the certificate with this serial number.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn record_by_serial(
        &mut self,
        world: &str,
        serial: Serial,
    ) -> Result<Option<Record>, StoreError> {
        let row = sql(select_records!("WHERE n.world = $1 AND n.serial = $2"));
        let row = row.bind(world).bind(serial.to_string());
        let row = row.optional(self.inner.on()).await?;
        row.as_ref().map(record).transpose()
    }

    /// All records in the order of issue.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn records(&mut self, world: &str) -> Result<Vec<Record>, StoreError> {
        let rows = sql(select_records!("WHERE n.world = $1 ORDER BY c.number"));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(record).collect()
    }

    /// All records in the order of issue, each with its key and certificate if they are there.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn whole_records(
        &mut self,
        world: &str,
    ) -> Result<Vec<(Record, Option<Material>)>, StoreError> {
        let rows = sql(concat!(
            "SELECT ",
            record_columns!(),
            ", c.private_key, c.der FROM notices n ",
            "JOIN certificates c ON c.world = n.world AND c.serial = n.serial ",
            "WHERE n.world = $1 ORDER BY c.number",
        ));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        let material = |row: &Row| match row.try_get::<Option<&str>>("private_key")? {
            Some(_) => material(row).map(Some),
            None => Ok(None),
        };
        rows.iter().map(|row| Ok((record(row)?, material(row)?))).collect()
    }

    /// The records whose keys are still to be made, in the order of issue.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn records_without_key(&mut self, world: &str) -> Result<Vec<Record>, StoreError> {
        let rows = sql(select_records!("WHERE n.world = $1 AND c.private_key IS NULL ORDER BY c.number"));
        let rows = rows.bind(world).all(self.inner.on()).await?;
        rows.iter().map(record).collect()
    }

    /// Key and certificate, if they are there.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn material(&mut self, world: &str, serial: Serial) -> Result<Option<Material>, StoreError> {
        let row = sql("SELECT private_key, der FROM certificates \
             WHERE world = $1 AND serial = $2 AND private_key IS NOT NULL AND der IS NOT NULL")
        .bind(world)
        .bind(serial.to_string())
        .optional(self.inner.on())
        .await?;
        row.as_ref().map(material).transpose()
    }

    /// Wrong tries on a request ID.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn attempts(&mut self, world: &str, id: &RequestId) -> Result<Attempts, StoreError> {
        let row = sql("SELECT failures, locked_until FROM attempts WHERE world = $1 AND request_id = $2")
            .bind(world)
            .bind(id.as_str())
            .optional(self.inner.on())
            .await?;
        row.as_ref().map_or_else(|| Ok(Attempts::default()), attempts)
    }

    /// Wrong tries on all request IDs of a world.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn all_attempts(&mut self, world: &str) -> Result<Vec<(RequestId, Attempts)>, StoreError> {
        let rows = sql(
            "SELECT request_id, failures, locked_until FROM attempts WHERE world = $1 ORDER BY request_id",
        )
        .bind(world);
        let rows = rows.all(self.inner.on()).await?;
        rows.iter().map(|row| Ok((parsed(row, "request_id")?, attempts(row)?))).collect()
    }
}

impl Transaction {
    pub(super) fn on(line: OwnedMutexGuard<Line>) -> Self {
        Self(View { inner: Begun::Line(line) })
    }

    pub(super) fn of(begun: postgres::Begun) -> Self {
        Self(View { inner: Begun::Server(begun) })
    }

    /// Looks, and changes nothing.
    pub(super) fn into_view(self) -> View {
        self.0
    }

    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError::Unsure`] if the disk failed and nobody can tell what holds; with any other, nothing of it stays.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0.inner {
            Begun::Line(mut line) => line.commit().await,
            Begun::Reader(_) => unreachable!("a transaction begins on the line"),
            Begun::Server(begun) => Box::pin(begun.commit()).await,
        }
    }

    /// Adds records to a world's journal, where that is kept in the database. The numbers that they have don't count.
    ///
    /// # Errors
    /// [`StoreError::NoWorld`] if it is another world than that of `head`.
    pub async fn append(&mut self, head: &Head, entries: &[Entry]) -> Result<(), StoreError> {
        match &mut self.0.inner {
            Begun::Server(begun) if !entries.is_empty() => Box::pin(begun.append(head, entries)).await,
            _ => Ok(()),
        }
    }

    /// Counts on and answers with the new value; the first is 1.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn next(&mut self, world: &str, counter: &str) -> Result<u64, StoreError> {
        let row = sql("INSERT INTO counters (world, name, value) VALUES ($1, $2, 1) \
             ON CONFLICT (world, name) DO UPDATE SET value = counters.value + 1 RETURNING value")
        .bind(world)
        .bind(counter)
        .one(self.inner.on())
        .await?;
        unsigned(row.try_get("value")?)
    }

    /// Sets a counter, when a world is loaded from a file.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn set_counter(&mut self, world: &str, counter: &str, value: u64) -> Result<(), StoreError> {
        sql("INSERT INTO counters (world, name, value) VALUES ($1, $2, $3)")
            .bind(world)
            .bind(counter)
            .bind(signed(value)?)
            .run(self.inner.on())
            .await?;
        Ok(())
    }

    /// Adds a record, with its key and certificate if they are there.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn insert(
        &mut self,
        world: &str,
        record: &Record,
        material: Option<&Material>,
    ) -> Result<(), StoreError> {
        let Record { notice, certificate, downloads } = record;
        sql("INSERT INTO certificates (world, serial, number, subject, not_before, not_after, revocation, \
             private_key, der) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(world)
        .bind(certificate.serial.to_string())
        .bind(signed(certificate.number)?)
        .bind(json(&certificate.subject))
        .bind(certificate.not_before.as_millisecond())
        .bind(certificate.not_after.as_millisecond())
        .bind(certificate.revocation.as_ref().map(json))
        .bind(material.map(|material| BASE64.encode(&material.key)))
        .bind(material.map(|material| BASE64.encode(&material.certificate)))
        .run(self.inner.on())
        .await?;
        sql(
            "INSERT INTO notices (world, request_id, reference_id, issuer, institution_code, terminal_name, \
             category, issued_on, valid_from, valid_until, download_until, serial, downloads, last_download, \
             password_tag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        )
        .bind(world)
        .bind(notice.request_id.as_str())
        .bind(notice.reference_id.reveal())
        .bind(&notice.issuer)
        .bind(notice.institution_code.as_str())
        .bind(&notice.terminal_name)
        .bind(notice.category.as_str())
        .bind(notice.issued_on.to_string())
        .bind(notice.valid_from.to_string())
        .bind(notice.valid_until.to_string())
        .bind(notice.download_until.to_string())
        .bind(certificate.serial.to_string())
        .bind(i64::from(downloads.count))
        .bind(downloads.last_at.map(Timestamp::as_millisecond))
        .bind(downloads.password_tag.map(|tag| BASE64.encode(tag.0)))
        .run(self.inner.on())
        .await?;
        Ok(())
    }

    /// Writes what may change in a record: its downloads and its revocation. The counter of [`REVOKED`] tells of a
    /// revocation.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn update(&mut self, world: &str, record: &Record) -> Result<(), StoreError> {
        sql("UPDATE notices SET downloads = $1, last_download = $2, password_tag = $3 \
             WHERE world = $4 AND request_id = $5")
        .bind(i64::from(record.downloads.count))
        .bind(record.downloads.last_at.map(Timestamp::as_millisecond))
        .bind(record.downloads.password_tag.map(|tag| BASE64.encode(tag.0)))
        .bind(world)
        .bind(record.notice.request_id.as_str())
        .run(self.inner.on())
        .await?;
        sql("UPDATE certificates SET revocation = $1 WHERE world = $2 AND serial = $3")
            .bind(record.certificate.revocation.as_ref().map(json))
            .bind(world)
            .bind(record.certificate.serial.to_string())
            .run(self.inner.on())
            .await?;
        if record.certificate.revocation.is_some() {
            self.next(world, REVOKED).await?;
        }
        Ok(())
    }

    /// Adds key and certificate. The first ones stay: a certificate never changes its key.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn put_material(
        &mut self,
        world: &str,
        serial: Serial,
        material: &Material,
    ) -> Result<(), StoreError> {
        sql("UPDATE certificates SET private_key = $1, der = $2 \
             WHERE world = $3 AND serial = $4 AND private_key IS NULL")
        .bind(BASE64.encode(&material.key))
        .bind(BASE64.encode(&material.certificate))
        .bind(world)
        .bind(serial.to_string())
        .run(self.inner.on())
        .await?;
        Ok(())
    }

    /// Keeps the wrong tries on a request ID.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn put_attempts(
        &mut self,
        world: &str,
        id: &RequestId,
        attempts: Attempts,
    ) -> Result<(), StoreError> {
        sql("INSERT INTO attempts (world, request_id, failures, locked_until) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (world, request_id) \
             DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until")
        .bind(world)
        .bind(id.as_str())
        .bind(i64::from(attempts.failures))
        .bind(attempts.locked_until.map(Timestamp::as_millisecond))
        .run(self.inner.on())
        .await?;
        Ok(())
    }
}

pub(super) fn record(row: &Row) -> Result<Record, StoreError> {
    let tag: Option<String> = row.try_get("password_tag")?;
    let password_tag = tag
        .map(|tag| {
            let bytes = BASE64.decode(&tag).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(PasswordTag).ok_or_else(|| StoreError::Unreadable("password_tag".to_owned()))
        })
        .transpose()?;
    let revocation: Option<String> = row.try_get("revocation")?;
    Ok(Record {
        notice: Notice {
            request_id: parsed(row, "request_id")?,
            reference_id: parsed(row, "reference_id")?,
            issuer: row.try_get("issuer")?,
            institution_code: parsed(row, "institution_code")?,
            terminal_name: row.try_get("terminal_name")?,
            category: category(row)?,
            issued_on: parsed(row, "issued_on")?,
            valid_from: parsed(row, "valid_from")?,
            valid_until: parsed(row, "valid_until")?,
            download_until: parsed(row, "download_until")?,
        },
        certificate: Certificate {
            serial: parsed(row, "serial")?,
            number: unsigned(row.try_get("number")?)?,
            subject: unjson(row.try_get("subject")?)?,
            not_before: instant(row.try_get("not_before")?)?,
            not_after: instant(row.try_get("not_after")?)?,
            revocation: revocation.as_deref().map(unjson).transpose()?,
        },
        downloads: Downloads {
            count: count(row, "downloads")?,
            last_at: row.try_get::<Option<i64>>("last_download")?.map(instant).transpose()?,
            password_tag,
        },
    })
}

fn material(row: &Row) -> Result<Material, StoreError> {
    Ok(Material { key: bytes(row, "private_key")?, certificate: bytes(row, "der")? })
}

fn attempts(row: &Row) -> Result<Attempts, StoreError> {
    Ok(Attempts {
        failures: count(row, "failures")?,
        locked_until: row.try_get::<Option<i64>>("locked_until")?.map(instant).transpose()?,
    })
}

fn category(row: &Row) -> Result<Category, StoreError> {
    let word: String = row.try_get("category")?;
    serde_json::from_value(word.into()).map_err(|_| StoreError::Unreadable("category".to_owned()))
}

pub(super) fn parsed<T: std::str::FromStr>(row: &Row, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| StoreError::Unreadable(column.to_owned()))
}

fn bytes(row: &Row, column: &str) -> Result<Vec<u8>, StoreError> {
    let text: String = row.try_get(column)?;
    BASE64.decode(text).map_err(|_| StoreError::Unreadable(column.to_owned()))
}

pub(super) fn count(row: &Row, column: &str) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<i64>(column)?).map_err(|_| StoreError::Unreadable(column.to_owned()))
}

pub(super) fn instant(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|_| StoreError::Unreadable("a time".to_owned()))
}

pub(super) fn unsigned(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Unreadable("a count".to_owned()))
}

pub(super) fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Unreadable("a count".to_owned()))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("what is stored has a form in JSON")
}

pub(super) fn unjson<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable(error.to_string()))
}
