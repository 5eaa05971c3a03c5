//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Runs a group of businesses from one place.
#[derive(Debug, Parser)]
#[command(name = "nqba", version, about, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Every key of the configuration is listed by `nqba config default`.\nEnvironment: NQBA_SECTION__KEY, or NQBA_SECTION__KEY_FILE to read the value from a file.\nExit codes: 0 done, 1 failed, 2 asked wrongly."
)]
pub(crate) struct Cli {
    /// Configuration file (TOML); what it leaves out keeps its default
    #[arg(long, short, global = true, env = "NQBA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API and the dashboard
    Serve(Serve),
    /// Make users
    #[command(subcommand)]
    User(User),
    /// Check and show the configuration
    #[command(subcommand)]
    Config(Config),
    /// Print the API's description (OpenAPI 3.1, JSON)
    Openapi,
    /// Bring every database up to date, then end
    Migrate(DataDir),
    /// Ask a running server whether it is ready; for containers and load balancers
    Healthcheck(Healthcheck),
}

/// Serve.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address of the API and the dashboard
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Address of metrics and verbose health; keep it private
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin_listen: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataDir,
    /// Parts to run, comma-separated, or `all`
    #[arg(long, value_name = "LIST")]
    pub(crate) role: Option<String>,
    /// Load the demo group, with real data, and make a founder whose sign-in is printed once
    #[arg(long)]
    pub(crate) demo: bool,
}

/// Where the data is.
#[derive(Debug, Args)]
pub(crate) struct DataDir {
    /// Folder of the embedded databases and keys
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a user; works also while the server runs
    Create(CreateUser),
}

/// Make a user.
#[derive(Debug, Args)]
pub(crate) struct CreateUser {
    #[command(flatten)]
    pub(crate) data: DataDir,
    /// E-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// Role: founder, council_member, architect, unit_manager, operator, analyst, auditor or service
    #[arg(long)]
    pub(crate) role: String,
    /// Where the role holds: group, unit:<unit> or team:<unit>/<team>
    #[arg(long, default_value = "group")]
    pub(crate) scope: String,
    /// Shown name; the part of the address before the @ unless told
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Read the password from standard input, its line end removed (it never stands on a command line)
    #[arg(long, required = true)]
    pub(crate) password_stdin: bool,
}

/// Configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check the configuration and print what holds, secrets hidden
    Check,
    /// Print every key with its default and a comment
    Default,
}

/// Ask for readiness.
#[derive(Debug, Args)]
pub(crate) struct Healthcheck {
    /// Address of the server; the configured one unless told
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Seconds to wait for the answer
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) timeout: u64,
}
