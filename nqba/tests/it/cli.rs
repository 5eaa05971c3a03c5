//! The command line: help, configuration, refusals with their exit codes, and commands beside a running server.

use crate::support::{BINARY, Place, SOON, Said, command, eventually, repository, run, run_with};
use serde_json::Value;
use std::{
    ffi::OsString,
    fs,
    net::TcpListener,
    os::unix::{ffi::OsStringExt, fs::PermissionsExt},
    process::Command,
};

const COMMANDS: &[(&[&str], &[&str])] = &[
    (&[], &["serve", "user", "config", "openapi", "migrate", "healthcheck", "--config <FILE>", "Exit codes", "NQBA_"]),
    (&["serve"], &["--listen <ADDR>", "--admin-listen <ADDR>", "--data-dir <DIR>", "--role <LIST>", "--demo"]),
    (&["user"], &["create"]),
    (&["user", "create"], &["--email", "--role", "--scope", "unit:<unit>", "--password-stdin", "--data-dir <DIR>"]),
    (&["config"], &["check", "default"]),
    (&["config", "check"], &["secrets hidden"]),
    (&["config", "default"], &["default"]),
    (&["openapi"], &["OpenAPI 3.1"]),
    (&["migrate"], &["--data-dir <DIR>"]),
    (&["healthcheck"], &["--listen <ADDR>", "--timeout <TIMEOUT>"]),
];

#[test]
fn every_command_says_what_it_does_and_what_it_takes() {
    for (words, told) in COMMANDS {
        let args: Vec<_> = words.iter().copied().chain(["--help"]).collect();
        let help = run(&args);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""), "{args:?}");
        let first = help.out.lines().next().unwrap();
        assert!(first.len() > 8 && help.out.contains("Usage: nqba"), "{args:?}: {}", help.out);
        for word in *told {
            assert!(help.out.contains(word), "{args:?} does not tell of {word}: {}", help.out);
        }
        bare_options(&help.out, &args);
    }
    assert_eq!(run(&[]).code, Some(2), "no command at all");
    run(&["server"]).refused(2, &["unrecognized subcommand", "serve"]);
    run(&["serve", "--lisen", "x"]).refused(2, &["--listen"]);
    assert_eq!(run(&["--version"]).out.trim(), concat!("nqba ", env!("CARGO_PKG_VERSION")));
}

/// Each option has its sentence, on its line or on the next.
fn bare_options(help: &str, args: &[&str]) {
    let lines: Vec<_> = help.lines().collect();
    for (k, line) in lines.iter().enumerate().filter(|(_, l)| l.trim_start().starts_with("--")) {
        let beside = line.trim_start().split("  ").filter(|part| !part.trim().is_empty()).count() > 1;
        let below = lines.get(k + 1).is_some_and(|l| l.starts_with("          "));
        assert!(beside || below, "{args:?}: {line} says nothing");
    }
}

#[test]
fn the_configuration_is_checked_and_shown_without_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("nqba.toml");
    let check = |text: &str| {
        fs::write(&file, text).unwrap();
        run(&["config", "check", "--config", file.to_str().unwrap()])
    };
    let path = file.to_str().unwrap();
    check("[http]\nlistn = \"127.0.0.1:1\"\n").refused(2, &["http.listn", "http.listen", path]);
    check("[htp]\nlisten = \"127.0.0.1:1\"\n").refused(2, &["htp.listen", "http.listen", path]);
    check("[http]\nlisten = \"nowhere\"\n").refused(2, &["http.listen", "host:port", path]);
    check("[http\n").refused(2, &[path, "line 1"]);
    check("[http]\nbody_limit_bytes = \"many\"\n").refused(2, &["http.body_limit_bytes", path]);
    run(&["config", "check", "--config", "/nowhere.toml"]).refused(2, &["/nowhere.toml", "cannot be read"]);
    run_with(command().args(["config", "check"]).env("NQBA_HTTP__LISTN", "x"), "")
        .refused(2, &["NQBA_HTTP__LISTN", "http.listen"]);

    let shown = check("[database]\nurl = \"postgres://me:hush7@host/db\"\n[http]\nlisten = \"127.0.0.1:7777\"\n");
    assert_eq!((shown.code, shown.err.as_str()), (Some(0), ""), "{shown:?}");
    assert!(!shown.out.contains("hush7") && shown.out.contains("host/db"), "{}", shown.out);
    let holds = |line: &str| shown.out.lines().any(|l| l == line);
    assert!(holds("listen = \"127.0.0.1:7777\"") && holds("[limits]"), "{}", shown.out);
    // A secret may come from a file.
    fs::write(&file, "postgres://me:hush8@other/db\n").unwrap();
    let shown = run_with(command().args(["config", "check"]).env("NQBA_DATABASE__URL_FILE", &file), "");
    assert!(shown.out.contains("other/db") && !shown.out.contains("hush8"), "{shown:?}");
}

#[test]
fn the_defaults_that_are_told_are_the_committed_ones() {
    let told = run(&["config", "default"]);
    assert_eq!(told.out, fs::read_to_string(repository("config/default.toml")).unwrap());
    // What is told can be given back.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("nqba.toml");
    fs::write(&file, told.out).unwrap();
    assert_eq!(run(&["config", "check", "--config", file.to_str().unwrap()]).code, Some(0));
}

