//! Sign-in, refresh with rotation, sign-out.

use crate::support::*;
use http::Method;
use nqba_core::{Actor, ActorKind, Ctx};
use nqba_testkit::{Answer, Backend, Case, Harness, Mounting, everywhere};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const PATH: &str = "/api/v1/identity/sessions";

fn oneself(id: Uuid, session: Uuid, permission: &'static str) -> Ctx {
    let mut ctx = user(id, "analyst", permission);
    ctx.actor = Actor { id, kind: ActorKind::User, session: Some(session) };
    ctx
}

async fn open(h: &Harness, id: Uuid, session: Uuid) -> Vec<Value> {
    let answer = h.call(&oneself(id, session, "identity:self:read"), Method::GET, PATH, None).await.expect(200);
    answer.json()["items"].as_array().unwrap().clone()
}

async fn one(h: &Harness, sql: &str) -> String {
    let db = h.db.reader();
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn count(h: &Harness, table: &str) -> i64 {
    one(h, &format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).await.parse().unwrap()
}

everywhere!(a_sign_in_gives_a_token_that_the_published_key_verifies, start, |h| async move {
    let ada = make(&h, "Ada@Example.com", "operator", "team:energy/north").await;
    let before = nqba_core::now_us().timestamp();
    let answer = sign_in(&h, "  aDa@example.COM ", PASSWORD).await.expect(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let cookie = answer.header("set-cookie");
    for part in ["__Host-nqba_refresh=", "; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Max-Age=604800;"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let body = answer.json();
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_i64()), (Some("Bearer"), Some(600)));
    let claims = claims(&h, &answer).await;
    assert_eq!((claims.sub, claims.scope.as_str()), (ada.id, "operator@team:energy/north"));
    assert_eq!((claims.iss.as_str(), claims.aud.as_str()), ("nqba", "nqba-gateway"));
    assert!((before..=before + 60).contains(&claims.iat), "{claims:?}");
    assert_eq!((claims.nbf, claims.exp), (claims.iat, claims.iat + 600));
    let sessions = open(&h, ada.id, claims.sid).await;
    assert_eq!((sessions.len(), sessions[0]["id"].as_str()), (1, Some(claims.sid.to_string().as_str())));
    assert_eq!((&sessions[0]["current"], &sessions[0]["user_agent"]), (&json!(true), &json!("tests/1")));
    assert_eq!(sessions[0]["client_ip"], "192.0.2.7");
    let path = format!("/api/v1/identity/users/{}", ada.id);
    let read = h.call(&founder("identity:users:read"), Method::GET, &path, None).await.expect(200).json();
    assert_eq!(read["last_sign_in_at"], sessions[0]["created_at"]);
    let again = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    assert_ne!(token(&again), token(&answer));
    assert_ne!(self::claims(&h, &again).await.jti, claims.jti);
    assert_eq!(open(&h, ada.id, claims.sid).await.len(), 2);
});

everywhere!(who_is_unknown_wrong_or_disabled_gets_one_answer, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let off = make(&h, "off@example.com", "analyst", "unit:energy").await;
    patch(&h, &founder("identity:users:write"), off.id, json!({ "enabled": false })).await.expect(200);
    let told = |a: &Answer| {
        let mut body = a.json();
        (body["request_id"], body["instance"]) = (Value::Null, Value::Null);
        (a.status, body, a.header("www-authenticate").to_owned(), a.header("set-cookie").to_owned())
    };
    let wrong = sign_in(&h, "ada@example.com", "seven green lamps over the rivers").await.expect(401);
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        ("off@example.com", PASSWORD),
        ("ada@example.com", ""),
        ("", ""),
        ("ada@example.com", &"x".repeat(100_000)),
        (&"\u{0}".repeat(10_000), "\u{0}"),
    ] {
        assert_eq!(told(&sign_in(&h, email, password).await), told(&wrong), "{email:.40}");
    }
    for body in [json!({}), json!({ "email": 7, "password": "x" }), json!({ "email": "x", "password": "x", "y": 1 })] {
        h.call(&nobody(), Method::POST, PATH, Some(body)).await.expect(422);
    }
});

