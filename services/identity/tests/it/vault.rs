//! What lies in the database and beside it: sealed, with a key of its own; and the ways in from the command line.

use crate::support::*;
use http::Method;
use nqba_contracts::identity::{NewUser, RoleBinding, UserChanged};
use nqba_core::{Code, Event};
use nqba_runtime::db::map;
use nqba_testkit::{Harness, everywhere};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use std::{fs, io, sync::Arc};

everywhere!(a_command_beside_the_server_makes_a_user_and_its_event_arrives, start, |h| async move {
    make(&h, "first@example.com", "founder", "group").await;
    // Another process: a database handle of its own, whose outbox wakes nobody here.
    let db = h.rt.runtime.database("identity", nqba_identity::migrations).await.unwrap();
    let new = |email: &str| NewUser {
        email: email.into(),
        display_name: Some("Ada".into()),
        password: PASSWORD.into(),
        roles: vec![RoleBinding { role: "founder".into(), scope: "group".into() }],
    };
    let settings = &h.rt.runtime.settings;
    let made = nqba_identity::create_user(&db, settings, new("ada@example.com")).await.unwrap();
    let taken = nqba_identity::create_user(&db, settings, new("ADA@example.com")).await.unwrap_err();
    assert_eq!((taken.code(), taken.fields()[0].pointer.as_str()), (Code::Conflict, "/email"));
    let mut bad = new("bob@example.com");
    bad.password = "short".into();
    assert_eq!(nqba_identity::create_user(&db, settings, bad).await.unwrap_err().code(), Code::Invalid);
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    h.settle().await;
    let events = h.events(UserChanged::TYPE).await;
    assert!(events.iter().any(|e| e.data::<UserChanged>().unwrap().user_id == made.id));
});

everywhere!(the_demos_founder_signs_in_as_printed, start, |h| async move {
    let settings = &h.rt.runtime.settings;
    assert!(!nqba_identity::has_users(&h.db).await.unwrap());
    let (email, password) = nqba_identity::ensure_demo_user(&h.db, settings).await.unwrap().unwrap();
    let answer = sign_in(&h, &email, &password).await.expect(201);
    assert_eq!(claims(&h, &answer).await.scope, "founder@group");
    assert!(nqba_identity::has_users(&h.db).await.unwrap());
    assert_eq!(nqba_identity::ensure_demo_user(&h.db, settings).await.unwrap(), None);
});

everywhere!(a_wrong_or_missing_key_file_is_said_with_what_to_do, start, |h| async move {
    make(&h, "ada@example.com", "founder", "group").await;
    let file = h.rt.dir().join("identity.key");
    let key = fs::read(&file).unwrap();
    let refused = || async {
        let error = nqba_identity::start(&h.rt.runtime).await.err().expect("it does not start");
        let new =
            NewUser { email: "b@example.com".into(), display_name: None, password: PASSWORD.into(), roles: vec![] };
        let same = nqba_identity::create_user(&h.db, &h.rt.runtime.settings, new).await.unwrap_err();
        assert_eq!(error.message(), same.message());
        error.message().to_owned()
    };
    fs::remove_file(&file).unwrap();
    assert!(refused().await.contains("identity.key is missing"));
    assert!(!file.exists(), "no new key is made for old data");
    fs::write(&file, &key[..9]).unwrap();
    assert!(refused().await.contains("has 9 bytes and must have 32"));
    fs::write(&file, [7; 32]).unwrap();
    let text = refused().await;
    assert!(text.contains("does not open the data") && text.contains("from the backup"), "{text}");
    fs::write(&file, key).unwrap();
    nqba_identity::start(&h.rt.runtime).await.unwrap();
});

/// Everything that was logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<parking_lot::Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

static LOG: std::sync::LazyLock<Log> = std::sync::LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).init();
    log
});

/// All that the databases hold: the files, or each row of each table as text.
async fn stored(h: &Harness) -> Vec<u8> {
    let db = h.db.reader();
    if db.get_database_backend() == DbBackend::Sqlite {
        let files = fs::read_dir(h.rt.dir()).unwrap().map(|e| e.unwrap().path());
        return files.filter(|p| p.is_file()).flat_map(|p| fs::read(p).unwrap()).collect();
    }
    let text = |sql: String| async move {
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.map_err(map).unwrap();
        rows.iter().map(|r| r.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('identity', 'bus')";
    let mut found = Vec::new();
    for table in text(tables.into()).await {
        // Bytes are written as hex; they are read back, so that plain text among them is found.
        for row in text(format!("SELECT t::text FROM {table} t")).await {
            for part in row.split("\\x").skip(1) {
                let digits: Vec<_> = part.bytes().take_while(u8::is_ascii_hexdigit).collect();
                let digits = digits.chunks_exact(2).map(|c| std::str::from_utf8(c).unwrap());
                found.extend(digits.map(|c| u8::from_str_radix(c, 16).unwrap()));
            }
            found.extend(row.into_bytes());
        }
    }
    found
}

everywhere!(no_address_name_or_secret_lies_open_anywhere, start, |h| async move {
    let log = LOG.clone();
    let write = founder("identity:users:write");
    let body =
        json!({ "email": "hidden.person@secret-place.example", "display_name": "Hidden Person", "password": PASSWORD });
    let key = [("idempotency-key", "marker-of-the-key")];
    let path = "/api/v1/identity/users";
    let made = h.call_with(&write, Method::POST, path, Some(body.clone()), &key).await.expect(201);
    let again = h.call_with(&write, Method::POST, path, Some(body), &key).await.expect(201);
    assert_eq!(made.body, again.body);
    let id = made.json()["id"].as_str().unwrap().parse().unwrap();
    let renamed = json!({ "display_name": "Hidden Name", "roles": [{ "role": "founder", "scope": "group" }] });
    let changed = patch(&h, &write, id, renamed).await.expect(200);
    let told = nqba_runtime::web::audit::take(&mut changed.headers.clone()).unwrap();
    sign_in(&h, "hidden.person@secret-place.example", "wrong").await.expect(401);
    let answer = sign_in(&h, "hidden.person@secret-place.example", PASSWORD).await.expect(201);
    refresh(&h, &token(&answer)).await.expect(200);
    let expires_at = nqba_core::now_us() + chrono::TimeDelta::days(1);
    let new = json!({ "name": "marker of the name", "roles": [{ "role": "service", "scope": "group" }], "expires_at": expires_at });
    let maker = user(id, "founder", "identity:api_keys:write");
    let api_key = h.call(&maker, Method::POST, "/api/v1/identity/api-keys", Some(new)).await.expect(201).json();
    h.settle().await;
    let stored = stored(&h).await;
    let logged = log.0.lock().clone();
    let holds = |all: &[u8], text: &str| all.windows(text.len()).any(|w| w.eq_ignore_ascii_case(text.as_bytes()));
    assert!(holds(&stored, "marker-of-the-key") && holds(&stored, "marker of the name"), "the search finds things");
    assert!(holds(&logged, "call"), "the log is written");
    let api_secret = api_key["secret"].as_str().unwrap()[43..].to_owned();
    let refresh_code = token(&answer).rsplit('.').next().unwrap().to_owned();
    let access = answer.json()["access_token"].as_str().unwrap().to_owned();
    for secret in
        ["hidden.person", "secret-place", "Hidden Person", "Hidden Name", PASSWORD, &api_secret, &refresh_code, &access]
    {
        assert!(!holds(&stored, secret), "{secret} lies in the database");
        assert!(!holds(&logged, secret), "{secret} was logged");
        assert!(!holds(json!(told).to_string().as_bytes(), secret), "{secret} is told to the audit");
    }
});
