//! The unit's tables and their queries, scoped by construction: a query of sites takes the acting context.

pub(crate) mod assets;
pub(crate) mod optimizations;
pub(crate) mod readings;
pub(crate) mod sites;
pub(crate) mod tariffs;

use nqba_runtime::db::Migrations;
use sea_orm_migration::prelude::*;

pub(crate) fn migrations() -> Migrations {
    vec![Box::new(Initial)]
}

struct Initial;

impl MigrationName for Initial {
    fn name(&self) -> &'static str {
        "m2026_11_24_000020_energy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(tariffs::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(sites::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(assets::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(readings::channels::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(readings::Entity)).await?;
        for index in [
            Index::create().name("sites_by_team").table("sites").col("team").to_owned(),
            Index::create().name("assets_by_site").unique().table("assets").col("site_id").col("name").to_owned(),
            Index::create().name("channels_by_site").unique().table("channels").col("site_id").col("name").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
