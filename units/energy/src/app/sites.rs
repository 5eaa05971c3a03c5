//! Sites: made, read, changed, removed with all that hangs on them.

use crate::{
    App,
    check::Fields,
    store::{assets, optimizations, readings, sites, tariffs},
};
use chrono_tz::Tz;
use nqba_contracts::energy::{Location, NewSite, Site, SiteChanged, SiteGrid};
use nqba_core::{Ctx, Error, FieldError, Page, PageQuery, Result};
use nqba_runtime::{
    Tx,
    db::{Unique, map},
    web::IfMatch,
};
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// Steps of plans, seconds.
pub(crate) const STEPS_S: [u32; 4] = [300, 900, 1800, 3600];

fn wire(whole: sites::Whole) -> Site {
    let row = whole.site;
    Site {
        id: row.id,
        name: row.name,
        team: row.team,
        time_zone: row.time_zone,
        currency: row.currency,
        location: row.lat.zip(row.lon).map(|(lat, lon)| Location { lat, lon }),
        grid: SiteGrid { import_max_kw: row.import_max_kw, export_max_kw: row.export_max_kw },
        tariff_id: row.tariff_id,
        carbon_kg_per_kwh: row.carbon_kg_per_kwh,
        step_s: u32::try_from(row.step_s).unwrap_or_default(),
        notes: row.notes,
        asset_count: u64::try_from(whole.asset_count).unwrap_or_default(),
        last_reading_at: whole.last_reading_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    }
}

pub(crate) async fn list(app: &App, ctx: &Ctx, query: &PageQuery) -> Result<Page<Site>> {
    let page = sites::page(app.db.reader(), ctx, query.limit()?, query.cursor()?).await?;
    Ok(page.map(wire))
}

pub(crate) async fn read(app: &App, ctx: &Ctx, id: Uuid) -> Result<Site> {
    Ok(wire(sites::find_whole(app.db.reader(), ctx, id).await?))
}

fn check(new: &NewSite) -> Result<()> {
    let mut f = Fields::default();
    f.name("/name", &new.name);
    f.team("/team", new.team.as_deref());
    if new.time_zone.parse::<Tz>().is_err() {
        let text = "This is no time zone: write its IANA name, e.g. Europe/Berlin.";
        f.refuse("/time_zone", "unknown", text);
    }
    f.currency("/currency", &new.currency);
    if let Some(at) = &new.location {
        f.number("/location/lat", at.lat, -90.0, 90.0, "°");
        f.number("/location/lon", at.lon, -180.0, 180.0, "°");
    }
    f.amount("/grid/import_max_kw", new.grid.import_max_kw, " kW");
    f.amount("/grid/export_max_kw", new.grid.export_max_kw, " kW");
    if let Some(kg) = new.carbon_kg_per_kwh {
        f.number("/carbon_kg_per_kwh", kg, 0.0, 10.0, " kg");
    }
    if !STEPS_S.contains(&new.step_s) {
        let text = format!("step_s is {}; it may be 300, 900, 1800 or 3600.", new.step_s);
        f.refuse("/step_s", "out_of_range", text);
    }
    f.notes("/notes", new.notes.as_deref());
    f.done()
}

/// The tariff must be there and reckon in the site's currency.
async fn check_tariff(tx: &Tx, new: &NewSite) -> Result<()> {
    let Some(id) = new.tariff_id else { return Ok(()) };
    let Some(tariff) = tariffs::find(&**tx, id).await? else {
        return Err(Error::invalid("/tariff_id", "unknown_reference", "There is no such tariff."));
    };
    if tariff.currency != new.currency {
        let text = format!("The tariff is in {}, the site in {}.", tariff.currency, new.currency);
        return Err(Error::invalid("/tariff_id", "wrong_currency", text));
    }
    Ok(())
}

/// Nobody puts a site where he cannot see it.
fn check_team(ctx: &Ctx, team: Option<&str>) -> Result<()> {
    if ctx.sees(crate::NAME, team) {
        return Ok(());
    }
    let text = match ctx.teams(crate::NAME).unwrap_or_default().as_slice() {
        [] => "Your roles reach no site.".to_owned(),
        teams => format!("Your roles reach the sites of {} only; name that team.", teams.join(", ")),
    };
    Err(Error::forbidden(text.clone()).with_fields(vec![FieldError::new("/team", "out_of_scope", text)]))
}

async fn check_name(tx: &Tx, name: &str, but: Option<Uuid>) -> Result<()> {
    if !sites::name_is_taken(&**tx, name, but).await? {
        return Ok(());
    }
    Err(taken("There is a site with this name."))
}

