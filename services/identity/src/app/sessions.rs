//! Sessions: sign-in, refresh with rotation, sign-out.
//!
//! A refresh token is good once. The one before stays good for a few seconds, for an answer that was lost or a second
//! tab, and gives the same new token again; later than that its use means theft, and the session ends (OAuth 2.0
//! Security BCP, RFC 9700, 4.14). A token that was never given out ends nothing.

use super::{roles, users::normal};
use crate::{
    App,
    store::{sessions, users},
    tokens,
    vault::Purpose,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use chrono::{DateTime, TimeDelta, Utc};
use nqba_contracts::identity::{AccessRevoked, AccessToken, Claims, NewSession, Session, TOKEN_AUDIENCE, TOKEN_ISSUER};
use nqba_core::{Code, Ctx, Error, Result};
use nqba_runtime::{Tx, db::map};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long the token before the present one is still taken.
const LEEWAY_S: i64 = 10;
/// Failures after which an account is left alone for a while, whether it exists or not.
const MAX_FAILURES: u64 = 10;
/// For how long a failure counts.
pub(crate) const FAILURE_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// What a sign-in or refresh gives: the access token, and the refresh token for the cookie.
pub(crate) struct Issued {
    pub(crate) user_id: Uuid,
    pub(crate) access: AccessToken,
    pub(crate) refresh: String,
    pub(crate) max_age_s: i64,
}

/// From where a call came.
pub(crate) struct Client {
    pub(crate) user_agent: Option<String>,
    pub(crate) ip: Option<String>,
}

pub(crate) async fn sign_in(app: &App, new: &NewSession, client: Client) -> Result<Issued> {
    let hash = app.vault.lookup(&normal(&new.email));
    check_failures(app.db.reader(), &hash, app.db.now()).await?;
    let user = users::by_email_hash(app.db.reader(), &hash).await?;
    let right = app.passwords.verify(&new.password, user.as_ref().map(|u| u.password_hash.as_str())).await?;
    let Some(found) = user.filter(|u| right && u.enabled) else {
        note_failure(app, hash).await?;
        return Err(Error::new(Code::Unauthenticated, "E-mail address or password is wrong."));
    };
    // Signing in matters more than the newer hash: the next time will do.
    let rehashed =
        if app.passwords.is_old(&found.password_hash) { app.passwords.hash(&new.password).await.ok() } else { None };
    let tx = app.db.begin().await?;
    // Guesses that began together all passed the first check; whoever failed meanwhile counts for this one too.
    check_failures(&*tx, &hash, tx.now()).await?;
    // Hashing took its time: the user may have been disabled or got another password in between.
    let same = |u: &users::Model| u.enabled && u.password_hash == found.password_hash;
    let Some(user) = users::lock(&*tx, found.id).await?.filter(same) else {
        return Err(Error::new(Code::Unauthenticated, "E-mail address or password is wrong."));
    };
    sessions::forget_failures(&*tx, &hash).await?;
    let session = begin(app, &tx, user.id, client).await?;
    let mut signed_in = user.clone().into_active_model();
    signed_in.last_sign_in_at = Set(Some(session.created_at));
    if let Some(hash) = rehashed {
        signed_in.password_hash = Set(hash);
    }
    users::Entity::update(signed_in).exec(&*tx).await.map_err(map)?;
    let issued = issue(app, &user, &session, session.created_at)?;
    tx.commit().await?;
    Ok(issued)
}

async fn begin(app: &App, tx: &Tx, user_id: Uuid, client: Client) -> Result<sessions::Model> {
    let identity = &app.settings.identity;
    let now = tx.now();
    let session = sessions::ActiveModel {
        id: Set(nqba_core::new_id()),
        user_id: Set(user_id),
        seed: Set(tokens::secret()),
        generation: Set(0),
        rotated_at: Set(now),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(now + seconds(identity.session_idle_ttl_s.min(identity.session_absolute_ttl_s))),
        user_agent: Set(client.user_agent),
        client_ip: Set(client.ip),
        revoked_at: Set(None),
    };
    sessions::Entity::insert(session).exec_with_returning(&**tx).await.map_err(map)
}

/// Refuses when the account has had too many failures, and says until when.
pub(crate) async fn check_failures(db: &impl ConnectionTrait, email_hash: &str, now: DateTime<Utc>) -> Result<()> {
    let Some(first) = sessions::nth_failure(db, email_hash, now - FAILURE_WINDOW, MAX_FAILURES).await? else {
        return Ok(());
    };
    let left = (first + FAILURE_WINDOW - now).num_seconds() + 1;
    let text = "Too many failed sign-ins for this account; try again later. Sessions that are open go on.";
    Err(Error::new(Code::RateLimited, text).retry_after(u64::try_from(left).unwrap_or(1)))
}

/// Counts a failure; the one too many is refused as such, so that guesses that began together learn nothing.
pub(crate) async fn note_failure(app: &App, email_hash: String) -> Result<()> {
    let tx = app.db.begin().await?;
    check_failures(&*tx, &email_hash, tx.now()).await?;
    let row = sessions::failures::ActiveModel {
        id: Set(nqba_core::new_id()),
        email_hash: Set(email_hash),
        at: Set(tx.now()),
    };
    sessions::failures::Entity::insert(row).exec_without_returning(&*tx).await.map_err(map)?;
    tx.commit().await
}

fn seconds(s: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(s).unwrap_or(i64::MAX / 2_000))
}

