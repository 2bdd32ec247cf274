//! The revocation lists that were signed last.

use super::sql::sql;
use super::{StoreError, Transaction, View};

/// What a list is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrlUse {
    /// The CA publishes it.
    Published,
    /// The sites go by it that the certificate is for.
    Fetched,
}

impl CrlUse {
    fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Fetched => "fetched",
        }
    }
}

impl View {
    /// The list that was kept last.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged file.
    pub async fn crl(&mut self, world: &str, r#use: CrlUse) -> Result<Option<String>, StoreError> {
        let row =
            sql("SELECT content FROM crls WHERE world = $1 AND use = $2").bind(world).bind(r#use.word());
        row.optional(self.inner.on()).await?.map(|row| row.try_get("content")).transpose()
    }
}

impl Transaction {
    /// Keeps a list in place of the one before.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn put_crl(&mut self, world: &str, r#use: CrlUse, content: &str) -> Result<(), StoreError> {
        sql("INSERT INTO crls (world, use, content) VALUES ($1, $2, $3) \
             ON CONFLICT (world, use) DO UPDATE SET content = excluded.content")
        .bind(world)
        .bind(r#use.word())
        .bind(content)
        .run(self.inner.on())
        .await
    }

    /// Forgets the lists: by another profile they would be others.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn forget_crls(&mut self, world: &str) -> Result<(), StoreError> {
        sql("DELETE FROM crls WHERE world = $1").bind(world).run(self.inner.on()).await
    }
}
