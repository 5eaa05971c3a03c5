//! Keys that sign access tokens; the secret half is encrypted.

use chrono::{DateTime, Utc};
use nqba_core::Result;
use nqba_runtime::db::map;
use sea_orm::{ExprTrait, QueryOrder, QuerySelect, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kid: String,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub(crate) secret_sealed: Vec<u8>,
    /// Public half, base64url.
    pub(crate) x: String,
    pub(crate) created_at: DateTime<Utc>,
    /// Signs nothing more since then.
    pub(crate) retired_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Keys that sign, or have signed since then; the present one first.
pub(crate) async fn valid(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<Vec<Model>> {
    Entity::find()
        .filter(Column::RetiredAt.is_null().or(Column::RetiredAt.gt(since)))
        .order_by_desc(Column::CreatedAt)
        .all(db)
        .await
        .map_err(map)
}

/// Any key, whether it still signs or not.
pub(crate) async fn any(db: &impl ConnectionTrait) -> Result<Option<Model>> {
    Entity::find().order_by_desc(Column::CreatedAt).limit(1).one(db).await.map_err(map)
}

/// Removes keys that were retired before then.
pub(crate) async fn prune(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64> {
    let gone = Entity::delete_many().filter(Column::RetiredAt.lt(before)).exec(db).await.map_err(map)?;
    Ok(gone.rows_affected)
}
