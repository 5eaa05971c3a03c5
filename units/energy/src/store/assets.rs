//! Assets of a site.

use chrono::{DateTime, Utc};
use nqba_core::Result;
use nqba_runtime::db::{Unique, map};
use sea_orm::{QueryOrder, entity::prelude::*};

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
    Entity::find_by_id(id).filter(Column::SiteId.eq(site_id)).unique(db).await
}

/// Every asset of a site, oldest first.
pub(crate) async fn of_site(db: &impl ConnectionTrait, site_id: Uuid) -> Result<Vec<Model>> {
    Entity::find().filter(Column::SiteId.eq(site_id)).order_by_asc(Column::Id).all(db).await.map_err(map)
}

pub(crate) async fn remove_of_site(db: &impl ConnectionTrait, site_id: Uuid) -> Result<()> {
    Entity::delete_many().filter(Column::SiteId.eq(site_id)).exec(db).await.map_err(map)?;
    Ok(())
}
