//! A site with everything that a plan of it needs.

use crate::{
    app::{assets as asset_app, readings, tariffs as tariff_app},
    plan::series,
    store::{
        assets,
        readings::{self as store, channels},
        sites, tariffs,
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use nqba_contracts::energy::{Asset, AssetSpec, Price, Tariff};
use nqba_core::{Ctx, Error, Result};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A site, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) site: sites::Model,
    pub(crate) zone: Tz,
    pub(crate) assets: Vec<Asset>,
    pub(crate) tariff: Tariff,
    pub(crate) channels: Vec<channels::Model>,
}

/// What a channel's values are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    Power,
    Price,
}

/// A channel's values on the steps of a plan, and how many of its own were filled.
pub(crate) struct OnGrid {
    pub(crate) values: Vec<f64>,
    pub(crate) filled: u64,
}

/// The steps of a plan: from, to, length, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) step_s: i64,
}

impl Stored {
    /// Reads the site as the actor may see it.
    pub(crate) async fn load(db: &impl ConnectionTrait, ctx: &Ctx, site_id: Uuid) -> Result<Self> {
        let site = sites::find(db, ctx, site_id).await?;
        let no_tariff = || {
            let text = format!("{} has no tariff; give it one, then ask again.", site.name);
            Error::invalid("/site_id", "no_tariff", text)
        };
        let tariff = tariffs::find(db, site.tariff_id.ok_or_else(no_tariff)?).await?.ok_or_else(no_tariff)?;
        let zone = site.time_zone.parse().map_err(|_| Error::internal("a stored time zone is none"))?;
        let assets = assets::of_site(db, site_id).await?.iter().map(asset_app::wire).collect::<Result<Vec<_>>>()?;
        if assets.is_empty() {
            let text = format!("{} has no assets; add a load at least, then ask again.", site.name);
            return Err(Error::invalid("/site_id", "no_assets", text));
        }
        let channels = store::channels_of(db, site_id).await?;
        Ok(Self { site, zone, assets, tariff: tariff_app::wire(tariff)?, channels })
    }

    /// Every channel that a plan reads, what for, and who needs it.
    pub(crate) fn needed(&self) -> Vec<(&str, Quantity, String)> {
        let mut found = Vec::new();
        for asset in &self.assets {
            if let AssetSpec::Load { channel }
            | AssetSpec::Pv { channel, .. }
            | AssetSpec::ThermalStorage { demand_channel: channel, .. } = &asset.spec
            {
                found.push((channel.as_str(), Quantity::Power, asset.name.clone()));
            }
        }
        for price in [Some(&self.tariff.import), self.tariff.export.as_ref()].into_iter().flatten() {
            if let Price::Dynamic { channel, .. } = price {
                found.push((channel.as_str(), Quantity::Price, format!("the tariff {}", self.tariff.name)));
            }
        }
        found
    }

    /// The channel, if it has readings of that quantity.
    pub(crate) fn channel(&self, name: &str, quantity: Quantity, user: &str) -> Result<(&channels::Model, f64)> {
        let refuse = |text: String| Error::invalid("/site_id", "missing_readings", text);
        let channel = self.channels.iter().find(|c| c.name == name && c.first_at.is_some());
        let channel = channel.ok_or_else(|| {
            refuse(format!("{user} needs the channel `{name}`, which has no readings; upload some, then ask again."))
        })?;
        let factor = match quantity {
            Quantity::Power => series::kw_per(&channel.unit, channel.step_s),
            Quantity::Price => series::price_per(&channel.unit),
        };
        let wanted = match quantity {
            Quantity::Power => "a power (kW, W, MW or kWh_per_step)",
            Quantity::Price => "a price (currency_per_kWh or currency_per_MWh)",
        };
        let factor = factor
            .ok_or_else(|| refuse(format!("{user} needs {wanted}; the channel `{name}` is in {}.", channel.unit)))?;
        Ok((channel, factor))
    }

    /// The time for which every needed channel has been measured.
    pub(crate) fn span(&self) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
        let mut span: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
        for (name, quantity, user) in self.needed() {
            let (channel, _) = self.channel(name, quantity, &user)?;
            let Some((first, last)) = channel.first_at.zip(channel.last_at) else { continue };
            let end = last + chrono::TimeDelta::seconds(channel.step_s);
            span = Some(span.map_or((first, end), |(a, b)| (a.max(first), b.min(end))));
        }
        Ok(span)
    }

    /// A channel on the steps of a plan, in kW or currency per kWh; every step has a value or it is refused.
    pub(crate) async fn on_grid(
        &self,
        db: &impl ConnectionTrait,
        (name, quantity, user): (&str, Quantity, &str),
        grid: Grid,
    ) -> Result<OnGrid> {
        let (channel, factor) = self.channel(name, quantity, user)?;
        let own = channel.step_s;
        // Neighbours beyond the ends help to fill a gap there.
        let first = (grid.from - series::MAX_GAP_S - own).div_euclid(own) * own;
        let last = (grid.to + series::MAX_GAP_S + own).div_euclid(own) * own;
        let mut values = readings::slots(db, channel, first, last).await?;
        let filled = series::fill(&mut values, own);
        let inside = |i: &usize| {
            let t = first + *i as i64 * own;
            t + own > grid.from && t < grid.to
        };
        let filled = (0..values.len()).filter(inside).filter(|i| filled[*i]).count() as u64;
        let mut on_grid = series::resample(&values, first, own, grid.from, grid.to, grid.step_s);
        if let Some(k) = on_grid.iter().position(|v| v.is_nan()) {
            return Err(self.gap(name, user, grid, &on_grid, k));
        }
        for value in &mut on_grid {
            *value *= factor;
        }
        Ok(OnGrid { values: on_grid, filled })
    }

    fn gap(&self, name: &str, user: &str, grid: Grid, values: &[f64], at: usize) -> Error {
        let until = values.iter().skip(at).position(|v| !v.is_nan()).map_or(values.len(), |n| at + n);
        let local = |k: usize| {
            let t = DateTime::from_timestamp(grid.from + k as i64 * grid.step_s, 0).unwrap_or_default();
            t.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string()
        };
        let text = format!(
            "{user} needs the channel `{name}`, which has no readings from {} to {} ({}). Gaps of up to 2 h are \
             filled; choose another time or upload the readings.",
            local(at),
            local(until),
            self.zone
        );
        Error::invalid("/start", "missing_readings", text)
    }
}
