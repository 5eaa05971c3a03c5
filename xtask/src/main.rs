//! Chores: `with-postgres -- CMD` and `with-demo BINARY -- CMD` run a command beside a real server.

#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a chore talks to its terminal and fails loudly"
)]

mod demo;

use nqba_testkit::postgres;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: xtask with-postgres -- CMD [ARG …]\n       xtask with-demo BINARY -- CMD [ARG …]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(split) = args.iter().position(|a| a == "--") else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (before, command) = (&args[..split], &args[split + 1..]);
    let Some((program, rest)) = command.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut command = Command::new(program);
    command.args(rest);
    match before {
        [verb] if verb == "with-postgres" => with_postgres(command),
        [verb, binary] if verb == "with-demo" => {
            let demo = demo::Demo::start(binary);
            run(command.env("NQBA_URL", &demo.url).env("NQBA_EMAIL", &demo.email).env("NQBA_PASSWORD", &demo.password))
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn with_postgres(mut command: Command) -> ExitCode {
    if std::env::vars().any(|(name, _)| name == postgres::URL_VARIABLE) {
        return run(&mut command);
    }
    let server = postgres::Server::start();
    run(command.env(postgres::URL_VARIABLE, &server.url))
}

fn run(command: &mut Command) -> ExitCode {
    let status = command.status().expect("the command starts");
    ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
}
