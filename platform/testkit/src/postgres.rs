//! A real PostgreSQL server: given by `NQBA_TEST_POSTGRES_URL`, or started from the package's binaries.

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connector, Statement};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Names the server to use instead of starting one.
pub const URL_VARIABLE: &str = "NQBA_TEST_POSTGRES_URL";

/// A server of this test run; ended by its process id when dropped.
pub struct Server {
    /// `postgres://…`, without a database.
    pub url: String,
    child: Child,
    /// Ends the server when this process ends in whatever way: the server lives in a static, which is never dropped.
    _watcher: Child,
    _dir: TempDir,
}

/// Waits for the end of its input, which is the end of this process; then ends the server and removes its folder.
const WATCH: &str = "read -r _; kill -INT \"$0\"; n=0; \
    while kill -0 \"$0\" && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done; rm -rf \"$1\"";

fn watch(child: &Child, dir: &Path) -> Child {
    let mut watcher = Command::new("sh");
    watcher.args(["-c", WATCH, &child.id().to_string()]).arg(dir);
    watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

impl Server {
    /// Starts a server in a temporary folder on a free port.
    ///
    /// # Panics
    /// When the package is not installed or the server does not start.
    #[must_use]
    pub fn start() -> Self {
        let bin = binaries().expect("PostgreSQL's binaries are not installed: apt-get install postgresql");
        let dir = tempfile::Builder::new().prefix("nqba-pg-").tempdir_in("/tmp").unwrap();
        let data = dir.path().join("data");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // The server refuses to run as root; then it runs as the package's own user, in a folder that this user owns.
        let root = user_id() == 0;
        if root {
            assert!(Command::new("chown").arg("postgres").arg(dir.path()).status().unwrap().success());
        }
        let as_user = |program: &Path| {
            if root {
                let mut c = Command::new("setpriv");
                c.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
                c
            } else {
                Command::new(program)
            }
        };
        let mut initdb = as_user(&bin.join("initdb"));
        initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"]).arg(&data);
        let output = initdb.current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let child = as_user(&bin.join("postgres"))
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "fsync=off", "-c", "max_connections=400", "-k"])
            .arg(dir.path())
            .arg("-D")
            .arg(&data)
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let watcher = watch(&child, dir.path());
        let url = format!("postgres://postgres@127.0.0.1:{port}");
        let server = Self { url, child, _watcher: watcher, _dir: dir };
        let until = Instant::now() + Duration::from_secs(30);
        while !answers(port, &bin) {
            assert!(Instant::now() < until, "PostgreSQL did not start: {}", read_log(server._dir.path()));
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is a fast shutdown; it leaves no shared memory behind.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn read_log(dir: &Path) -> String {
    fs::read_to_string(dir.join("log")).unwrap_or_default()
}

fn answers(port: u16, bin: &Path) -> bool {
    let mut ready = Command::new(bin.join("pg_isready"));
    ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
    ready.status().is_ok_and(|s| s.success())
}

fn binaries() -> Option<PathBuf> {
    let mut found: Vec<_> =
        fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|e| Some(e.ok()?.path().join("bin"))).collect();
    found.sort();
    found.into_iter().rev().find(|p| p.join("postgres").exists())
}

fn user_id() -> u32 {
    let output = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}

/// A database of its own, dropped at the end.
pub struct Database {
    /// `postgres://…/name`.
    pub url: String,
    name: String,
    server: String,
}

/// The server of this process, when none was given.
static SERVER: OnceCell<Server> = OnceCell::const_new();

impl Database {
    /// A new empty database.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn create() -> Self {
        let server = match std::env::var(URL_VARIABLE) {
            Ok(url) => url.trim_end_matches('/').to_owned(),
            Err(_) => SERVER.get_or_init(|| async { Server::start() }).await.url.clone(),
        };
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        run(&server, format!("CREATE DATABASE {name}")).await;
        Self { url: format!("{server}/{name}"), name, server }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // Dropping is synchronous, the driver is not: a thread with its own small runtime does it.
        let thread = std::thread::spawn(move || {
            if let Ok(rt) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                rt.block_on(run(&server, sql));
            }
        });
        let _ = thread.join();
    }
}

async fn run(server: &str, sql: String) {
    let mut options = ConnectOptions::new(format!("{server}/postgres"));
    options.max_connections(1).sqlx_logging(false);
    let db = Connector::connect(options).await.expect("the test server answers");
    db.execute_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await.expect("the statement runs");
    db.close().await.expect("the connection closes");
}
