//! The little of SQL in which all databases agree: texts and whole numbers go in, rows of them come out.
//!
//! What goes to a server is boxed, here and where the store is used: otherwise every future that might lead there had room
//! for it, also where there is none.

use std::borrow::Cow;

#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{Decode, Row as _, SqlSafeStr, SqlStr, Type};

use super::StoreError;

/// A database that is spoken to.
pub(super) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

/// What stands for a parameter.
#[derive(Debug)]
pub(super) enum Value<'v> {
    Text(Option<Cow<'v, str>>),
    Number(Option<i64>),
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(text: Option<&'v str>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

/// A statement with its parameters.
#[must_use]
pub(super) struct Query<'v> {
    sql: SqlStr,
    values: Vec<Value<'v>>,
}

/// A statement that any of the databases understands, with `$1`, `$2`, … for its parameters.
pub(super) fn sql<'v>(text: impl SqlSafeStr) -> Query<'v> {
    Query { sql: text.into_sql_str(), values: Vec::new() }
}

impl<'v> Query<'v> {
    /// Sets the next parameter.
    pub(super) fn bind(mut self, value: impl Into<Value<'v>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// All rows.
    pub(super) async fn all(self, connection: Connection<'_>) -> Result<Vec<Row>, StoreError> {
        match connection {
            Connection::Sqlite(on) => {
                let rows = self.sqlite().fetch_all(on).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(on) => {
                let rows = Box::pin(self.postgres().fetch_all(on)).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The row, if there is one.
    pub(super) async fn optional(self, connection: Connection<'_>) -> Result<Option<Row>, StoreError> {
        match connection {
            Connection::Sqlite(on) => Ok(self.sqlite().fetch_optional(on).await?.map(Row::Sqlite)),
            #[cfg(feature = "postgres")]
            Connection::Postgres(on) => {
                Ok(Box::pin(self.postgres().fetch_optional(on)).await?.map(Row::Postgres))
            }
        }
    }

    /// The row, which is there.
    pub(super) async fn one(self, connection: Connection<'_>) -> Result<Row, StoreError> {
        match connection {
            Connection::Sqlite(on) => Ok(Row::Sqlite(self.sqlite().fetch_one(on).await?)),
            #[cfg(feature = "postgres")]
            Connection::Postgres(on) => Ok(Row::Postgres(Box::pin(self.postgres().fetch_one(on)).await?)),
        }
    }

    /// No row.
    pub(super) async fn run(self, connection: Connection<'_>) -> Result<(), StoreError> {
        match connection {
            Connection::Sqlite(on) => self.sqlite().execute(on).await.map(drop)?,
            #[cfg(feature = "postgres")]
            Connection::Postgres(on) => Box::pin(self.postgres().execute(on)).await.map(drop)?,
        }
        Ok(())
    }

    fn sqlite(self) -> sqlx::query::Query<'static, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
        let query = sqlx::query::<Sqlite>(self.sql);
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text.map(Cow::into_owned)),
            Value::Number(number) => query.bind(number),
        })
    }

    #[cfg(feature = "postgres")]
    fn postgres(self) -> sqlx::query::Query<'static, Postgres, <Postgres as sqlx::Database>::Arguments> {
        let query = sqlx::query::<Postgres>(self.sql);
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text.map(Cow::into_owned)),
            Value::Number(number) => query.bind(number),
        })
    }
}

/// A row that was read.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
}

impl Row {
    /// A column's value.
    pub(super) fn try_get<'r, T: Column<'r>>(&'r self, column: &str) -> Result<T, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}

/// What a column may hold in any database.
#[cfg(not(feature = "postgres"))]
pub(super) trait Column<'r>: Decode<'r, Sqlite> + Type<Sqlite> {}
#[cfg(not(feature = "postgres"))]
impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite>> Column<'r> for T {}
/// What a column may hold in any database.
#[cfg(feature = "postgres")]
pub(super) trait Column<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{
}
#[cfg(feature = "postgres")]
impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>> Column<'r> for T {}
