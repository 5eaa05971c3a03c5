//! Sessions over HTTP. The refresh token travels in a cookie that no script can read.

use crate::{
    App,
    app::sessions::{self as app, Client, Issued},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    identity::{AccessToken, NewSession, Session},
};
use nqba_core::{Error, Permission};
use nqba_runtime::web::{Acting, ApiResult, Json, Path, audit};
use serde_json::json;
use uuid::Uuid;

const COOKIE: &str = "__Host-nqba_refresh";
const CSRF: &str = "x-csrf-protection";

/// Sign in
///
/// Answers an access token and sets the refresh cookie. An unknown address and a wrong password get the same answer.
/// Answers hold secrets, so they are not kept for idempotency keys.
#[utoipa::path(
    post, path = "/api/v1/identity/sessions", operation_id = "sessions_create", tag = "identity",
    request_body(content = NewSession, example = json!({"email": "founder@demo.example", "password": "as printed at the first start"})),
    responses(
        (status = 201, description = "Signed in", body = AccessToken),
        (status = 401, description = "Address or password is wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many failures for this account; Retry-After says when to come again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Too many sign-ins at once; Retry-After says when to come again", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("public")), ("x-nqba-rate-class" = json!("sign_in"))),
)]
pub(crate) async fn create(
    State(state): State<App>,
    headers: HeaderMap,
    Json(new): Json<NewSession>,
) -> ApiResult<Response> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(|v| v.chars().take(200).collect());
    let client = Client { user_agent: text("user-agent"), ip: text("x-nqba-client-ip") };
    let issued = app::sign_in(&state, &new, client).await?;
    // Nobody is known before a sign-in: its record learns from the answer who it was.
    let who = audit::header(&json!(null), &json!({ "user_id": issued.user_id }));
    Ok((who, answer(StatusCode::CREATED, &issued)).into_response())
}

/// Renew the access token
///
/// For browsers: takes the refresh cookie and the header `X-CSRF-Protection: 1`, rotates the cookie. The cookie before
/// is good for 10 s more, for a lost answer or a second tab, and gets the same new one; later its use ends the session.
#[utoipa::path(
    post, path = "/api/v1/identity/sessions/refresh", operation_id = "sessions_refresh", tag = "identity",
    responses(
        (status = 200, description = "Renewed", body = AccessToken),
        (status = 401, description = "No session, or it has ended", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "The header is missing", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("public")), ("x-nqba-rate-class" = json!("write")), ("x-nqba-readonly" = json!(true))),
)]
pub(crate) async fn refresh(State(state): State<App>, Acting(ctx): Acting, headers: HeaderMap) -> ApiResult<Response> {
    if !headers.contains_key(CSRF) {
        return Err(Error::forbidden("Send the header X-CSRF-Protection: 1.").into());
    }
    let issued = app::refresh(&state, &ctx, cookie(&headers).unwrap_or_default()).await?;
    Ok(answer(StatusCode::OK, &issued))
}

/// List one's own sessions
#[utoipa::path(
    get, path = "/api/v1/identity/sessions", operation_id = "sessions_list", tag = "identity",
    responses((status = 200, description = "Sessions that have not ended, newest first", body = Page<Session>)),
    extensions(("x-nqba-permission" = json!("identity:self:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(State(state): State<App>, Acting(ctx): Acting) -> ApiResult<Json<Page<Session>>> {
    ctx.require(&Permission::of("identity:self:read"))?;
    Ok(Json(Page { items: app::list(&state, &ctx).await?, next_cursor: None }))
}

/// Sign out
#[utoipa::path(
    delete, path = "/api/v1/identity/sessions/current", operation_id = "sessions_sign_out", tag = "identity",
    responses((status = 204, description = "Signed out; the cookie is cleared")),
    extensions(("x-nqba-permission" = json!("identity:self:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn sign_out(State(state): State<App>, Acting(ctx): Acting) -> ApiResult<Response> {
    ctx.require(&Permission::of("identity:self:write"))?;
    let session = ctx.actor.session.ok_or_else(|| Error::not_found("session"))?;
    app::end(&state, &ctx, session).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), "", 0))
}

/// End one of one's own sessions
#[utoipa::path(
    delete, path = "/api/v1/identity/sessions/{session_id}", operation_id = "sessions_end", tag = "identity",
    params(("session_id" = Uuid, Path, description = "The session")),
    responses(
        (status = 204, description = "Ended"),
        (status = 404, description = "No such session of one's own", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:self:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn end(State(state): State<App>, Acting(ctx): Acting, Path(id): Path<Uuid>) -> ApiResult<StatusCode> {
    ctx.require(&Permission::of("identity:self:write"))?;
    app::end(&state, &ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';')).find_map(|c| c.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn answer(status: StatusCode, issued: &Issued) -> Response {
    let mut response = (status, Json(&issued.access)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_cookie(response, &issued.refresh, issued.max_age_s)
}

fn with_cookie(mut response: Response, value: &str, max_age_s: i64) -> Response {
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; Secure; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