/// What is issued at `now`: a moment at which the caller holds the user's row, so that a revocation is either seen here
/// or is later than the token.
fn issue(app: &App, user: &users::Model, session: &sessions::Model, now: DateTime<Utc>) -> Result<Issued> {
    let ttl = app.settings.identity.access_token_ttl_s;
    let words: Vec<_> = roles::from_json(&user.roles)?.iter().map(|b| format!("{}@{}", b.role, b.scope)).collect();
    let claims = Claims {
        iss: TOKEN_ISSUER.to_owned(),
        aud: TOKEN_AUDIENCE.to_owned(),
        sub: user.id,
        sid: session.id,
        jti: nqba_core::new_id(),
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: (now + seconds(ttl)).timestamp(),
        scope: words.join(" "),
    };
    let access =
        AccessToken { access_token: app.keys.sign(&claims)?, token_type: "Bearer".to_owned(), expires_in: ttl };
    let refresh = refresh_token(app, session, session.generation);
    Ok(Issued { user_id: user.id, access, refresh, max_age_s: (session.expires_at - now).num_seconds().max(0) })
}

/// A session's refresh token of one generation: `session.generation.code`. The code is a keyed hash over the session's
/// random seed, so neither the database nor the key file alone gives it, and every token that was ever given out is
/// known as such without keeping any.
fn refresh_token(app: &App, session: &sessions::Model, generation: i64) -> String {
    let text = format!("{}.{}.{generation}", session.id.simple(), session.seed);
    let code = B64.encode(app.vault.mac(Purpose::Refresh, text.as_bytes()));
    format!("{}.{generation}.{code}", session.id.simple())
}

/// Gives a new pair for a refresh token.
pub(crate) async fn refresh(app: &App, ctx: &Ctx, token: &str) -> Result<Issued> {
    let no = || Error::new(Code::Unauthenticated, "This session has ended; sign in again.");
    let mut parts = token.split('.');
    let id = parts.next().and_then(|t| Uuid::try_parse(t).ok()).ok_or_else(no)?;
    let generation: i64 = parts.next().and_then(|t| t.parse().ok()).ok_or_else(no)?;
    let tx = app.db.begin().await?;
    let owner = sessions::find(&*tx, id).await?.ok_or_else(no)?.user_id;
    // The user first, then the session: the order of every change of both.
    let user = users::lock(&*tx, owner).await?.filter(|u| u.enabled).ok_or_else(no)?;
    let session = sessions::lock(&*tx, id).await?.ok_or_else(no)?;
    let now = tx.now();
    if session.revoked_at.is_some() || session.expires_at <= now {
        return Err(no());
    }
    let ours: bool = refresh_token(app, &session, generation).as_bytes().ct_eq(token.as_bytes()).into();
    if !ours || generation > session.generation {
        return Err(no());
    }
    let lost = generation + 1 == session.generation && now - session.rotated_at <= TimeDelta::seconds(LEEWAY_S);
    if generation < session.generation && !lost {
        sessions::revoke(&*tx, user.id, Some(id), None, now).await?;
        revoked(&tx, ctx, user.id, Some(id), "refresh_replayed").await?;
        tx.commit().await?;
        tracing::warn!(session = %id, user = %user.id, "a refresh token was used again; its session is ended");
        return Err(no());
    }
    let identity = &app.settings.identity;
    let mut change = session.clone().into_active_model();
    if !lost {
        change.generation = Set(session.generation + 1);
        change.rotated_at = Set(now);
        let ends = session.created_at + seconds(identity.session_absolute_ttl_s);
        change.expires_at = Set((now + seconds(identity.session_idle_ttl_s)).min(ends));
    }
    change.last_used_at = Set(now);
    let session = sessions::Entity::update(change).exec(&*tx).await.map_err(map)?;
    let issued = issue(app, &user, &session, now)?;
    tx.commit().await?;
    Ok(issued)
}

