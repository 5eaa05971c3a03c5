//! Measured series: a channel is a row, its values are blocks of a UTC day each.
//!
//! A block holds every slot of its day as little-endian doubles, NaN where nothing was measured: a year of quarter
//! hours is 365 short rows, so writing again and reading years stay cheap in both databases.

use nqba_core::Result;
use nqba_runtime::db::{Unique, map};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::OnConflict,
};

/// Seconds of a block.
pub(crate) const DAY_S: i64 = 86_400;
/// Rows written by one statement.
const BATCH: usize = 500;

/// Channels.
pub(crate) mod channels {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channels")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub site_id: Uuid,
        pub name: String,
        pub unit: String,
        pub step_s: i64,
        /// Number of values.
        pub count: i64,
        /// Start of the first interval measured.
        pub first_at: Option<DateTime<Utc>>,
        /// Start of the last interval measured.
        pub last_at: Option<DateTime<Utc>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reading_blocks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel_id: i64,
    /// Days since 1970-01-01, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    /// `86400 / step_s` doubles.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub slots: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Slots as they are kept.
pub(crate) fn to_bytes(slots: &[f64]) -> Vec<u8> {
    slots.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Slots as they were kept.
pub(crate) fn from_bytes(bytes: &[u8]) -> Vec<f64> {
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

/// Every channel of a site, by name.
pub(crate) async fn channels_of(db: &impl ConnectionTrait, site_id: Uuid) -> Result<Vec<channels::Model>> {
    channels::Entity::find()
        .filter(channels::Column::SiteId.eq(site_id))
        .order_by_asc(channels::Column::Name)
        .all(db)
        .await
        .map_err(map)
}

/// The channel, made if it is new, and held until the transaction ends.
pub(crate) async fn hold_channel(
    db: &impl ConnectionTrait,
    site_id: Uuid,
    name: &str,
    unit: &str,
    step_s: i64,
) -> Result<channels::Model> {
    let row = channels::ActiveModel {
        id: NotSet,
        site_id: Set(site_id),
        name: Set(name.to_owned()),
        unit: Set(unit.to_owned()),
        step_s: Set(step_s),
        count: Set(0),
        first_at: Set(None),
        last_at: Set(None),
    };
    let once = OnConflict::columns([channels::Column::SiteId, channels::Column::Name]).do_nothing().to_owned();
    channels::Entity::insert(row).on_conflict(once).exec_without_returning(db).await.map_err(map)?;
    let row = channels::Entity::find()
        .filter(channels::Column::SiteId.eq(site_id))
        .filter(channels::Column::Name.eq(name))
        .lock_exclusive()
        .unique(db)
        .await?;
    row.ok_or_else(|| nqba_core::Error::internal("a channel vanished while it was held"))
}

pub(crate) async fn note_extent(db: &impl ConnectionTrait, channel: channels::Model) -> Result<()> {
    let row = channels::ActiveModel {
        id: Set(channel.id),
        count: Set(channel.count),
        first_at: Set(channel.first_at),
        last_at: Set(channel.last_at),
        ..Default::default()
    };
    channels::Entity::update(row).exec(db).await.map_err(map)?;
    Ok(())
}

/// Blocks of a channel from day to day, both included.
pub(crate) async fn blocks(
    db: &impl ConnectionTrait,
    channel_id: i64,
    first_day: i64,
    last_day: i64,
) -> Result<Vec<Model>> {
    Entity::find()
        .filter(Column::ChannelId.eq(channel_id))
        .filter(Column::Day.between(first_day, last_day))
        .order_by_asc(Column::Day)
        .all(db)
        .await
        .map_err(map)
}

/// Writes blocks, in place of those that are there.
pub(crate) async fn write_blocks(db: &impl ConnectionTrait, blocks: Vec<Model>) -> Result<()> {
    let mut rows =
        blocks.into_iter().map(|b| ActiveModel { channel_id: Set(b.channel_id), day: Set(b.day), slots: Set(b.slots) });
    loop {
        let batch: Vec<_> = rows.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let replace = OnConflict::columns([Column::ChannelId, Column::Day]).update_column(Column::Slots).to_owned();
        Entity::insert_many(batch).on_conflict(replace).exec_without_returning(db).await.map_err(map)?;
    }
}

pub(crate) async fn remove_of_site(db: &impl ConnectionTrait, site_id: Uuid) -> Result<()> {
    let ids: Vec<i64> = channels_of(db, site_id).await?.into_iter().map(|c| c.id).collect();
    Entity::delete_many().filter(Column::ChannelId.is_in(ids)).exec(db).await.map_err(map)?;
    channels::Entity::delete_many().filter(channels::Column::SiteId.eq(site_id)).exec(db).await.map_err(map)?;
    Ok(())
}
