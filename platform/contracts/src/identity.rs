//! Identity: sessions, users, roles, API keys.

use chrono::{DateTime, Utc};
use nqba_core::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A role held within a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBinding {
    /// One of the shipped roles.
    #[schema(example = "operator")]
    pub role: String,
    /// `group`, `unit:<unit>` or `team:<unit>/<team>`.
    #[schema(example = "unit:energy")]
    pub scope: String,
}

/// Sign in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// E-mail address, in any case.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// The password, exactly as chosen.
    #[schema(format = Password)]
    pub password: String,
}

/// What a sign-in or a refresh answers.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AccessToken {
    /// Signed token (EdDSA, `typ: at+jwt`); send it as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until it expires.
    #[schema(example = 600)]
    pub expires_in: u64,
}

/// A signed-in session of the caller.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Id.
    pub id: Uuid,
    /// When the sign-in was.
    pub created_at: DateTime<Utc>,
    /// Last refresh.
    pub last_used_at: DateTime<Utc>,
    /// Ends then at the latest.
    pub expires_at: DateTime<Utc>,
    /// What the browser or client called itself.
    pub user_agent: Option<String>,
    /// Address at sign-in.
    pub client_ip: Option<String>,
    /// Whether this call belongs to it.
    pub current: bool,
}

/// Who the caller is and what the caller may do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user's or key's id.
    pub id: Uuid,
    /// `user` or `api_key`.
    pub kind: String,
    /// E-mail address, of a user.
    pub email: Option<String>,
    /// Shown name.
    pub display_name: String,
    /// Roles held.
    pub roles: Vec<RoleBinding>,
    /// Every permission held, with its scopes: what a page may offer.
    pub permissions: Vec<HeldPermission>,
}

/// A permission and where it is held.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HeldPermission {
    /// `unit:resource:verb`.
    pub permission: String,
    /// Scopes.
    pub scopes: Vec<String>,
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// E-mail address.
    pub email: String,
    /// Shown name.
    pub display_name: String,
    /// Whether sign-in is possible.
    pub enabled: bool,
    /// Roles held.
    pub roles: Vec<RoleBinding>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Last sign-in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Version, also in the `ETag`.
    pub version: i64,
}

/// A new user.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// E-mail address, unique in any case.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// Shown name; the part before the @ if absent.
    #[serde(default)]
    pub display_name: Option<String>,
    /// 15 to 128 characters, not a common one.
    #[schema(format = Password)]
    pub password: String,
    /// Roles.
    #[serde(default)]
    pub roles: Vec<RoleBinding>,
}

/// Changes of a user; what is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Shown name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Whether sign-in is possible. Disabling ends every session at once.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// The whole list of roles. A change holds at once.
    #[serde(default)]
    pub roles: Option<Vec<RoleBinding>>,
}

/// Change of one's own password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present one.
    #[schema(format = Password)]
    pub current_password: String,
    /// 15 to 128 characters, not a common one.
    #[schema(format = Password)]
    pub new_password: String,
}

/// A role and its permissions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its permissions.
    pub permissions: Vec<String>,
}

/// A new API key for a machine.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for.
    #[schema(example = "steel works meter")]
    pub name: String,
    /// Roles of the key: none that its maker does not hold.
    pub roles: Vec<RoleBinding>,
    /// Ends then; at most 366 days from now.
    pub expires_at: DateTime<Utc>,
}

/// An API key, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// How the key begins: `nqba_live_<id>`.
    pub prefix: String,
    /// Roles.
    pub roles: Vec<RoleBinding>,
    /// Who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Ends then.
    pub expires_at: DateTime<Utc>,
    /// When it was last used (to the minute).
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The answer to a new API key: the only time its secret is shown.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedApiKey {
    /// The key as it will be listed.
    pub api_key: ApiKey,
    /// `nqba_live_<id>_<secret>`; send it as `Authorization: Bearer`.
    pub secret: String,
}

/// JSON Web Key Set (RFC 7517) of the keys that sign access tokens.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JwkSet {
    /// Present and still valid former keys.
    pub keys: Vec<Jwk>,
}

/// A public Ed25519 key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// `EdDSA`.
    pub alg: String,
    /// `sig`.
    pub r#use: String,
    /// Key id.
    pub kid: String,
    /// The key, base64url.
    pub x: String,
}

/// Gateway to identity: is this API key good? (Internal operation.)
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Introspection {
    /// The bearer value as it came.
    pub token: String,
}

/// Identity to gateway: what the API key stands for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Introspected {
    /// The key's id.
    pub id: Uuid,
    /// Roles.
    pub roles: Vec<RoleBinding>,
    /// Ends then.
    pub expires_at: DateTime<Utc>,
}

/// Claims of an access token (RFC 9068).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// User id.
    pub sub: Uuid,
    /// Session id.
    pub sid: Uuid,
    /// Token id.
    pub jti: Uuid,
    /// Issued at, seconds.
    pub iat: i64,
    /// Not before, seconds.
    pub nbf: i64,
    /// Expires, seconds.
    pub exp: i64,
    /// `role@scope` words, separated by spaces.
    pub scope: String,
}

/// The issuer of access tokens.
pub const TOKEN_ISSUER: &str = "nqba";
/// The audience of access tokens: the gateway.
pub const TOKEN_AUDIENCE: &str = "nqba-gateway";

/// Whatever was issued to `subject` before `not_before` no longer holds: sign-out, disabled user, changed roles,
/// revoked key. Gateways drop what they remember of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessRevoked {
    /// User or API key.
    pub subject: Uuid,
    /// Only this session; all of the subject's if absent.
    pub session: Option<Uuid>,
    /// Tokens issued before this moment.
    pub not_before: DateTime<Utc>,
    /// `signed_out`, `session_ended`, `user_disabled`, `roles_changed`, `password_changed`, `key_revoked`, `refresh_replayed`.
    pub reason: String,
}
impl Event for AccessRevoked {
    const TYPE: &'static str = "com.nqba.identity.access.revoked.v1";
    fn subject(&self) -> String {
        self.subject.to_string()
    }
}

/// A user was made or changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserChanged {
    /// The user.
    pub user_id: Uuid,
    /// `created` or `updated`.
    pub change: String,
    /// Whether sign-in is possible.
    pub enabled: bool,
}
impl Event for UserChanged {
    const TYPE: &'static str = "com.nqba.identity.user.changed.v1";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

/// The signing key was rotated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKeyRotated {
    /// The new key's id.
    pub kid: String,
}
impl Event for SigningKeyRotated {
    const TYPE: &'static str = "com.nqba.identity.signing_key.rotated.v1";
    fn subject(&self) -> String {
        self.kid.clone()
    }
}