/// A name that another record has.
pub(crate) fn taken(text: &str) -> Error {
    Error::conflict(text).with_fields(vec![FieldError::new("/name", "taken", text)])
}

/// Makes a site within the caller's transaction.
pub(crate) async fn create(tx: &Tx, ctx: &Ctx, id: Uuid, new: &NewSite) -> Result<Site> {
    check(new)?;
    check_team(ctx, new.team.as_deref())?;
    check_tariff(tx, new).await?;
    check_name(tx, new.name.trim(), None).await?;
    let now = tx.now();
    let row = sites::ActiveModel { id: Set(id), created_at: Set(now), version: Set(1), ..written(new, now) };
    let row = sites::Entity::insert(row).exec_with_returning(&**tx).await.map_err(map)?;
    changed(tx, ctx, &row, "created").await?;
    Ok(wire(sites::Whole { site: row, asset_count: 0, last_reading_at: None }))
}

fn written(new: &NewSite, now: chrono::DateTime<chrono::Utc>) -> sites::ActiveModel {
    sites::ActiveModel {
        name: Set(new.name.trim().to_owned()),
        team: Set(new.team.clone()),
        time_zone: Set(new.time_zone.clone()),
        currency: Set(new.currency.clone()),
        lat: Set(new.location.map(|l| l.lat)),
        lon: Set(new.location.map(|l| l.lon)),
        import_max_kw: Set(new.grid.import_max_kw),
        export_max_kw: Set(new.grid.export_max_kw),
        tariff_id: Set(new.tariff_id),
        carbon_kg_per_kwh: Set(new.carbon_kg_per_kwh),
        step_s: Set(i64::from(new.step_s)),
        notes: Set(new.notes.clone()),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// Changes a site; answers it before and after.
pub(crate) async fn update(app: &App, ctx: &Ctx, id: Uuid, at: &IfMatch, new: &NewSite) -> Result<(Site, Site)> {
    let tx = app.db.begin().await?;
    let row = sites::hold(&*tx, ctx, id).await?;
    at.check(row.version)?;
    check(new)?;
    check_team(ctx, new.team.as_deref())?;
    check_tariff(&tx, new).await?;
    check_name(&tx, new.name.trim(), Some(id)).await?;
    let before = wire(sites::find_whole(&*tx, ctx, id).await?);
    if row.team != new.team {
        optimizations::move_to_team(&*tx, id, new.team.as_deref()).await?;
    }
    let change = sites::ActiveModel { id: Set(id), version: Set(row.version + 1), ..written(new, tx.now()) };
    let row = sites::Entity::update(change).exec(&*tx).await.map_err(map)?;
    changed(&tx, ctx, &row, "updated").await?;
    tx.commit().await?;
    let (asset_count, last_reading_at) = (before.asset_count as i64, before.last_reading_at);
    let after = wire(sites::Whole { site: row, asset_count, last_reading_at });
    Ok((before, after))
}

/// Removes a site with its assets, readings and runs. A run under way ends without effect.
pub(crate) async fn remove(app: &App, ctx: &Ctx, id: Uuid, at: &IfMatch) -> Result<Site> {
    let tx = app.db.begin().await?;
    let row = sites::hold(&*tx, ctx, id).await?;
    at.check(row.version)?;
    let before = wire(sites::find_whole(&*tx, ctx, id).await?);
    assets::remove_of_site(&*tx, id).await?;
    readings::remove_of_site(&*tx, id).await?;
    optimizations::remove_of_site(&*tx, id).await?;
    sites::Entity::delete(row.clone().into_active_model()).exec(&*tx).await.map_err(map)?;
    changed(&tx, ctx, &row, "removed").await?;
    tx.commit().await?;
    Ok(before)
}

/// States a change of a site.
pub(crate) async fn changed(tx: &Tx, ctx: &Ctx, row: &sites::Model, change: &str) -> Result<()> {
    let event =
        SiteChanged { site_id: row.id, name: row.name.clone(), team: row.team.clone(), change: change.to_owned() };
    tx.publish(&event, ctx).await?;
    Ok(())
}

/// Whether the site is there, by its id or its name.
pub(crate) async fn exists(tx: &Tx, (id, new): &(Uuid, NewSite)) -> Result<bool> {
    let by_id = sites::Entity::find_by_id(*id).unique(&**tx).await?.is_some();
    Ok(by_id || sites::name_is_taken(&**tx, &new.name, None).await?)
}
