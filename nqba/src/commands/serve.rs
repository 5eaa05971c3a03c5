//! `nqba serve`: boot, serve, and end in order.

use crate::{
    boot,
    cli::Serve,
    failure::Failure,
    listener,
    terminal::{self, Steps},
};
use nqba_runtime::{backend, telemetry};
use std::{path::Path, time::Duration};

pub(super) async fn run(file: Option<&Path>, args: &Serve) -> Result<(), Failure> {
    let settings = load(file, args)?;
    let telemetry = telemetry::init(&settings.log, &settings.telemetry.otlp_endpoint).map_err(Failure::run)?;
    let mut steps = Steps::new(args.demo);
    steps.line(&format!("NQBA {}", env!("CARGO_PKG_VERSION")));

    // Addresses first: a port that is taken should be known before a database is touched.
    let main = listener::bind(&settings.http.listen, "http.listen, or --listen").await?;
    let admin = listener::bind(&settings.http.admin_listen, "http.admin_listen, or --admin-listen").await?;
    let _lock = boot::lock(&settings).await?;
    let drain = Duration::from_secs(settings.http.drain_timeout_s);
    let runtime = boot::runtime(settings).await?;
    let services = boot::services(&runtime).await?;
    steps.done("databases open and up to date");
    let sign_in = if args.demo { boot::demo(&runtime, &services, &mut steps).await? } else { None };
    let has_users = boot::has_users(&services).await?;
    let gateway = boot::gateway(&runtime, services, &telemetry)?;
    steps.done("services started");

    let address = main.local_addr().map_err(Failure::run)?;
    let admin_address = admin.local_addr().map_err(Failure::run)?;
    let ended = tokio::spawn(listener::serve(main, gateway.router, runtime.stop.clone(), drain));
    let admin_ended = tokio::spawn(listener::serve(admin, gateway.admin, runtime.stop.clone(), drain));
    greet(&steps, &address.to_string(), &admin_address.to_string(), sign_in, has_users);
    tracing::info!(%address, %admin_address, version = env!("CARGO_PKG_VERSION"), "serving");

    stop_signal().await?;
    steps.line("Stopping: open requests get their time …");
    runtime.stop.cancel();
    runtime.tasks.close();
    let work = async {
        let _ = ended.await;
        let _ = admin_ended.await;
        runtime.tasks.wait().await;
    };
    if tokio::time::timeout(drain + Duration::from_secs(1), work).await.is_err() {
        tracing::warn!("the drain time is over; unfinished jobs are picked up at the next start");
    }
    telemetry.shutdown();
    steps.line("Stopped.");
    Ok(())
}

fn load(file: Option<&Path>, args: &Serve) -> Result<nqba_runtime::config::Settings, Failure> {
    let mut flags = Vec::new();
    super::flag(&mut flags, "http.listen", args.listen.as_deref());
    super::flag(&mut flags, "http.admin_listen", args.admin_listen.as_deref());
    super::flag(&mut flags, "roles.run", args.role.as_deref());
    super::data_dir(&mut flags, args.data.data_dir.as_deref())?;
    let settings = super::settings(file, &flags)?;
    backend::check_combination(&settings).map_err(Failure::usage)?;
    Ok(settings)
}

/// What a person needs to know next. The password is shown here, once, and kept nowhere.
fn greet(steps: &Steps, address: &str, admin: &str, sign_in: Option<boot::SignIn>, has_users: bool) {
    steps.line("");
    steps.line(&format!("  Dashboard      http://{address}"));
    steps.line(&format!("  API reference  http://{address}/docs"));
    steps.line(&format!("  Metrics        http://{admin}/metrics"));
    if let Some(s) = sign_in {
        terminal::say(&format!(
            "\n  Sign in as     {}\n  Password       {}   (shown this once)\n",
            s.email, s.password
        ));
    } else if !has_users {
        terminal::say(
            "\n  There is no user yet. Make the first one:\n    nqba user create --email you@your.org --role founder --password-stdin\n",
        );
    } else {
        steps.line("");
    }
}

async fn stop_signal() -> Result<(), Failure> {
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(Failure::run)?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome.map_err(Failure::run),
        _ = terminate.recv() => Ok(()),
    }
}