#[test]
fn what_cannot_run_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let serve = |args: &[&str]| {
        let mut words = vec!["serve", "--data-dir", dir.path().to_str().unwrap()];
        words.extend(args);
        run(&words)
    };
    serve(&["--role", "energy"]).refused(2, &["database.url", "bus.url", "roles.run"]);
    serve(&["--role", "energie"]).refused(2, &["energie", "gateway, identity, energy"]);
    serve(&["--listen", "127.0.0.1"]).refused(2, &["http.listen", "host:port"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    serve(&["--listen", &addr]).refused(1, &[&addr, "another program has it", "--listen"]);
    serve(&["--listen", "127.0.0.1:0", "--admin-listen", &addr]).refused(1, &[&addr, "--admin-listen"]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was made on the way to a refusal");
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    run(&["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", file.to_str().unwrap()])
        .refused(1, &["file"]);
    run_with(command().args(["migrate", "--data-dir"]).arg(no_text()), "").refused(2, &["UTF-8"]);
}

/// A name that is no UTF-8.
fn no_text() -> OsString {
    OsString::from_vec(b"/tmp/\xff\xfe".to_vec())
}

#[test]
fn an_environment_that_is_no_text_is_none_of_our_business() {
    let said = run_with(command().args(["config", "check"]).env("OTHER", no_text()), "");
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = run_with(command().args(["config", "check"]).env("NQBA_DATA__DIR", no_text()), "");
    said.refused(2, &["NQBA_DATA__DIR", "UTF-8"]);
}

#[test]
fn the_committed_description_is_the_binarys_own() {
    let told = run(&["openapi"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let value: Value = serde_json::from_str(&told.out).expect("it is JSON");
    assert!(value["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(run(&["openapi"]).out == told.out, "it is written the same every time");
    let committed = fs::read_to_string(repository("openapi/nqba.json")).unwrap_or_default();
    let same = serde_json::from_str::<Value>(&committed).is_ok_and(|c| c == value);
    assert!(same, "openapi/nqba.json is stale: run `make contracts` and commit what it writes");
}

#[test]
fn databases_are_brought_up_to_date_as_often_as_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let migrate = || run(&["migrate", "--data-dir", data.to_str().unwrap()]);
    for _ in 0..2 {
        let said = migrate();
        assert_eq!((said.code, said.out.trim()), (Some(0), "Every database is up to date."), "{said:?}");
    }
    for name in ["bus.db", "gateway.db", "identity.db", "energy.db"] {
        assert!(data.join(name).exists(), "{name}");
    }
    // Nobody else can look into it.
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_database_has_one_server_and_a_killed_one_leaves_it() {
    let place = Place::postgres().await;
    let server = place.server().start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let mut second = command();
    second.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir"]);
    second.arg(elsewhere.path()).env("NQBA_DATABASE__URL", &place.database.as_ref().unwrap().url);
    run_with(&mut second, "").refused(1, &["Another server uses this PostgreSQL database"]);
    server.kill();
    place.server().start().await.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_has_one_server_and_its_health_can_be_asked() {
    let place = Place::sqlite();
    let server = place.server().start().await;
    eventually("who has no user is told how to make one", SOON, async || {
        server.said().contains("nqba user create --email").then_some(())
    })
    .await;
    let dir = place.dir().to_str().unwrap();
    let args = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", dir];
    run(&args).refused(1, &["Another server uses the data folder", dir, "--data-dir"]);
    let health = |addr: &str| run(&["healthcheck", "--listen", addr, "--timeout", "1"]);
    let said = health(&server.addr);
    assert_eq!((said.code, said.out.trim()), (Some(0), "ready"), "{said:?}");
    let said = run_with(command().arg("healthcheck").env("NQBA_HTTP__LISTEN", &server.addr), "");
    assert_eq!(said.code, Some(0), "{said:?}");
    // Bound everywhere, asked here.
    let port = server.addr.rsplit(':').next().unwrap();
    assert_eq!(health(&format!("0.0.0.0:{port}")).code, Some(0));
    let addr = server.addr.clone();
    let (code, _) = server.terminate().await;
    assert_eq!(code, Some(0));
    health(&addr).refused(1, &["not ready", &addr]);
    // Somebody who takes calls and says nothing.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    health(&mute.local_addr().unwrap().to_string()).refused(1, &["did not answer within 1 s"]);
    // The folder is free again.
    place.server().start().await.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_made_from_the_command_line_also_while_the_server_runs() {
    let place = Place::sqlite();
    let make = |email: &str, role: &str, password: &str| -> Said {
        let dir = place.dir().to_str().unwrap();
        let args = ["user", "create", "--data-dir", dir, "--email", email, "--role", role, "--password-stdin"];
        run_with(command().args(args), password)
    };
    let password = "an odd lantern, twice lit";
    make("ada@test.example", "founder", "short").refused(2, &["15 are the least"]);
    make("ada@test.example", "founder", "").refused(2, &["standard input"]);
    make("ada@test.example", "boss", password).refused(2, &["boss"]);
    make("ada", "founder", password).refused(2, &["no e-mail address"]);
    run(&["user", "create", "--email", "a@b.example", "--role", "founder"]).refused(2, &["--password-stdin"]);
    let said = make("ada@test.example", "founder", &format!("{password}\n"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("ada@test.example") && !said.out.contains(password), "{said:?}");
    make("Ada@Test.example", "founder", password).refused(1, &["There is a user"]);

    let server = place.server().start().await;
    let ada = server.api().sign_in("ada@test.example", password).await;
    assert_eq!(make("bob@test.example", "analyst", password).code, Some(0));
    let bob = server.api().sign_in("bob@test.example", password).await;
    let me = bob.get("/api/v1/identity/me").await.expect(200).json();
    assert_eq!((&me["roles"][0]["role"], &me["display_name"]), (&"analyst".into(), &"bob".into()));
    let listed = ada.get("/api/v1/identity/users").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    // A closed pipe is no failure of ours.
    let piped = Command::new("sh").args(["-c", &format!("{BINARY} openapi | head -c 1")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&piped.stderr), "");
}