everywhere!(ten_failures_close_an_account_for_a_quarter_of_an_hour, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    make(&h, "bob@example.com", "analyst", "unit:energy").await;
    let open = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    for email in ["ada@example.com", "nobody@example.com"] {
        sign_in(&h, email, "wrong").await.expect(401);
        pass(&h, 60);
        for _ in 0..9 {
            sign_in(&h, email, "wrong").await.expect(401);
        }
        let refused = sign_in(&h, &email.to_uppercase(), PASSWORD).await.expect(429);
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((700..=841).contains(&wait), "{wait} s are left of the oldest of ten failures");
    }
    sign_in(&h, "bob@example.com", PASSWORD).await.expect(201);
    let open = token(&refresh(&h, &open).await.expect(200));
    // The oldest failure no longer counts: one more try, and a right one again when the other nine do not.
    pass(&h, 781);
    sign_in(&h, "ada@example.com", "wrong").await.expect(401);
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(429);
    pass(&h, 60);
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    for _ in 0..9 {
        sign_in(&h, "ada@example.com", "wrong").await.expect(401);
    }
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    refresh(&h, &open).await.expect(200);
});

everywhere!(guesses_that_begin_together_are_counted_all_the_same, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let guesses = (0..40).map(|_| {
        let h = h.clone();
        tokio::spawn(async move { sign_in(&h, "ada@example.com", "wrong").await.status.as_u16() })
    });
    let mut answers = Vec::new();
    for guess in guesses.collect::<Vec<_>>() {
        answers.push(guess.await.unwrap());
    }
    let told = answers.iter().filter(|s| **s == 401).count();
    // PostgreSQL has four connections here, so up to three more may have been under way.
    assert!((10..=13).contains(&told), "{told} of 40 guesses were answered");
    assert!(answers.iter().all(|s| [401, 429].contains(s)), "{answers:?}");
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(429);
});

everywhere!(a_refresh_token_is_good_once_and_its_replay_ends_the_session, start, |h| async move {
    let ada = make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let first = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let session = claims(&h, &first).await.sid;
    pass(&h, 300);
    let second = refresh(&h, &token(&first)).await.expect(200);
    assert_eq!(second.header("cache-control"), "no-store");
    assert_ne!(token(&second), token(&first));
    let fresh = claims(&h, &second).await;
    assert_eq!((fresh.sid, fresh.sub), (session, ada.id));
    assert!(fresh.iat >= claims(&h, &first).await.iat + 300);
    // The answer was lost: the same token gives the same next one, and nothing more is rotated.
    pass(&h, 8);
    let lost = refresh(&h, &token(&first)).await.expect(200);
    assert_eq!(token(&lost), token(&second));
    let third = refresh(&h, &token(&second)).await.expect(200);
    assert!(revocations(&h).await.is_empty());
    pass(&h, 11);
    let replayed = refresh(&h, &token(&second)).await.expect(401);
    assert_eq!(replayed.header("set-cookie"), "");
    assert_eq!(revocations(&h).await, [(ada.id, Some(session), "refresh_replayed".into())]);
    refresh(&h, &token(&third)).await.expect(401);
    assert_eq!(revocations(&h).await.len(), 1, "an ended session is revoked once");
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
});

everywhere!(the_token_before_the_one_before_has_no_leeway, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let first = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    let second = token(&refresh(&h, &first).await.expect(200));
    refresh(&h, &second).await.expect(200);
    refresh(&h, &first).await.expect(401);
    assert_eq!(revocations(&h).await.len(), 1);
});

