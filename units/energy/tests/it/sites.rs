//! Sites: made once, seen by whom they concern, changed by version, removed whole.

use crate::support::*;
use http::Method;
use nqba_testkit::{acting, everywhere};
use serde_json::{Value, json};

everywhere!(a_site_comes_back_as_it_went, start, |h| async {
    let mut new = site("Depot");
    new["location"] = json!({"lat": 47.5, "lon": 9.0});
    new["carbon_kg_per_kwh"] = json!(0.38);
    new["notes"] = json!("two\nlines");
    let answer = post(&h, "energy:sites:write", "/sites", new.clone()).await.expect(201);
    let made = answer.json();
    assert_eq!(answer.header("location"), format!("{BASE}/sites/{}", id(&made)));
    assert_eq!(answer.header("etag"), "\"v1\"");
    let read = get(&h, "energy:sites:read", &format!("/sites/{}", id(&made))).await.expect(200).json();
    assert_eq!(read, made);
    for (key, value) in new.as_object().unwrap() {
        assert_eq!(&read[key], value, "{key}");
    }
    assert_eq!((&read["asset_count"], &read["last_reading_at"]), (&json!(0), &Value::Null));
    let list = get(&h, "energy:sites:read", "/sites").await.expect(200).json();
    assert_eq!(list["items"], json!([made]));
    h.settle().await;
    let events = h.events("com.nqba.energy.site.changed.v1").await;
    assert_eq!(events[0].data["change"], "created");
});

everywhere!(what_does_not_hold_is_named, start, |h| async {
    let cases = [
        ("name", json!(" "), "/name"),
        ("time_zone", json!("Berlin"), "/time_zone"),
        ("currency", json!("euro"), "/currency"),
        ("grid", json!({"import_max_kw": -1.0, "export_max_kw": 0.0}), "/grid/import_max_kw"),
        ("grid", json!({"import_max_kw": "NaN", "export_max_kw": 0.0}), "/grid/import_max_kw"),
        ("step_s", json!(901), "/step_s"),
        ("location", json!({"lat": 91.0, "lon": 0.0}), "/location/lat"),
        ("team", json!("a b"), "/team"),
        ("tariff_id", json!("01933000-0000-7000-8000-0000000000ff"), "/tariff_id"),
        ("sise", json!(1), "/sise"),
        ("notes", json!("\u{0}"), "/notes"),
    ];
    for (key, value, pointer) in cases {
        let mut new = site("Depot");
        new[key] = value;
        let answer = post(&h, "energy:sites:write", "/sites", new).await.expect(422);
        assert_eq!(answer.pointers(), [pointer], "{key}");
    }
    made(&h, "energy:sites:write", "/sites", site("Depot")).await;
    let again = post(&h, "energy:sites:write", "/sites", site("Depot")).await.expect(409);
    assert_eq!(again.pointers(), ["/name"]);
});

everywhere!(a_site_is_changed_by_its_version, start, |h| async {
    let made = made(&h, "energy:sites:write", "/sites", site("Depot")).await;
    let path = format!("{BASE}/sites/{}", id(&made));
    let ctx = manager("energy:sites:write");
    let mut new = site("Yard");
    new["team"] = json!("north");
    let put = |tag: Option<&'static str>| {
        let (h, ctx, path, new) = (h.clone(), ctx.clone(), path.clone(), new.clone());
        async move {
            let headers: Vec<_> = tag.map(|t| ("if-match", t)).into_iter().collect();
            h.call_with(&ctx, Method::PUT, &path, Some(new), &headers).await
        }
    };
    put(None).await.expect(428);
    put(Some("\"v7\"")).await.expect(412);
    let changed = put(Some("\"v1\"")).await.expect(200);
    assert_eq!((changed.json()["name"].as_str(), changed.header("etag")), (Some("Yard"), "\"v2\""));
    let audit = changed.headers.get("x-nqba-audit").expect("the audit learns what changed");
    assert!(!audit.is_empty());
    put(Some("\"v1\"")).await.expect(412);
    h.call_with(&ctx, Method::DELETE, &path, None, &[("if-match", "\"v1\"")]).await.expect(412);
    h.call_with(&ctx, Method::DELETE, &path, None, &[("if-match", "\"v2\"")]).await.expect(204);
    h.call(&manager("energy:sites:read"), Method::GET, &path, None).await.expect(404);
});

