//! Identity: users and their roles, sessions, API keys, and the keys that sign access tokens.
//!
//! It says who somebody is. It never decides what an operation needs: that is the operation's own description, and the
//! gateway compares.

mod api;
mod app;
mod password;
mod store;
mod tokens;
mod vault;

use nqba_contracts::identity::{NewUser, RoleBinding, User};
use nqba_core::{Code, Ctx, Result};
use nqba_runtime::{Check, Db, Runtime, Service, config::Settings, db::Migrations};
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// The service's name: its database, its path, its bus source.
pub const NAME: &str = "identity";

/// What every app function is given beside the context.
#[derive(Clone)]
pub(crate) struct App {
    db: Db,
    vault: vault::Vault,
    passwords: password::Hasher,
    settings: Arc<Settings>,
    keys: tokens::KeyRing,
}

impl App {
    /// # Errors
    /// When the key file is missing or is not the one that the database was sealed with.
    async fn new(db: Db, settings: &Arc<Settings>) -> Result<Self> {
        let dir = &settings.data.dir;
        let user = store::users::any(db.reader()).await?;
        let key = store::signing_keys::any(db.reader()).await?;
        let app = Self {
            db,
            vault: vault::Vault::open(dir, user.is_none() && key.is_none())?,
            passwords: password::Hasher::new(&settings.identity)?,
            settings: Arc::clone(settings),
            keys: tokens::KeyRing::default(),
        };
        let opened = user.map(|u| app::users::wire(&app, &u).map(|_| ()));
        let opened = opened.or_else(|| key.map(|k| app::signing_keys::open(&app, &k).map(|_| ())));
        opened.unwrap_or(Ok(())).map_err(|e| vault::wrong_key(dir, &e))?;
        Ok(app)
    }
}

/// The service's operations.
#[must_use]
pub fn spec() -> OpenApi {
    api::router().split_for_parts().1
}

/// The service's tables.
#[must_use]
pub fn migrations() -> Migrations {
    store::migrations()
}

/// Starts the service.
///
/// # Errors
/// When its database or key file cannot be had.
pub async fn start(rt: &Runtime) -> Result<Service> {
    let db = rt.database(NAME, migrations).await?;
    let app = App::new(db.clone(), &rt.settings).await?;
    app::signing_keys::ensure(&app).await?;
    rt.tasks.spawn(app::housekeeping::run(app.clone(), rt.stop.clone()));
    let (router, spec) = api::router().split_for_parts();
    let checks = vec![Check::database(&db)];
    Ok(Service { name: NAME, router: router.with_state(app), spec, db, subscriptions: Vec::new(), checks })
}

/// Makes a user from the command line, by the same rules as over the API.
///
/// # Errors
/// As the API's operation.
pub async fn create_user(db: &Db, settings: &Arc<Settings>, new: NewUser) -> Result<User> {
    let app = App::new(db.clone(), settings).await?;
    let ctx = Ctx::system(db.now() + chrono::TimeDelta::seconds(60));
    let new = app::users::prepare(&app, &ctx, new).await?;
    let tx = db.begin().await?;
    let user = app::users::create(&app, &tx, &ctx, new).await?;
    tx.commit().await?;
    Ok(user)
}

/// Whether there is any user.
///
/// # Errors
/// When the database does not answer.
pub async fn has_users(db: &Db) -> Result<bool> {
    Ok(store::users::any(db.reader()).await?.is_some())
}

/// Makes the demo's founder if there is no user yet; answers the sign-in, which is kept nowhere else.
///
/// # Errors
/// When the user cannot be made.
pub async fn ensure_demo_user(db: &Db, settings: &Arc<Settings>) -> Result<Option<(String, String)>> {
    if has_users(db).await? {
        return Ok(None);
    }
    let email = "founder@demo.example".to_owned();
    let password = password::random_for(&email);
    let new = NewUser {
        email: email.clone(),
        display_name: Some("Demo founder".to_owned()),
        password: password.clone(),
        roles: vec![RoleBinding { role: "founder".into(), scope: "group".into() }],
    };
    match create_user(db, settings, new).await {
        Ok(_) => Ok(Some((email, password))),
        // Another server of the same installation was faster.
        Err(e) if e.code() == Code::Conflict => Ok(None),
        Err(e) => Err(e),
    }
}
