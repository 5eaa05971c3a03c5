//! One file per command.

mod config;
mod healthcheck;
mod migrate;
mod openapi;
mod serve;
mod user;

use crate::{
    cli::{Cli, Command, Config, User},
    failure::Failure,
};
use nqba_runtime::config::Settings;
use std::path::Path;

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Serve(args) => serve::run(file, &args).await,
        Command::User(User::Create(args)) => user::create(file, &args).await,
        Command::Config(Config::Check) => config::check(file),
        Command::Config(Config::Default) => config::default(),
        Command::Openapi => openapi::print(),
        Command::Migrate(args) => migrate::run(file, &args).await,
        Command::Healthcheck(args) => healthcheck::run(file, &args).await,
    }
}

/// Flags as configuration: the last layer.
type Flags<'a> = Vec<(&'a str, serde_json::Value)>;

fn flag(flags: &mut Flags<'_>, key: &'static str, value: Option<&str>) {
    if let Some(value) = value {
        flags.push((key, serde_json::Value::String(value.to_owned())));
    }
}

fn settings(file: Option<&Path>, flags: &Flags<'_>) -> Result<Settings, Failure> {
    Settings::load(file, environment()?.into_iter(), flags).map_err(Failure::usage)
}

/// The variables of ours; what else stands in the environment need not even be text.
fn environment() -> Result<Vec<(String, String)>, Failure> {
    let ours = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok().filter(|n| n.starts_with("NQBA_"))?;
        Some(match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(Failure::usage(format!("Configuration: {name}: is no UTF-8 text; set it anew."))),
        })
    });
    ours.collect()
}

fn data_dir(flags: &mut Flags<'_>, dir: Option<&Path>) -> Result<(), Failure> {
    let text =
        dir.map(|d| d.to_str().ok_or_else(|| Failure::usage("--data-dir is no UTF-8 name; choose another folder.")));
    flag(flags, "data.dir", text.transpose()?);
    Ok(())
}
