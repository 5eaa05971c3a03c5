//! Tariffs; a row is never changed.

use chrono::{DateTime, Utc};
use nqba_core::{Cursor, Page, Result};
use nqba_runtime::db::{Unique, map, paged};
use sea_orm::{Order, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tariffs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub name: String,
    pub currency: String,
    /// Price of import, JSON.
    #[sea_orm(column_type = "Text")]
    pub import: String,
    /// Price of export, JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub export: Option<String>,
    pub demand_charge_per_kw_month: f64,
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).unique(db).await
}

pub(crate) async fn page(db: &impl ConnectionTrait, limit: u64, after: Option<Cursor>) -> Result<Page<Model>> {
    let query = paged(Entity::find(), Column::Id, Order::Asc, limit, after.as_ref());
    let rows = query.all(db).await.map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.id)))
}

pub(crate) async fn name_is_taken(db: &impl ConnectionTrait, name: &str) -> Result<bool> {
    Ok(Entity::find().filter(Column::Name.eq(name)).count(db).await.map_err(map)? > 0)
}
