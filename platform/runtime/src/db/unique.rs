//! Records found by what they are unique by.

use super::map;
use nqba_core::Result;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Select};

/// The one record that the query can find: by its primary key or another unique one. Unlike `one`, it sets no limit:
/// SQLite prepares a statement with a bound `LIMIT` anew each time, which costs more than the look-up.
pub trait Unique {
    /// What is found.
    type Row;
    /// Asks.
    ///
    /// # Errors
    /// When the database does not answer.
    fn unique(self, db: &impl ConnectionTrait) -> impl Future<Output = Result<Option<Self::Row>>> + Send;
}

impl<E: EntityTrait> Unique for Select<E>
where
    E::Model: FromQueryResult + Send + Sync,
{
    type Row = E::Model;

    async fn unique(self, db: &impl ConnectionTrait) -> Result<Option<E::Model>> {
        Ok(self.all(db).await.map_err(map)?.into_iter().next())
    }
}