everywhere!(tabs_that_refresh_at_once_do_not_end_each_other, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let mut present = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    for round in 0..3 {
        let tabs: Vec<_> = (0..8)
            .map(|_| {
                let (h, present) = (h.clone(), present.clone());
                tokio::spawn(async move { refresh(&h, &present).await })
            })
            .collect();
        let mut next = Vec::new();
        for tab in tabs {
            let answer = tab.await.unwrap().expect(200);
            claims(&h, &answer).await;
            next.push(token(&answer));
        }
        assert!(next.iter().all(|t| *t == next[0] && *t != present), "round {round}: {next:?}");
        present.clone_from(&next[0]);
        pass(&h, 600);
    }
    assert!(revocations(&h).await.is_empty());
});

everywhere!(a_token_that_was_never_given_out_ends_nothing, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let good = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    let other = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    let parts: Vec<_> = good.split('.').collect();
    let code = other.split('.').nth(2).unwrap();
    let (id, own) = (parts[0], parts[2]);
    for bad in [
        String::new(),
        "x".into(),
        "..".into(),
        format!("{id}.0.{code}"),
        format!("{id}.0."),
        format!("{id}.1.{own}"),
        format!("{id}.-1.{own}"),
        format!("{id}.00.{own}"),
        format!("{id}.99999999999999999999.{own}"),
        format!("{id}.0.{own}.0"),
        format!("{}.0.{own}", Uuid::now_v7().simple()),
        format!("{}.0.{own}", Uuid::try_parse(id).unwrap()),
    ] {
        pass(&h, 20);
        refresh(&h, &bad).await.expect(401);
    }
    assert!(revocations(&h).await.is_empty());
    let cookie = format!("__Host-nqba_refresh={good}");
    let path = "/api/v1/identity/sessions/refresh";
    h.call_with(&nobody(), Method::POST, path, None, &[("cookie", &cookie)]).await.expect(403);
    h.call_with(&nobody(), Method::POST, path, None, &[("x-csrf-protection", "1")]).await.expect(401);
    refresh(&h, &good).await.expect(200);
    refresh(&h, &other).await.expect(200);
});

everywhere!(a_session_ends_when_unused_and_in_any_case_in_the_end, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let day = 86_400;
    let unused = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    pass(&h, 7 * day + 1);
    refresh(&h, &unused).await.expect(401);
    let mut answer = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    for _ in 0..4 {
        pass(&h, 6 * day);
        answer = refresh(&h, &token(&answer)).await.expect(200);
    }
    pass(&h, 5 * day);
    answer = refresh(&h, &token(&answer)).await.expect(200);
    let left = answer.header("set-cookie").split("Max-Age=").nth(1).unwrap().split(';').next().unwrap();
    assert!((day - 60..day).contains(&left.parse().unwrap()), "{left} s of the 30 days are left");
    pass(&h, day);
    refresh(&h, &token(&answer)).await.expect(401);
});

everywhere!(one_ends_ones_own_sessions_and_no_other, start, |h| async move {
    let ada = make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let bob = make(&h, "bob@example.com", "analyst", "unit:energy").await;
    let here = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let there = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let (s, t) = (claims(&h, &here).await.sid, claims(&h, &there).await.sid);
    let end = |who: Uuid, session: Uuid, path: String| {
        let (h, ctx) = (h.clone(), oneself(who, session, "identity:self:write"));
        async move { h.call(&ctx, Method::DELETE, &path, None).await }
    };
    end(bob.id, Uuid::now_v7(), format!("{PATH}/{t}")).await.expect(404);
    end(ada.id, s, format!("{PATH}/{t}")).await.expect(204);
    end(ada.id, s, format!("{PATH}/{t}")).await.expect(404);
    refresh(&h, &token(&there)).await.expect(401);
    let open_now = open(&h, ada.id, s).await;
    assert_eq!((open_now.len(), open_now[0]["id"].as_str()), (1, Some(s.to_string().as_str())));
    let out = end(ada.id, s, format!("{PATH}/current")).await.expect(204);
    assert!(out.header("set-cookie").starts_with("__Host-nqba_refresh=; Path=/; Max-Age=0;"));
    refresh(&h, &token(&here)).await.expect(401);
    assert!(open(&h, ada.id, s).await.is_empty());
    let reasons = ["session_ended", "signed_out"].map(str::to_owned);
    let expected: Vec<_> = [t, s].into_iter().zip(reasons).map(|(id, why)| (ada.id, Some(id), why)).collect();
    assert_eq!(revocations(&h).await, expected);
    let key = user(ada.id, "analyst", "identity:self:write");
    h.call(&key, Method::DELETE, &format!("{PATH}/current"), None).await.expect(404);
});

