//! Tariffs: made once, never changed.

use crate::support::*;
use http::Method;
use nqba_testkit::{acting, everywhere};
use serde_json::{Value, json};

fn tariff(import: Value) -> Value {
    json!({"name": "Prices", "currency": "EUR", "import": import})
}

fn windows(window: Value) -> Value {
    json!({"type": "time_of_use", "default_price_per_kwh": 0.2, "windows": [window]})
}

everywhere!(every_price_comes_back_as_it_went, start, |h| async {
    let window = json!({"name": "peak", "months": [1, 2], "weekdays": [1], "from_time": "22:00", "to_time": "06:00", "price_per_kwh": -0.1});
    let prices = [
        json!({"type": "flat", "price_per_kwh": 0.3}),
        windows(window),
        json!({"type": "dynamic", "channel": "price", "factor": 1.19, "adder_per_kwh": 0.2}),
    ];
    for (n, price) in prices.into_iter().enumerate() {
        let mut new = tariff(price.clone());
        new["name"] = json!(format!("Prices {n}"));
        new["export"] = price;
        new["demand_charge_per_kw_month"] = json!(9.5);
        let made = made(&h, "energy:tariffs:write", "/tariffs", new.clone()).await;
        let read = get(&h, "energy:tariffs:read", &format!("/tariffs/{}", id(&made))).await.expect(200).json();
        assert_eq!(read, made);
        for (key, value) in new.as_object().unwrap() {
            assert_eq!(&read[key], value, "{key}");
        }
    }
    let list = get(&h, "energy:tariffs:read", "/tariffs").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    let mut again = tariff(json!({"type": "flat", "price_per_kwh": 0.3}));
    again["name"] = json!("Prices 1");
    assert_eq!(post(&h, "energy:tariffs:write", "/tariffs", again).await.expect(409).pointers(), ["/name"]);
});

everywhere!(who_reaches_a_team_only_makes_no_tariff, start, |h| async {
    let ctx = acting("unit_manager", "team:energy/north", "energy:tariffs:write");
    let new = tariff(json!({"type": "flat", "price_per_kwh": 0.3}));
    h.call(&ctx, Method::POST, &format!("{BASE}/tariffs"), Some(new)).await.expect(403);
});

everywhere!(what_is_no_price_is_named, start, |h| async {
    let window = |key: &str, value: Value| {
        let mut w = json!({"name": "peak", "from_time": "08:00", "to_time": "20:00", "price_per_kwh": 0.1});
        w[key] = value;
        tariff(windows(w))
    };
    let cases = [
        (window("from_time", json!("8:00")), "/import/windows/0/from_time"),
        (window("to_time", json!("08:00")), "/import/windows/0/to_time"),
        (window("months", json!([13])), "/import/windows/0/months/0"),
        (window("weekdays", json!([1, 0])), "/import/windows/0/weekdays/1"),
        (window("price_per_kwh", json!(1e12)), "/import/windows/0/price_per_kwh"),
        (tariff(json!({"type": "flat"})), "/import/price_per_kwh"),
        (tariff(json!({"type": "dynamic", "channel": ""})), "/import/channel"),
        (tariff(json!({"type": "magic"})), "/import/type"),
    ];
    for (new, pointer) in cases {
        assert_eq!(post(&h, "energy:tariffs:write", "/tariffs", new).await.expect(422).pointers(), [pointer]);
    }
});

everywhere!(a_site_takes_a_tariff_of_its_own_currency, start, |h| async {
    let mut new = tariff(json!({"type": "flat", "price_per_kwh": 0.3}));
    new["currency"] = json!("CHF");
    let made = made(&h, "energy:tariffs:write", "/tariffs", new).await;
    let mut depot = site("Depot");
    depot["tariff_id"] = made["id"].clone();
    assert_eq!(post(&h, "energy:sites:write", "/sites", depot).await.expect(422).pointers(), ["/tariff_id"]);
});
