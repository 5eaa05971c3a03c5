//! The binary, serving the demo group from a temporary folder on free ports.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A running demo server; ended by its process id when dropped.
pub(crate) struct Demo {
    pub(crate) url: String,
    pub(crate) email: String,
    pub(crate) password: String,
    child: Child,
    _dir: tempfile::TempDir,
}

impl Demo {
    /// Starts it and reads the sign-in that it prints once.
    pub(crate) fn start(binary: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (port, admin) = (free_port(), free_port());
        let listen = format!("127.0.0.1:{port}");
        let mut child = Command::new(binary)
            .args(["serve", "--demo", "--listen", &listen, "--admin-listen", &format!("127.0.0.1:{admin}")])
            .arg("--data-dir")
            .arg(dir.path())
            .env("NQBA_LIMITS__SIGN_IN_PER_MINUTE", "1000")
            .env("NQBA_LOG__LEVEL", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut word_after = |label: &str| {
            lines
                .by_ref()
                .map_while(Result::ok)
                .find_map(|l| Some(l.split_once(label)?.1.split_whitespace().next()?.to_owned()))
                .expect("the server prints the demo's sign-in")
        };
        let email = word_after("Sign in as");
        let password = word_after("Password");
        std::thread::spawn(move || lines.for_each(drop));
        Self { url: format!("http://{listen}"), email, password, child, _dir: dir }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
