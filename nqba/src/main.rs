//! The binary: command line, roles, boot, embedded dashboard. Only here (and in the test kit) is the environment read,
//! a socket bound or a runtime started.

mod assets;
mod boot;
mod cli;
mod commands;
mod failure;
mod listener;
mod terminal;

use clap::Parser;
use std::process::ExitCode;

/// Many threads allocate and free in each other's name: the system's allocator spends a tenth of a loaded server's time
/// on that, and keeps what it was given.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return failure::Failure::run(format!("The async runtime could not be started: {e}.")).report(),
    };
    let outcome = runtime.block_on(commands::run(cli));
    // A solver thread that is still busy must not hold up the exit: its job is picked up at the next start.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
