//! Sites. What the actor may not see is not found.

use super::{assets, readings::channels};
use chrono::{DateTime, Utc};
use nqba_core::{Ctx, Cursor, Error, Page, Result};
use nqba_runtime::db::{Unique, map, paged};
use sea_orm::{
    FromQueryResult, Order, QuerySelect,
    entity::prelude::*,
    sea_query::{ExprTrait, Query, SimpleExpr},
};

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

/// A site and what is known around it, read at once.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Whole {
    #[sea_orm(nested)]
    pub(crate) site: Model,
    pub(crate) asset_count: i64,
    pub(crate) last_reading_at: Option<DateTime<Utc>>,
}

fn whole(query: Select<Entity>) -> Select<Entity> {
    let here = || Expr::col((Entity, Column::Id));
    let count = Query::select()
        .expr(Expr::col((assets::Entity, assets::Column::Id)).count())
        .from(assets::Entity)
        .and_where(Expr::col((assets::Entity, assets::Column::SiteId)).eq(here()))
        .to_owned();
    let newest = Query::select()
        .expr(Expr::col((channels::Entity, channels::Column::LastAt)).max())
        .from(channels::Entity)
        .and_where(Expr::col((channels::Entity, channels::Column::SiteId)).eq(here()))
        .to_owned();
    query.column_as(SimpleExpr::from(count), "asset_count").column_as(SimpleExpr::from(newest), "last_reading_at")
}

pub(crate) async fn find(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<Model> {
    let row = visible(ctx).filter(Column::Id.eq(id)).unique(db).await?;
    row.ok_or_else(|| Error::not_found("site"))
}

pub(crate) async fn find_whole(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<Whole> {
    let rows: Vec<Whole> = whole(visible(ctx).filter(Column::Id.eq(id))).into_model().all(db).await.map_err(map)?;
    rows.into_iter().next().ok_or_else(|| Error::not_found("site"))
}

/// The site, held until the transaction ends, so that what hangs on it changes in turn.
pub(crate) async fn hold(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<Model> {
    let row = visible(ctx).filter(Column::Id.eq(id)).lock_exclusive().unique(db).await?;
    row.ok_or_else(|| Error::not_found("site"))
}

pub(crate) async fn page(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    limit: u64,
    after: Option<Cursor>,
) -> Result<Page<Whole>> {
    let query = paged(visible(ctx), Column::Id, Order::Asc, limit, after.as_ref());
    let rows = whole(query).into_model::<Whole>().all(db).await.map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.site.id)))
}

/// Whether another site has this name.
pub(crate) async fn name_is_taken(db: &impl ConnectionTrait, name: &str, but: Option<Uuid>) -> Result<bool> {
    let mut query = Entity::find().filter(Column::Name.eq(name));
    if let Some(id) = but {
        query = query.filter(Column::Id.ne(id));
    }
    Ok(query.count(db).await.map_err(map)? > 0)
}
