//! Tariffs: made and read, never changed.

use super::sites::taken;
use crate::{
    App,
    check::{Fields, minutes},
    store::tariffs,
};
use nqba_contracts::energy::{NewTariff, Price, PriceWindow, Tariff};
use nqba_core::{Ctx, Error, Page, PageQuery, Result};
use nqba_runtime::{Tx, db::map};
use sea_orm::{ActiveValue::Set, EntityTrait};
use std::sync::Arc;
use uuid::Uuid;

const MAX_WINDOWS: usize = 64;

pub(crate) fn wire(row: tariffs::Model) -> Result<Tariff> {
    let price = |text: &str| serde_json::from_str::<Price>(text).map_err(Error::internal);
    Ok(Tariff {
        id: row.id,
        name: row.name,
        currency: row.currency,
        import: price(&row.import)?,
        export: row.export.as_deref().map(price).transpose()?,
        demand_charge_per_kw_month: row.demand_charge_per_kw_month,
        notes: row.notes,
        created_at: row.created_at,
    })
}

pub(crate) async fn list(app: &App, query: &PageQuery) -> Result<Page<Tariff>> {
    let page = tariffs::page(app.db.reader(), query.limit()?, query.cursor()?).await?;
    let items = page.items.into_iter().map(wire).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub(crate) async fn read(app: &App, id: Uuid) -> Result<Arc<Tariff>> {
    if let Some(known) = app.tariffs.get(&id) {
        return Ok(known);
    }
    let row = tariffs::find(app.db.reader(), id).await?.ok_or_else(|| Error::not_found("tariff"))?;
    let tariff = Arc::new(wire(row)?);
    app.tariffs.insert(id, Arc::clone(&tariff));
    Ok(tariff)
}

fn check(new: &NewTariff) -> Result<()> {
    let mut f = Fields::default();
    f.name("/name", &new.name);
    f.currency("/currency", &new.currency);
    check_price(&mut f, "/import", &new.import);
    if let Some(price) = &new.export {
        check_price(&mut f, "/export", price);
    }
    f.amount("/demand_charge_per_kw_month", new.demand_charge_per_kw_month, "");
    f.notes("/notes", new.notes.as_deref());
    f.done()
}

fn check_price(f: &mut Fields, at: &str, price: &Price) {
    match price {
        Price::Flat { price_per_kwh } => f.price(&format!("{at}/price_per_kwh"), *price_per_kwh),
        Price::Dynamic { channel, factor, adder_per_kwh } => {
            f.channel(&format!("{at}/channel"), channel);
            f.number(&format!("{at}/factor"), *factor, 0.0, 1000.0, "");
            f.price(&format!("{at}/adder_per_kwh"), *adder_per_kwh);
        }
        Price::TimeOfUse { default_price_per_kwh, windows } => {
            f.price(&format!("{at}/default_price_per_kwh"), *default_price_per_kwh);
            if windows.len() > MAX_WINDOWS {
                let text = format!("There are {} windows; at most {MAX_WINDOWS}.", windows.len());
                f.refuse(format!("{at}/windows"), "too_many", text);
            }
            for (i, window) in windows.iter().enumerate().take(MAX_WINDOWS) {
                check_window(f, &format!("{at}/windows/{i}"), window);
            }
        }
    }
}

fn check_window(f: &mut Fields, at: &str, window: &PriceWindow) {
    f.name(&format!("{at}/name"), &window.name);
    f.price(&format!("{at}/price_per_kwh"), window.price_per_kwh);
    let from = f.time(&format!("{at}/from_time"), &window.from_time);
    match minutes(&window.to_time) {
        None => f.refuse(format!("{at}/to_time"), "malformed", "Write HH:MM; 24:00 is midnight."),
        Some(to) if to == from => f.refuse(format!("{at}/to_time"), "out_of_order", "The window is empty."),
        Some(_) => {}
    }
    for (field, list, most) in [("months", &window.months, 12), ("weekdays", &window.weekdays, 7)] {
        if let Some(i) = list.iter().position(|n| !(1..=most).contains(n)) {
            let text = format!("{field} holds {}; they are 1 to {most}.", list[i]);
            f.refuse(format!("{at}/{field}/{i}"), "out_of_range", text);
        } else if list.len() > usize::from(most) {
            f.refuse(format!("{at}/{field}"), "too_many", format!("{field} names some more than once."));
        }
    }
}

/// Makes a tariff within the caller's transaction.
pub(crate) async fn create(tx: &Tx, ctx: &Ctx, id: Uuid, new: &NewTariff) -> Result<Tariff> {
    // A tariff belongs to no team: everybody of the unit sees it, and it stays.
    if !ctx.sees(crate::NAME, None) {
        return Err(Error::forbidden("Tariffs hold for the whole unit; your roles reach a team's records only."));
    }
    check(new)?;
    if tariffs::name_is_taken(&**tx, new.name.trim()).await? {
        return Err(taken("There is a tariff with this name; tariffs are never changed, so choose a new name."));
    }
    let json = |price: &Price| serde_json::to_string(price).map_err(Error::internal);
    let row = tariffs::ActiveModel {
        id: Set(id),
        name: Set(new.name.trim().to_owned()),
        currency: Set(new.currency.clone()),
        import: Set(json(&new.import)?),
        export: Set(new.export.as_ref().map(json).transpose()?),
        demand_charge_per_kw_month: Set(new.demand_charge_per_kw_month),
        notes: Set(new.notes.clone()),
        created_at: Set(tx.now()),
    };
    wire(tariffs::Entity::insert(row).exec_with_returning(&**tx).await.map_err(map)?)
}
