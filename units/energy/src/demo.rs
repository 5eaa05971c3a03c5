//! The demo group: two real sites, a few weeks of real readings each (see `demo/LICENSES.md`).
//!
//! What is not measured is assumed, and says so in the site's and the tariff's notes.

use crate::{
    app::{assets, csv, readings, sites, tariffs},
    store,
};
use nqba_contracts::energy::{AssetSpec, Location, NewAsset, NewSite, NewTariff, Price, PriceWindow, SiteGrid};
use nqba_core::{Ctx, Result};
use nqba_runtime::Db;
use uuid::Uuid;

const STEEL: &[u8] = include_bytes!("../demo/steel_works.csv");
const HOUSE: &[u8] = include_bytes!("../demo/house.csv");

/// Ids that never change, so that loading twice is loading once.
const fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_3000_0000_7000_8000_0000_0000_0000 + n)
}

struct Demo {
    tariff: (Uuid, NewTariff),
    site: (Uuid, NewSite),
    assets: Vec<(Uuid, NewAsset)>,
    readings: (&'static [u8], csv::Reading),
}

/// Loads what is not there yet; says in a few words what it did.
///
/// # Errors
/// When the database does not take it.
pub async fn seed(db: &Db) -> Result<String> {
    let ctx = Ctx::system(db.now() + chrono::TimeDelta::seconds(60));
    let (mut made, mut values) = (0, 0);
    for demo in [steel(), house()] {
        let tx = db.begin().await?;
        if sites::exists(&tx, &demo.site).await? {
            continue;
        }
        if store::tariffs::find(&*tx, demo.tariff.0).await?.is_none() {
            tariffs::create(&tx, &ctx, demo.tariff.0, &demo.tariff.1).await?;
        }
        let (site_id, site) = demo.site;
        sites::create(&tx, &ctx, site_id, &site).await?;
        for (asset_id, asset) in &demo.assets {
            assets::create(&tx, &ctx, site_id, *asset_id, asset).await?;
        }
        let points = csv::parse(demo.readings.0, &demo.readings.1, &site.time_zone)?;
        let report = readings::write(&tx, &ctx, site_id, points).await?;
        tx.commit().await?;
        made += 1;
        values += report.channels.iter().map(|c| c.inserted).sum::<u64>();
    }
    Ok(if made == 0 { "its sites are there already".to_owned() } else { format!("{made} sites, {values} readings") })
}

fn map(entries: &[&str]) -> csv::Reading {
    csv::Reading { map: entries.iter().map(|e| (*e).to_owned()).collect(), ..csv::Reading::default() }
}

fn battery(kwh: f64, kw: f64, wear_cost_per_kwh_discharged: f64) -> AssetSpec {
    AssetSpec::Battery {
        charge_max_kw: kw,
        discharge_max_kw: kw,
        soc_min_kwh: 0.1 * kwh,
        soc_max_kwh: kwh,
        eta_charge: 0.95,
        eta_discharge: 0.95,
        wear_cost_per_kwh_discharged,
    }
}

fn asset(n: u128, name: &str, spec: AssetSpec) -> (Uuid, NewAsset) {
    (id(n), NewAsset { name: name.to_owned(), spec })
}

fn steel() -> Demo {
    // Monday to Saturday; Sunday is light throughout, as in the data set's own column.
    let window = |name: &str, from: &str, to: &str, price_per_kwh: f64| PriceWindow {
        name: name.to_owned(),
        months: Vec::new(),
        weekdays: (1..=6).collect(),
        from_time: from.to_owned(),
        to_time: to.to_owned(),
        price_per_kwh,
    };
    let (medium, maximum) = (78.6, 109.3);
    let windows = vec![
        window("medium", "09:00", "10:00", medium),
        window("maximum", "10:00", "12:00", maximum),
        window("medium", "12:00", "13:00", medium),
        window("maximum", "13:00", "17:00", maximum),
        window("medium", "17:00", "23:00", medium),
    ];
    Demo {
        tariff: (
            id(1),
            NewTariff {
                name: "Industry, three periods".to_owned(),
                currency: "KRW".to_owned(),
                import: Price::TimeOfUse { default_price_per_kwh: 56.1, windows },
                export: None,
                demand_charge_per_kw_month: 8_320.0,
                notes: Some(
                    "Periods as the data set names them (light, medium, maximum). Prices and demand charge are \
                     assumed, in the size of Korean industrial tariffs of 2018; they are not the works' contract."
                        .to_owned(),
                ),
            },
        ),
        site: (
            id(0x101),
            NewSite {
                name: "Steel works, Gwangyang".to_owned(),
                team: None,
                time_zone: "Asia/Seoul".to_owned(),
                currency: "KRW".to_owned(),
                location: Some(Location { lat: 34.94, lon: 127.7 }),
                grid: SiteGrid { import_max_kw: 800.0, export_max_kw: 0.0 },
                tariff_id: Some(id(1)),
                carbon_kg_per_kwh: Some(0.42),
                step_s: 900,
                notes: Some(
                    "Load measured: UCI data set 851, Steel Industry Energy Consumption (CC BY 4.0), October 2018. \
                     Assumed: battery, connection, prices. Carbon intensity from the data set's own columns."
                        .to_owned(),
                ),
            },
        ),
        assets: vec![
            asset(0x111, "Works", AssetSpec::Load { channel: "load".to_owned() }),
            asset(0x112, "Battery", battery(500.0, 250.0, 10.0)),
        ],
        readings: (STEEL, map(&["load_kw:load:kW"])),
    }
}

fn house() -> Demo {
    Demo {
        tariff: (
            id(2),
            NewTariff {
                name: "Day-ahead with adders".to_owned(),
                currency: "EUR".to_owned(),
                import: Price::Dynamic { channel: "price".to_owned(), factor: 1.19, adder_per_kwh: 0.2 },
                export: Some(Price::Flat { price_per_kwh: 0.12 }),
                demand_charge_per_kw_month: 0.0,
                notes: Some(
                    "Day-ahead price of the German market zone, measured. Assumed: 19 % VAT on it, 0.20 EUR/kWh for \
                     grid, taxes and levies, 0.12 EUR/kWh for what is fed in."
                        .to_owned(),
                ),
            },
        ),
        site: (
            id(0x102),
            NewSite {
                name: "House with solar, Konstanz".to_owned(),
                team: None,
                time_zone: "Europe/Berlin".to_owned(),
                currency: "EUR".to_owned(),
                location: Some(Location { lat: 47.66, lon: 9.18 }),
                grid: SiteGrid { import_max_kw: 24.0, export_max_kw: 10.0 },
                tariff_id: Some(id(2)),
                carbon_kg_per_kwh: Some(0.52),
                step_s: 3_600,
                notes: Some(
                    "Load and solar measured: Open Power System Data, household data (CC BY 4.0), March 2016. \
                     Assumed: battery, connection, carbon intensity (German mix of 2016)."
                        .to_owned(),
                ),
            },
        ),
        assets: vec![
            asset(0x121, "House", AssetSpec::Load { channel: "load".to_owned() }),
            asset(0x122, "Roof", AssetSpec::Pv { channel: "pv".to_owned(), curtailable: true, peak_kw: Some(10.0) }),
            asset(0x123, "Home battery", battery(10.0, 5.0, 0.03)),
        ],
        readings: (HOUSE, map(&["load_kw:load:kW", "pv_kw:pv:kW", "price_eur_per_mwh:price:currency_per_MWh"])),
    }
}
