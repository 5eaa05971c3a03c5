//! What fails around the server is told to the caller, loses nothing, and is over when it is over.

use crate::{
    client::{Api, Stream, problem},
    support::{FOUNDER, Place, SOON, Setup, eventually, run},
};
use nqba_testkit::postgres;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const TARIFFS: &str = "/api/v1/energy/tariffs";
const SITES: &str = "/api/v1/energy/sites";
const DATABASES: [&str; 4] = ["bus", "energy", "gateway", "identity"];

fn tariff(name: &str) -> Value {
    let import = json!({ "type": "flat", "price_per_kwh": 0.2 });
    json!({ "name": name, "currency": "EUR", "import": import, "notes": "n".repeat(1500) })
}

fn site(name: &str) -> Value {
    let grid = json!({ "import_max_kw": 1.0, "export_max_kw": 0.0 });
    json!({ "name": name, "time_zone": "UTC", "currency": "EUR", "grid": grid, "step_s": 900 })
}

/// Everything of a list, page by page.
async fn names(api: &Api, path: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}?limit=200{cursor}")).await.expect(200).json();
        found.extend(page["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// One connection of our own.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn open(dir: &Path, name: &str) -> DatabaseConnection {
    connect(&format!("sqlite://{}?mode=rw", dir.join(format!("{name}.db")).display())).await
}

/// A small disk of its own; gone with this.
struct Disk(PathBuf, #[allow(dead_code, reason = "removed when dropped")] tempfile::TempDir);

impl Disk {
    /// None when nothing may be mounted here.
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir.path());
        let mounted = mount.output().is_ok_and(|o| o.status.success());
        mounted.then(|| Self(dir.path().to_owned(), dir))
    }

    /// Takes all the space there is left.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_changes_something_and_loses_nothing() {
    let Some(disk) = Disk::mount("24m") else {
        eprintln!("not run: a full disk; mounting a tmpfs needs root");
        return;
    };
    let server = Setup::new(&disk.0).demo().start().await;
    let api = server.founder().await;
    let password = server.password().unwrap();
    let filler = disk.fill();
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    let until = Instant::now() + SOON;
    // What was freed inside the files is used up first.
    while refused.len() < 3 {
        assert!(Instant::now() < until, "{} were taken on a full disk", kept.len());
        let name = format!("Tariff {}", kept.len() + refused.len());
        let answer = api.post(TARIFFS, tariff(&name)).await;
        if answer.status == 201 {
            kept.push(name);
        } else {
            problem(&answer, 503, "unavailable");
            assert!(!answer.header("retry-after").is_empty());
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains("nothing was changed"), "{detail}");
            refused.push(name);
        }
    }
    api.get(SITES).await.expect(200);
    fs::remove_file(filler).unwrap();
    eventually("writing goes on", SOON, async || {
        (api.post(TARIFFS, tariff("After all")).await.status == 201).then_some(())
    })
    .await;
    kept.push("After all".to_owned());
    let all = names(&api, TARIFFS).await;
    assert!(kept.iter().all(|n| all.contains(n)), "what was answered with 201 is there");
    assert!(refused.iter().all(|n| !all.contains(n)), "what was refused is not");
    let run = eventually("runs go on", SOON, async || {
        let asked = json!({ "site_id": "01933000-0000-7000-8000-000000000102" });
        let headers = [("prefer", "wait=20")];
        let answer = api.call(http::Method::POST, "/api/v1/energy/optimizations", Some(asked), &headers).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!(run["status"], "succeeded", "{}", run["error"]);
    server.terminate().await;
    for name in DATABASES {
        let db = open(&disk.0, name).await;
        let answer = db.query_one_raw(statement(&db, "PRAGMA integrity_check")).await.unwrap().unwrap();
        assert_eq!(answer.try_get_by_index::<String>(0).unwrap(), "ok", "{name}");
    }
    let server = Setup::new(&disk.0).start().await;
    let api = server.api().sign_in(FOUNDER, &password).await;
    assert_eq!(names(&api, TARIFFS).await, all);
}

fn statement(db: &DatabaseConnection, sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(db.get_database_backend(), sql)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_program_holds_is_waited_for_and_then_told_of() {
    let place = Place::sqlite();
    let server = place.server().demo().start().await;
    let api = server.founder().await;
    for (name, word) in [("energy", "busy"), ("gateway", "recorded first")] {
        let other = open(place.dir(), name).await;
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        let began = Instant::now();
        let answer = api.post(TARIFFS, tariff(name)).await;
        problem(&answer, 503, "unavailable");
        assert!(answer.json()["detail"].as_str().unwrap().contains(word), "{}", answer.json());
        let took = began.elapsed();
        assert!((Duration::from_secs(4)..Duration::from_secs(9)).contains(&took), "{took:?}");
        api.get(TARIFFS).await.expect(200);
        other.execute_unprepared("ROLLBACK").await.unwrap();
        eventually("writing goes on", SOON, async || {
            (api.post(TARIFFS, tariff(name)).await.status == 201).then_some(())
        })
        .await;
    }
    // Short waits are only waits.
    let other = open(place.dir(), "energy").await;
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let waiting = tokio::spawn({
        let api = api.clone();
        async move { api.post(TARIFFS, tariff("Waited for")).await }
    });
    eventually("the call is on record", SOON, async || {
        let open = api.get("/api/v1/audit/records?outcome=open").await.expect(200).json();
        open["items"].as_array().unwrap().iter().any(|r| r["operation"] == "tariffs_create").then_some(())
    })
    .await;
    other.execute_unprepared("ROLLBACK").await.unwrap();
    waiting.await.unwrap().expect(201);
    // Facts wait for a bus that is held, and come when it is free.
    let mut stream = Stream::open(&api, None).await;
    let other = open(place.dir(), "bus").await;
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let made = api.post(SITES, site("Depot")).await.expect(201).json();
    other.execute_unprepared("ROLLBACK").await.unwrap();
    stream.until("com.nqba.energy.site.changed.v1", made["id"].as_str().unwrap(), SOON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ended_connections_to_postgres_are_opened_again() {
    let place = Place::postgres().await;
    let server = place.server().demo().start().await;
    let api = server.founder().await;
    let admin = connect(&place.database.as_ref().unwrap().url).await;
    let mut stream = Stream::open(&api, None).await;
    for round in 0..3 {
        let asked = json!({ "site_id": "01933000-0000-7000-8000-000000000101" });
        let run = api.post("/api/v1/energy/optimizations", asked).await.expect(202).json();
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE pid <> pg_backend_pid() AND datname = current_database()";
        let ended = admin.query_one_raw(statement(&admin, sql)).await.unwrap().unwrap();
        assert!(ended.try_get_by_index::<i64>(0).unwrap() > 3, "there were connections");
        api.get(SITES).await.expect(200);
        // A call that was just under way may have lost its connection; the next one has not.
        let name = format!("Depot {round}");
        eventually("writing goes on", SOON, async || {
            let answer = api.post(SITES, site(&name)).await;
            if answer.status != 201 {
                problem(&answer, 503, "unavailable");
            }
            (answer.status == 201).then_some(())
        })
        .await;
        let id = run["id"].as_str().unwrap();
        stream.until("com.nqba.energy.optimization.completed.v1", id, SOON).await;
        let run = api.get(&format!("/api/v1/energy/optimizations/{id}")).await.expect(200).json();
        assert_eq!(run["status"], "succeeded", "{}", run["error"]);
    }
    api.get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_a_server_is_not_ready_and_still_ends() {
    let database = postgres::Server::start();
    let dir = tempfile::tempdir().unwrap();
    let url = format!("{}/postgres", database.url);
    let server = Setup::new(dir.path()).demo().env("NQBA_DATABASE__URL", &url).start().await;
    let api = server.founder().await;
    let health = || run(&["healthcheck", "--listen", &server.addr, "--timeout", "5"]);
    assert_eq!(health().code, Some(0));
    drop(database);
    eventually("it is not ready", SOON, async || (health().code == Some(1)).then_some(())).await;
    health().refused(1, &["not ready", "503"]);
    assert_eq!(api.get("/livez").await.status, 200, "no reason to start it anew");
    let (read, written) = tokio::join!(api.get(SITES), api.post(TARIFFS, tariff("x")));
    problem(&read, 503, "unavailable");
    problem(&written, 503, "unavailable");
    let verbose = Api::new(&server.admin).get("/readyz").await;
    assert_eq!((verbose.status.as_u16(), &verbose.json()["status"]), (503, &json!("fail")));
    let (code, took) = server.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(15), "{took:?}");
    // Nor does it begin without one.
    let mut command = crate::support::command();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir"]).arg(dir.path());
    let said =
        crate::support::run_with(command.env("NQBA_DATABASE__URL", url.replace("postgres@", "postgres:hush9@")), "");
    said.refused(1, &["database.url"]);
    assert!(!said.err.contains("hush9"), "{said:?}");
}