everywhere!(a_refresh_sees_what_the_user_may_now, start, |h| async move {
    let ada = make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let first = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let write = founder("identity:users:write");
    let roles = json!({ "roles": [{ "role": "auditor", "scope": "group" }] });
    patch(&h, &write, ada.id, roles).await.expect(200);
    let second = refresh(&h, &token(&first)).await.expect(200);
    assert_eq!(claims(&h, &second).await.scope, "auditor@group");
    patch(&h, &write, ada.id, json!({ "enabled": false })).await.expect(200);
    refresh(&h, &token(&second)).await.expect(401);
    patch(&h, &write, ada.id, json!({ "enabled": true })).await.expect(200);
    refresh(&h, &token(&second)).await.expect(401);
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
});

everywhere!(a_hash_of_older_settings_is_renewed_at_sign_in, start, |h| async move {
    let mut settings = (*h.rt.runtime.settings).clone();
    settings.identity.argon2_iterations = 3;
    let roles = Vec::new();
    let new = nqba_contracts::identity::NewUser {
        email: "ada@example.com".into(),
        display_name: None,
        password: PASSWORD.into(),
        roles,
    };
    nqba_identity::create_user(&h.db, &Arc::new(settings), new).await.unwrap();
    let hash = "SELECT password_hash FROM users";
    assert!(one(&h, hash).await.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"));
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let renewed = one(&h, hash).await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    assert_eq!(one(&h, hash).await, renewed);
});

everywhere!(what_has_ended_goes_in_time, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let old = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    sign_in(&h, "nobody@example.com", "wrong").await.expect(401);
    pass(&h, 8 * 86_400);
    let open = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    assert_eq!((count(&h, "sessions").await, count(&h, "sign_in_failures").await), (2, 1));
    // Housekeeping begins with every start.
    pass(&h, 6 * 86_400 + 3_600);
    let _second = start(&h.rt.runtime).await.unwrap();
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while (count(&h, "sessions").await, count(&h, "sign_in_failures").await) != (1, 0) {
        assert!(tokio::time::Instant::now() < until, "nothing was removed");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    refresh(&h, &old).await.expect(401);
    refresh(&h, &open).await.expect(200);
});

/// Where rows are locked one by one, a change of roles that is under way must not be overtaken: a token with the old
/// roles would be younger than the revocation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_issued_beside_a_change_of_roles_waits_for_it() {
    let case = Case { backend: Backend::Postgres, mounting: Mounting::Local };
    let h = Harness::start(case, |rt| Box::pin(async move { start(&rt).await })).await;
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let cookie = token(&sign_in(&h, "ada@example.com", PASSWORD).await.expect(201));
    for (round, role) in ["auditor", "council_member"].into_iter().enumerate() {
        let tx = h.db.begin().await.unwrap();
        let change = format!(r#"UPDATE users SET roles = '[{{"role":"{role}","scope":"group"}}]'"#);
        tx.execute_unprepared(&change).await.unwrap();
        let (twin, cookie) = (h.clone(), cookie.clone());
        let issued = tokio::spawn(async move {
            if round == 0 { refresh(&twin, &cookie).await } else { sign_in(&twin, "ada@example.com", PASSWORD).await }
        });
        let waiting = "SELECT CAST(COUNT(*) AS TEXT) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock'";
        while !issued.is_finished() && one(&h, waiting).await == "0" {
            tokio::task::yield_now().await;
        }
        tx.commit().await.unwrap();
        let answer = issued.await.unwrap();
        assert_eq!(claims(&h, &answer).await.scope, format!("{role}@group"));
    }
    h.end().await;
}
