//! Assets of a site. What refers to another asset does so by its name, so a name in use stays.

use super::sites::{changed, taken};
use crate::{
    App,
    check::Fields,
    store::{assets, sites},
};
use nqba_contracts::energy::{Asset, AssetSpec, NewAsset};
use nqba_core::{Ctx, Error, Result};
use nqba_runtime::{Tx, db::map, web::IfMatch};
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};
use uuid::Uuid;

const MAX_ASSETS: usize = 200;
/// A job lasts a day at most.
const MAX_PROFILE: usize = 288;

pub(crate) fn wire(row: &assets::Model) -> Result<Asset> {
    Ok(Asset {
        id: row.id,
        site_id: row.site_id,
        name: row.name.clone(),
        spec: serde_json::from_str(&row.spec).map_err(Error::internal)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

pub(crate) async fn list(app: &App, ctx: &Ctx, site_id: Uuid) -> Result<Vec<Asset>> {
    sites::find(app.db.reader(), ctx, site_id).await?;
    assets::of_site(app.db.reader(), site_id).await?.iter().map(wire).collect()
}

pub(crate) async fn read(app: &App, ctx: &Ctx, site_id: Uuid, id: Uuid) -> Result<Asset> {
    sites::find(app.db.reader(), ctx, site_id).await?;
    wire(&assets::find(app.db.reader(), site_id, id).await?.ok_or_else(|| Error::not_found("asset"))?)
}

/// Makes an asset within the caller's transaction.
pub(crate) async fn create(tx: &Tx, ctx: &Ctx, site_id: Uuid, id: Uuid, new: &NewAsset) -> Result<Asset> {
    let site = sites::hold(&**tx, ctx, site_id).await?;
    let others = others(tx, site_id, None).await?;
    if others.len() >= MAX_ASSETS {
        return Err(Error::conflict(format!("The site has {MAX_ASSETS} assets, the most there may be.")));
    }
    check(new, &others)?;
    let now = tx.now();
    let row = assets::ActiveModel {
        id: Set(id),
        site_id: Set(site_id),
        name: Set(new.name.trim().to_owned()),
        spec: Set(serde_json::to_string(&new.spec).map_err(Error::internal)?),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    let row = assets::Entity::insert(row).exec_with_returning(&**tx).await.map_err(map)?;
    changed(tx, ctx, &site, "assets_changed").await?;
    wire(&row)
}

/// Changes an asset; answers it before and after.
pub(crate) async fn update(
    app: &App,
    ctx: &Ctx,
    (site_id, id): (Uuid, Uuid),
    at: &IfMatch,
    new: &NewAsset,
) -> Result<(Asset, Asset)> {
    let tx = app.db.begin().await?;
    let site = sites::hold(&*tx, ctx, site_id).await?;
    let row = assets::find(&*tx, site_id, id).await?.ok_or_else(|| Error::not_found("asset"))?;
    at.check(row.version)?;
    let others = others(&tx, site_id, Some(id)).await?;
    check(new, &others)?;
    let before = wire(&row)?;
    let same_kind = std::mem::discriminant(&before.spec) == std::mem::discriminant(&new.spec);
    if before.name != new.name.trim() || !same_kind {
        keep_referrers(&before.name, &others)?;
    }
    let mut change = row.clone().into_active_model();
    change.name = Set(new.name.trim().to_owned());
    change.spec = Set(serde_json::to_string(&new.spec).map_err(Error::internal)?);
    change.updated_at = Set(tx.now());
    change.version = Set(row.version + 1);
    let row = assets::Entity::update(change).exec(&*tx).await.map_err(map)?;
    changed(&tx, ctx, &site, "assets_changed").await?;
    tx.commit().await?;
    Ok((before, wire(&row)?))
}

/// Removes an asset that no other refers to.
pub(crate) async fn remove(app: &App, ctx: &Ctx, (site_id, id): (Uuid, Uuid), at: &IfMatch) -> Result<Asset> {
    let tx = app.db.begin().await?;
    let site = sites::hold(&*tx, ctx, site_id).await?;
    let row = assets::find(&*tx, site_id, id).await?.ok_or_else(|| Error::not_found("asset"))?;
    at.check(row.version)?;
    keep_referrers(&row.name, &others(&tx, site_id, Some(id)).await?)?;
    let before = wire(&row)?;
    assets::Entity::delete(row.into_active_model()).exec(&*tx).await.map_err(map)?;
    changed(&tx, ctx, &site, "assets_changed").await?;
    tx.commit().await?;
    Ok(before)
}

async fn others(tx: &Tx, site_id: Uuid, but: Option<Uuid>) -> Result<Vec<Asset>> {
    assets::of_site(&**tx, site_id).await?.iter().filter(|r| Some(r.id) != but).map(wire).collect()
}

fn refers_to(spec: &AssetSpec) -> Option<&str> {
    match spec {
        AssetSpec::HeatSource { tank, .. } => Some(tank),
        AssetSpec::Job { after, .. } => after.as_deref(),
        _ => None,
    }
}

fn keep_referrers(name: &str, others: &[Asset]) -> Result<()> {
    match others.iter().find(|a| refers_to(&a.spec) == Some(name)) {
        None => Ok(()),
        Some(a) => Err(Error::conflict(format!("{} refers to {name}; change that one first.", a.name))),
    }
}

fn check(new: &NewAsset, others: &[Asset]) -> Result<()> {
    let mut f = Fields::default();
    f.name("/name", &new.name);
    figures(&mut f, &new.spec);
    let named = |name: &str, fits: fn(&AssetSpec) -> bool| others.iter().any(|a| a.name == name && fits(&a.spec));
    match &new.spec {
        AssetSpec::HeatSource { tank, .. } if !named(tank, |s| matches!(s, AssetSpec::ThermalStorage { .. })) => {
            f.refuse("/spec/tank", "unknown_reference", "The site has no thermal storage with this name.");
        }
        AssetSpec::Job { after: Some(job), .. } if !named(job, |s| matches!(s, AssetSpec::Job { .. })) => {
            f.refuse("/spec/after", "unknown_reference", "The site has no other job with this name.");
        }
        AssetSpec::Job { after: Some(job), .. } if circular(new.name.trim(), job, others) => {
            f.refuse("/spec/after", "circular", "These jobs would wait for each other in a circle.");
        }
        _ => {}
    }
    f.done()?;
    if others.iter().any(|a| a.name == new.name.trim()) {
        return Err(taken("The site has an asset with this name."));
    }
    Ok(())
}

/// Whether the chain of jobs before `first` leads back to `name`.
fn circular(name: &str, first: &str, others: &[Asset]) -> bool {
    let mut at = Some(first);
    for _ in 0..=others.len() {
        match at {
            None => return false,
            Some(job) if job == name => return true,
            Some(job) => at = others.iter().find(|a| a.name == job).and_then(|a| refers_to(&a.spec)),
        }
    }
    true
}

fn figures(f: &mut Fields, spec: &AssetSpec) {
    match spec {
        AssetSpec::Load { channel } => f.channel("/spec/channel", channel),
        AssetSpec::Pv { channel, peak_kw, .. } => {
            f.channel("/spec/channel", channel);
            f.amount("/spec/peak_kw", peak_kw.unwrap_or_default(), " kW");
        }
        AssetSpec::Battery {
            charge_max_kw,
            discharge_max_kw,
            soc_min_kwh,
            soc_max_kwh,
            eta_charge,
            eta_discharge,
            wear_cost_per_kwh_discharged,
        } => {
            f.amount("/spec/charge_max_kw", *charge_max_kw, " kW");
            f.amount("/spec/discharge_max_kw", *discharge_max_kw, " kW");
            f.amount("/spec/soc_max_kwh", *soc_max_kwh, " kWh");
            f.number("/spec/soc_min_kwh", *soc_min_kwh, 0.0, soc_max_kwh.max(0.0), " kWh");
            f.efficiency("/spec/eta_charge", *eta_charge);
            f.efficiency("/spec/eta_discharge", *eta_discharge);
            f.amount("/spec/wear_cost_per_kwh_discharged", *wear_cost_per_kwh_discharged, "");
        }
        AssetSpec::Ev { arrive_time, depart_time, charge_max_kw, charge_min_kw, eta_charge, energy_required_kwh } => {
            f.time("/spec/arrive_time", arrive_time);
            f.time("/spec/depart_time", depart_time);
            f.amount("/spec/charge_max_kw", *charge_max_kw, " kW");
            f.number("/spec/charge_min_kw", *charge_min_kw, 0.0, charge_max_kw.max(0.0), " kW");
            f.efficiency("/spec/eta_charge", *eta_charge);
            f.amount("/spec/energy_required_kwh", *energy_required_kwh, " kWh");
        }
        AssetSpec::Generator { .. } => generator(f, spec),
        AssetSpec::Job { profile_kw, earliest_start_time, latest_end_time, .. } => {
            if profile_kw.is_empty() || profile_kw.len() > MAX_PROFILE {
                let text = format!("profile_kw has {} values; it may have 1 to {MAX_PROFILE}.", profile_kw.len());
                f.refuse("/spec/profile_kw", "wrong_length", text);
            }
            for (i, kw) in profile_kw.iter().enumerate().take(MAX_PROFILE) {
                f.amount(&format!("/spec/profile_kw/{i}"), *kw, " kW");
            }
            f.time("/spec/earliest_start_time", earliest_start_time);
            f.time("/spec/latest_end_time", latest_end_time);
        }
        AssetSpec::ThermalStorage { capacity_kwh, loss_per_hour, demand_channel } => {
            f.amount("/spec/capacity_kwh", *capacity_kwh, " kWh");
            f.number("/spec/loss_per_hour", *loss_per_hour, 0.0, 1.0, "");
            f.channel("/spec/demand_channel", demand_channel);
        }
        AssetSpec::HeatSource { power_max_kw, cop, .. } => {
            f.amount("/spec/power_max_kw", *power_max_kw, " kW");
            f.number("/spec/cop", *cop, 0.1, 20.0, "");
        }
    }
}

fn generator(f: &mut Fields, spec: &AssetSpec) {
    let AssetSpec::Generator {
        power_min_kw,
        power_max_kw,
        fuel_cost_per_kwh,
        start_cost,
        min_up_minutes,
        min_down_minutes,
        carbon_kg_per_kwh,
    } = spec
    else {
        return;
    };
    f.amount("/spec/power_max_kw", *power_max_kw, " kW");
    f.number("/spec/power_min_kw", *power_min_kw, 0.0, power_max_kw.max(0.0), " kW");
    f.amount("/spec/fuel_cost_per_kwh", *fuel_cost_per_kwh, "");
    f.amount("/spec/start_cost", *start_cost, "");
    f.number("/spec/min_up_minutes", f64::from(*min_up_minutes), 0.0, 10_080.0, " min");
    f.number("/spec/min_down_minutes", f64::from(*min_down_minutes), 0.0, 10_080.0, " min");
    f.number("/spec/carbon_kg_per_kwh", *carbon_kg_per_kwh, 0.0, 10.0, " kg");
}
