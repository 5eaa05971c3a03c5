//! Puts the parts together. The one place that names every service and decides where each one runs.

use crate::{assets, failure::Failure, terminal::Steps};
use nqba_core::SystemClock;
use nqba_gateway::{Gateway, Own, Upstream};
use nqba_runtime::{
    Check, Runtime, Service,
    backend::DatabaseUrl,
    bus::Bus,
    config::Settings,
    db::{DbOptions, ServerLock},
    mount::Mount,
    signing::{ContextKey, ContextSigner},
    telemetry::Telemetry,
    web,
};
use std::{os::unix::fs::DirBuilderExt, path::Path, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The sign-in of the demo, shown once.
pub(crate) struct SignIn {
    pub(crate) email: String,
    pub(crate) password: String,
}

/// Every service, started.
pub(crate) struct Services {
    own: Own,
    identity: Service,
    energy: Service,
}

/// Keeps a second server from the same databases: with an embedded bus there is one server.
pub(crate) async fn lock(settings: &Settings) -> Result<ServerLock, Failure> {
    let databases = databases(settings)?;
    if let DatabaseUrl::Sqlite { dir } = &databases.url {
        folder(dir)?;
    }
    Ok(ServerLock::take(&databases).await?)
}

fn databases(settings: &Settings) -> Result<DbOptions, Failure> {
    let url = settings.database_url().map_err(Failure::usage)?;
    Ok(DbOptions { url, max_connections: settings.database.max_connections })
}

/// Makes the folder if it is not there. Databases and keys are nobody else's to read.
fn folder(dir: &Path) -> Result<(), Failure> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| Failure::run(format!("The data folder {} cannot be made: {e}.", dir.display())))
}

/// The runtime: databases' place, bus, clock, stop.
pub(crate) async fn runtime(settings: Settings) -> Result<Runtime, Failure> {
    let databases = databases(&settings)?;
    folder(&settings.data.dir)?;
    if let DatabaseUrl::Sqlite { dir } = &databases.url {
        folder(dir)?;
    }
    let clock = Arc::new(SystemClock);
    let bus = Bus::open(&databases, clock.clone()).await?;
    Ok(Runtime {
        settings: Arc::new(settings),
        clock,
        databases,
        bus,
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
    })
}

/// Starts every service.
pub(crate) async fn services(runtime: &Runtime) -> Result<Services, Failure> {
    Ok(Services {
        own: nqba_gateway::start(runtime).await?,
        identity: nqba_identity::start(runtime).await?,
        energy: nqba_unit_energy::start(runtime).await?,
    })
}

/// Loads the demo group; answers the sign-in when it made one.
pub(crate) async fn demo(runtime: &Runtime, services: &Services, steps: &mut Steps) -> Result<Option<SignIn>, Failure> {
    let report = nqba_unit_energy::demo::seed(&services.energy.db).await?;
    steps.done(&format!("demo group ready: {report}"));
    let made = nqba_identity::ensure_demo_user(&services.identity.db, &runtime.settings).await?;
    Ok(made.map(|(email, password)| SignIn { email, password }))
}

/// Whether anybody can sign in yet.
pub(crate) async fn has_users(services: &Services) -> Result<bool, Failure> {
    Ok(nqba_identity::has_users(&services.identity.db).await?)
}

/// Starts the bus and puts the gateway in front.
pub(crate) fn gateway(runtime: &Runtime, services: Services, telemetry: &Telemetry) -> Result<Gateway, Failure> {
    let signer = ContextSigner::new(&ContextKey::generate());
    let Services { own, identity, energy } = services;
    let mut sources = Vec::new();
    let mut subscriptions = Vec::new();
    let mut checks = vec![Check::database(runtime.bus.db())];
    let mut upstreams = Vec::new();
    for service in [own.service(), identity, energy] {
        sources.push(service.db.clone());
        subscriptions.extend(service.subscriptions);
        checks.extend(service.checks);
        let router = web::service_router(service.name, service.router, signer.clone());
        upstreams.push(Upstream { name: service.name, spec: service.spec, mount: Mount::Local(router) });
    }
    runtime.bus.start(sources, subscriptions, &runtime.stop, &runtime.tasks)?;
    Ok(nqba_gateway::build(runtime, &own, upstreams, signer, assets::router(), checks, telemetry.metrics())?)
}

/// The whole API's description, as it is committed.
pub(crate) fn openapi() -> Result<String, Failure> {
    let specs = vec![nqba_gateway::spec(), nqba_identity::spec(), nqba_unit_energy::spec()];
    Ok(nqba_gateway::in_words(&nqba_gateway::aggregate(specs)?)?)
}
