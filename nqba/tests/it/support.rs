//! The binary as a process: started on free ports, read while it speaks, ended by its process id.

use crate::client::Api;
use nqba_testkit::postgres::Database;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub const BINARY: &str = env!("CARGO_BIN_EXE_nqba");
pub const FOUNDER: &str = "founder@demo.example";
/// Nothing that works takes longer.
pub const SOON: Duration = Duration::from_secs(20);

/// Asks until there is an answer; fails when there is none in that time.
pub async fn eventually<T>(what: &str, within: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + within;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < until, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A data folder and a database of a server that may be started several times.
pub struct Place {
    dir: TempDir,
    pub database: Option<Database>,
}

impl Place {
    pub fn sqlite() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), database: None }
    }

    pub async fn postgres() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), database: Some(Database::create().await) }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A server of this place.
    pub fn server(&self) -> Setup {
        let setup = Setup::new(self.dir());
        match &self.database {
            Some(database) => setup.env("NQBA_DATABASE__URL", &database.url),
            None => setup,
        }
    }
}

/// The binary, without any configuration of ours in its environment but what a test says.
pub fn command() -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("NQBA_")) {
        command.env_remove(name);
    }
    command.current_dir("/");
    command
}

/// Runs a command of the binary to its end, with that input.
pub fn run_with(command: &mut Command, input: &str) -> Said {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read may have ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap().into()
}

/// Runs a command of the binary to its end.
pub fn run(args: &[&str]) -> Said {
    run_with(command().args(args), "")
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(o: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the binary speaks UTF-8");
        Self { code: o.status.code(), out: text(o.stdout), err: text(o.stderr) }
    }
}

impl Said {
    /// Fails unless it ended so and its errors hold every one of these words.
    pub fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word} is not said: {self:?}");
        }
        assert!(!self.err.contains("panicked"), "{self:?}");
    }
}

/// How a server is to be started.
pub struct Setup {
    command: Command,
}

impl Setup {
    pub fn new(dir: &Path) -> Self {
        let mut command = command();
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir"]).arg(dir);
        command.env("NQBA_LIMITS__SIGN_IN_PER_MINUTE", "100000");
        Self { command }
    }

    pub fn demo(mut self) -> Self {
        self.command.arg("--demo");
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it and waits until it says where it serves.
    pub async fn start(mut self) -> Server {
        let began = Instant::now();
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let lines = Arc::<Mutex<Vec<String>>>::default();
        follow(child.stdout.take().unwrap(), &lines);
        follow(child.stderr.take().unwrap(), &lines);
        let mut server = Server { addr: String::new(), admin: String::new(), took: began.elapsed(), child, lines };
        let serving = eventually("the server serves", SOON, async || {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended ({ended:?}): {}", server.said());
            server.logged("serving").into_iter().next()
        })
        .await;
        server.took = began.elapsed();
        server.addr = serving["address"].as_str().unwrap().to_owned();
        server.admin = serving["admin_address"].as_str().unwrap().to_owned();
        server
    }
}

fn follow(from: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) {
    let lines = Arc::clone(lines);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            lines.lock().unwrap().push(line);
        }
    });
}

/// A running server; ended by its process id when dropped.
pub struct Server {
    pub addr: String,
    pub admin: String,
    /// From the start of the process until it served.
    pub took: Duration,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// All that it said so far.
    pub fn said(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Lines of the log with this message.
    pub fn logged(&self, message: &str) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        let parsed = lines.iter().filter(|l| l.starts_with('{')).filter_map(|l| serde_json::from_str::<Value>(l).ok());
        parsed.filter(|v| v["message"] == message).collect()
    }

    /// The password of the demo's founder, if it was printed.
    pub fn password(&self) -> Option<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().find_map(|l| Some(l.split_once("Password ")?.1.split_whitespace().next()?.to_owned()))
    }

    /// Anybody.
    pub fn api(&self) -> Api {
        Api::new(&self.addr)
    }

    /// The demo's founder, signed in with the printed password.
    pub async fn founder(&self) -> Api {
        let password = eventually("the password is printed", SOON, async || self.password()).await;
        self.api().sign_in(FOUNDER, &password).await
    }

    /// Ends it without any notice.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end; answers how it did and how long that took.
    pub async fn terminate(mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let status =
            eventually("the server ends", Duration::from_secs(30), async || self.child.try_wait().unwrap()).await;
        assert!(!self.said().contains("panicked"), "{}", self.said());
        (status.code(), began.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = self.said();
            let loud: Vec<_> = said.lines().filter(|l| !l.contains("nqba_gateway::access")).collect();
            eprintln!("the server said:\n{}", loud[loud.len().saturating_sub(60)..].join("\n"));
        }
    }
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}
