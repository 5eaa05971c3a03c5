//! Sites. What the actor may not see is not found.

use chrono::{DateTime, Utc};
use nqba_core::{Ctx, Cursor, Error, Page, Result};
use nqba_runtime::db::map;
use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sites")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub name: String,
    pub team: Option<String>,
    pub time_zone: String,
    pub currency: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub import_max_kw: f64,
    pub export_max_kw: f64,
    pub tariff_id: Option<Uuid>,
    pub carbon_kg_per_kwh: Option<f64>,
    pub step_s: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Only what the actor may see.
fn visible(ctx: &Ctx) -> Select<Entity> {
    match ctx.teams(crate::NAME) {
        None => Entity::find(),
        Some(teams) => Entity::find().filter(Column::Team.is_in(teams)),
    }
}

pub(crate) async fn find(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<Model> {
    let row = visible(ctx).filter(Column::Id.eq(id)).one(db).await.map_err(map)?;
    row.ok_or_else(|| Error::not_found("site"))
}

/// The site, held until the transaction ends, so that what hangs on it changes in turn.
pub(crate) async fn hold(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<Model> {
    let row = visible(ctx).filter(Column::Id.eq(id)).lock_exclusive().one(db).await.map_err(map)?;
    row.ok_or_else(|| Error::not_found("site"))
}

pub(crate) async fn page(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    limit: u64,
    after: Option<Cursor>,
) -> Result<Page<Model>> {
    let mut query = visible(ctx).order_by_asc(Column::Id).limit(limit + 1);
    if let Some(cursor) = after {
        query = query.filter(Column::Id.gt(cursor.id));
    }
    let rows = query.all(db).await.map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.id)))
}

/// Whether another site has this name.
pub(crate) async fn name_is_taken(db: &impl ConnectionTrait, name: &str, but: Option<Uuid>) -> Result<bool> {
    let mut query = Entity::find().filter(Column::Name.eq(name));
    if let Some(id) = but {
        query = query.filter(Column::Id.ne(id));
    }
    Ok(query.count(db).await.map_err(map)? > 0)
}
