//! Assets of a site.

use chrono::{DateTime, Utc};
use nqba_core::Result;
use nqba_runtime::db::map;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, entity::prelude::*};
use std::collections::HashMap;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub site_id: Uuid,
    pub name: String,
    /// The figures, JSON.
    #[sea_orm(column_type = "Text")]
    pub spec: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn find(db: &impl ConnectionTrait, site_id: Uuid, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).filter(Column::SiteId.eq(site_id)).one(db).await.map_err(map)
}

/// Every asset of a site, oldest first.
pub(crate) async fn of_site(db: &impl ConnectionTrait, site_id: Uuid) -> Result<Vec<Model>> {
    Entity::find().filter(Column::SiteId.eq(site_id)).order_by_asc(Column::Id).all(db).await.map_err(map)
}

#[derive(FromQueryResult)]
struct Count {
    site_id: Uuid,
    count: i64,
}

/// How many assets each of these sites has.
pub(crate) async fn counts(db: &impl ConnectionTrait, sites: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let rows = Entity::find()
        .select_only()
        .column(Column::SiteId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::SiteId.is_in(sites.iter().copied()))
        .group_by(Column::SiteId)
        .into_model::<Count>()
        .all(db)
        .await
        .map_err(map)?;
    Ok(rows.into_iter().map(|r| (r.site_id, u64::try_from(r.count).unwrap_or_default())).collect())
}

pub(crate) async fn remove_of_site(db: &impl ConnectionTrait, site_id: Uuid) -> Result<()> {
    Entity::delete_many().filter(Column::SiteId.eq(site_id)).exec(db).await.map_err(map)?;
    Ok(())
}