pub(crate) async fn list(app: &App, ctx: &Ctx) -> Result<Vec<Session>> {
    let rows = sessions::open(app.db.reader(), ctx.actor.id, app.db.now()).await?;
    let session = |r: sessions::Model| Session {
        id: r.id,
        created_at: r.created_at,
        last_used_at: r.last_used_at,
        expires_at: r.expires_at,
        user_agent: r.user_agent,
        client_ip: r.client_ip,
        current: ctx.actor.session == Some(r.id),
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends one of the caller's own sessions.
pub(crate) async fn end(app: &App, ctx: &Ctx, id: Uuid) -> Result<()> {
    let tx = app.db.begin().await?;
    if sessions::revoke(&*tx, ctx.actor.id, Some(id), None, tx.now()).await? == 0 {
        return Err(Error::not_found("session"));
    }
    let reason = if ctx.actor.session == Some(id) { "signed_out" } else { "session_ended" };
    revoked(&tx, ctx, ctx.actor.id, Some(id), reason).await?;
    tx.commit().await
}

/// States that what was issued before no longer holds.
pub(crate) async fn revoked(tx: &Tx, ctx: &Ctx, subject: Uuid, session: Option<Uuid>, reason: &str) -> Result<()> {
    let event = AccessRevoked { subject, session, not_before: tx.now(), reason: reason.to_owned() };
    tx.publish(&event, ctx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nqba_testkit::{Backend, TestRuntime};

    const PASSWORD: &str = "seven green lamps over the river";

    /// What a right sign-in answers if this happens while its password is being checked.
    async fn meanwhile(backend: Backend, happens: impl AsyncFnOnce(&App, Uuid)) -> Result<Issued> {
        let test = TestRuntime::new(backend).await;
        let settings = &test.runtime.settings;
        let db = test.runtime.database(crate::NAME, crate::migrations).await.unwrap();
        let new = |email: &str| nqba_contracts::identity::NewUser {
            email: email.to_owned(),
            display_name: None,
            password: PASSWORD.to_owned(),
            roles: Vec::new(),
        };
        let ada = crate::create_user(&db, settings, new("ada@example.com")).await.unwrap();
        let app = App::new(db, settings).await.unwrap();
        crate::app::signing_keys::ensure(&app).await.unwrap();
        let held = app.passwords.hold().await;
        let twin = app.clone();
        let signing_in = tokio::spawn(async move {
            let new = NewSession { email: "ada@example.com".to_owned(), password: PASSWORD.to_owned() };
            sign_in(&twin, &new, Client { user_agent: None, ip: None }).await
        });
        while app.passwords.queued(settings.identity.hash_workers) == 0 {
            tokio::task::yield_now().await;
        }
        happens(&app, ada.id).await;
        drop(held);
        signing_in.await.unwrap()
    }

    async fn change(app: &App, id: Uuid, change: impl FnOnce(&mut users::ActiveModel)) {
        let tx = app.db.begin().await.unwrap();
        let mut row = users::find(&*tx, id).await.unwrap().unwrap().into_active_model();
        change(&mut row);
        users::Entity::update(row).exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_right_password_is_judged_by_what_holds_when_it_is_known_to_be_right() {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            assert!(meanwhile(backend, async |_: &App, _| {}).await.is_ok());
            let answer = meanwhile(backend, async |app: &App, _| {
                for _ in 0..MAX_FAILURES {
                    note_failure(app, app.vault.lookup("ada@example.com")).await.unwrap();
                }
            });
            assert_eq!(answer.await.err().unwrap().code(), Code::RateLimited, "{backend:?}");
            let answer = meanwhile(backend, async |app: &App, id| change(app, id, |u| u.enabled = Set(false)).await);
            assert_eq!(answer.await.err().unwrap().code(), Code::Unauthenticated, "{backend:?}");
            let answer =
                meanwhile(backend, async |app: &App, id| change(app, id, |u| u.password_hash = Set("x".into())).await);
            assert_eq!(answer.await.err().unwrap().code(), Code::Unauthenticated, "{backend:?}");
        }
    }
}
