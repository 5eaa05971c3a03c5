//! API keys: only hashes of their secrets.

use chrono::{DateTime, Utc};
use nqba_core::{Cursor, Page, Result};
use nqba_runtime::db::{Unique, map, paged};
use sea_orm::{ExprTrait, Order, QueryOrder, QuerySelect, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// SHA-256 of the secret.
    pub(crate) secret_hash: String,
    /// JSON list of bindings.
    #[sea_orm(column_type = "Text")]
    pub(crate) roles: String,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).unique(db).await
}

/// The key; where there are row locks it stays ours until the transaction ends.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).lock_exclusive().unique(db).await
}

/// The ids of the keys that a user made and that still hold.
pub(crate) async fn live_of(db: &impl ConnectionTrait, user_id: Uuid, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Entity::find()
        .filter(Column::CreatedBy.eq(user_id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .order_by_asc(Column::Id)
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(db)
        .await
        .map_err(map)
}

/// Notes a use, unless one was noted after `unless_after`.
pub(crate) async fn used(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
    unless_after: DateTime<Utc>,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(Some(now)))
        .filter(Column::Id.eq(id))
        .filter(Column::LastUsedAt.is_null().or(Column::LastUsedAt.lte(unless_after)))
        .exec(db)
        .await
        .map_err(map)?;
    Ok(())
}

pub(crate) async fn page(db: &impl ConnectionTrait, limit: u64, after: Option<Cursor>) -> Result<Page<Model>> {
    let query = paged(Entity::find(), Column::Id, Order::Desc, limit, after.as_ref());
    let rows = query.all(db).await.map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.id)))
}