everywhere!(a_team_sees_its_own_sites_and_no_others, start, |h| async {
    let mut north = site("North");
    north["team"] = json!("north");
    let north = made(&h, "energy:sites:write", "/sites", north).await;
    let south = made(&h, "energy:sites:write", "/sites", site("South")).await;
    let reader = acting("operator", "team:energy/north", "energy:sites:read");
    let list = h.call(&reader, Method::GET, &format!("{BASE}/sites"), None).await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [id(&north)]);
    let read = |site: &Value| format!("{BASE}/sites/{}", id(site));
    h.call(&reader, Method::GET, &read(&north), None).await.expect(200);
    h.call(&reader, Method::GET, &read(&south), None).await.expect(404);
    for below in ["assets", "channels", "readings"] {
        let permission = if below == "assets" { "energy:sites:read" } else { "energy:readings:read" };
        let reader = acting("operator", "team:energy/north", permission);
        h.call(&reader, Method::GET, &format!("{}/{below}", read(&south)), None).await.expect(404);
        h.call(&reader, Method::GET, &format!("{}/{below}", read(&north)), None).await.expect(200);
    }
    let writer = acting("unit_manager", "team:energy/north", "energy:sites:write");
    let refused = h.call(&writer, Method::POST, &format!("{BASE}/sites"), Some(site("East"))).await.expect(403);
    assert_eq!(refused.pointers(), ["/team"]);
    let stranger = acting("unit_manager", "unit:finance", "energy:sites:read");
    let list = h.call(&stranger, Method::GET, &format!("{BASE}/sites"), None).await.expect(200).json();
    assert_eq!(list["items"], json!([]), "a scope in another unit reaches nothing here");
});

everywhere!(a_repeated_request_makes_one_site, start, |h| async {
    let ctx = manager("energy:sites:write");
    let path = format!("{BASE}/sites");
    let send = |name: &'static str| {
        let (h, ctx, path) = (h.clone(), ctx.clone(), path.clone());
        async move { h.call_with(&ctx, Method::POST, &path, Some(site(name)), &[("idempotency-key", "k1")]).await }
    };
    let (a, b) = tokio::join!(send("Depot"), send("Depot"));
    let (a, b) = (a.expect(201), b.expect(201));
    assert_eq!(a.body, b.body);
    let replayed = [&a, &b].iter().filter(|x| x.header("idempotency-replayed") == "true").count();
    assert_eq!(replayed, 1);
    send("Yard").await.expect(422);
    let list = get(&h, "energy:sites:read", "/sites").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
});

everywhere!(lists_are_read_page_by_page, start, |h| async {
    for n in 0..5 {
        made(&h, "energy:sites:write", "/sites", site(&format!("Site {n}"))).await;
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(&h, "energy:sites:read", &format!("/sites?limit=2{cursor}")).await.expect(200).json();
        names.extend(page["items"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["Site 0", "Site 1", "Site 2", "Site 3", "Site 4"]);
    for bad in ["limit=0", "limit=201", "limit=x", "cursor=x", "sort=name"] {
        get(&h, "energy:sites:read", &format!("/sites?{bad}")).await.expect(422);
    }
});

everywhere!(removing_a_site_removes_all_that_hangs_on_it, start, |h| async {
    let site = ready(&h, "Depot").await;
    let run = json!({"site_id": site["id"]});
    let run = post(&h, "energy:optimizations:write", "/optimizations", run).await.expect(202).json();
    let path = format!("{BASE}/sites/{}", id(&site));
    let ctx = manager("energy:sites:write");
    h.call_with(&ctx, Method::DELETE, &path, None, &[("if-match", "*")]).await.expect(204);
    get(&h, "energy:optimizations:read", &format!("/optimizations/{}", id(&run))).await.expect(404);
    let again = ready(&h, "Depot 2").await;
    let channels = get(&h, "energy:readings:read", &format!("/sites/{}/channels", id(&again))).await.json();
    assert_eq!(channels["items"][0]["count"], 192);
});
