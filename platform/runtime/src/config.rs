//! Configuration: compiled-in commented defaults < file < environment < flags. An unknown key is fatal.

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

/// Every key, its default, one comment.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

const PREFIX: &str = "NQBA_";
/// Names with our prefix that are not configuration.
const NOT_OURS: &[&str] = &["NQBA_TEST_", "NQBA_URL", "NQBA_EMAIL", "NQBA_PASSWORD", "NQBA_CONFIG"];

/// What is wrong with the configuration, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    key: String,
    message: String,
}

impl ConfigError {
    /// About one key.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Configuration: {}: {}.", self.key, self.message)
    }
}

impl std::error::Error for ConfigError {}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty),* }
    };
}

section! {
    /// The whole configuration.
    Settings {
        /// Listeners and limits of requests.
        http: Http,
        /// The data folder.
        data: Data,
        /// Databases.
        database: Database,
        /// Events.
        bus: Backend,
        /// What gateways share.
        cache: Backend,
        /// Parts to run.
        roles: RunRoles,
        /// Logs.
        log: Log,
        /// Spans.
        telemetry: TelemetrySettings,
        /// Tokens and passwords.
        identity: Identity,
        /// Limits of calls.
        limits: Limits,
        /// The energy unit.
        energy: Energy,
    }
}
section! {
    /// `[http]`
    Http {
        /// API and dashboard.
        listen: String,
        /// Metrics and verbose health.
        admin_listen: String,
        /// Largest body, bytes.
        body_limit_bytes: usize,
        /// Longest request, seconds.
        request_timeout_s: u64,
        /// Time to end in, seconds.
        drain_timeout_s: u64,
        /// Addresses whose forwarding headers are believed.
        trusted_proxies: Vec<std::net::IpAddr>,
    }
}
section! {
    /// `[data]`
    Data {
        /// Embedded databases and keys.
        dir: PathBuf,
    }
}
section! {
    /// `[database]`
    Database {
        /// Address.
        url: String,
        /// Connections per service.
        max_connections: u32,
    }
}
section! {
    /// `[bus]`, `[cache]`
    Backend {
        /// Address.
        url: String,
    }
}
section! {
    /// `[roles]`
    RunRoles {
        /// `all` or a list.
        run: String,
    }
}
section! {
    /// `[log]`
    Log {
        /// `auto`, `pretty` or `json`.
        format: String,
        /// Filter.
        level: String,
    }
}
section! {
    /// `[telemetry]`
    TelemetrySettings {
        /// OTLP over HTTP; empty for none.
        otlp_endpoint: String,
    }
}
section! {
    /// `[identity]`
    Identity {
        /// Seconds.
        access_token_ttl_s: u64,
        /// Seconds.
        session_idle_ttl_s: u64,
        /// Seconds.
        session_absolute_ttl_s: u64,
        /// KiB.
        argon2_memory_kib: u32,
        /// Passes.
        argon2_iterations: u32,
        /// Lanes.
        argon2_parallelism: u32,
        /// At once.
        hash_workers: usize,
    }
}
section! {
    /// `[limits]`, calls per minute
    Limits {
        /// Per address.
        ip_per_minute: u32,
        /// Sign-ins per address.
        sign_in_per_minute: u32,
        /// Reading, per actor.
        actor_read_per_minute: u32,
        /// Changing, per actor.
        actor_write_per_minute: u32,
        /// Solving, per actor.
        actor_solve_per_minute: u32,
        /// Whether limits are told in headers.
        headers: bool,
    }
}
section! {
    /// `[energy]`
    Energy {
        /// Optimisations at once.
        workers: usize,
        /// Seconds.
        solver_time_limit_max_s: f64,
    }
}

impl Settings {
    /// Reads all layers and checks them. `flags` are `section.key` and value.
    ///
    /// # Errors
    /// Names the key, where it stands and what to do.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        flags: &[(&str, serde_json::Value)],
    ) -> Result<Self, ConfigError> {
        let mut figment = Figment::new().merge(Toml::string(DEFAULTS));
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|e| ConfigError::new(path.display().to_string(), format!("cannot be read: {e}")))?;
            known_keys(&text, path)?;
            figment = figment.merge(Toml::string(&text));
        }
        for (key, value) in environment(env)? {
            figment = figment.merge(Serialized::global(&key, value));
        }
        for (key, value) in flags {
            figment = figment.merge(Serialized::global(key, value));
        }
        let settings: Self = figment.extract().map_err(|e| {
            let key = if e.path.is_empty() { "file".to_owned() } else { e.path.join(".") };
            ConfigError::new(key, e.kind.to_string())
        })?;
        settings.check()?;
        Ok(settings)
    }

    /// What holds, passwords in addresses hidden.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut shown = self.clone();
        shown.database.url = without_password(&shown.database.url);
        shown.bus.url = without_password(&shown.bus.url);
        shown.cache.url = without_password(&shown.cache.url);
        toml::to_string_pretty(&shown).unwrap_or_default()
    }

    fn check(&self) -> Result<(), ConfigError> {
        let range = |key: &str, value: u64, low: u64, high: u64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::new(key, format!("is {value}; it may be {low} to {high}")))
            }
        };
        range("http.body_limit_bytes", self.http.body_limit_bytes as u64, 1024, 1 << 30)?;
        range("http.request_timeout_s", self.http.request_timeout_s, 1, 600)?;
        range("http.drain_timeout_s", self.http.drain_timeout_s, 0, 600)?;
        range("database.max_connections", self.database.max_connections.into(), 1, 200)?;
        range("identity.access_token_ttl_s", self.identity.access_token_ttl_s, 60, 3600)?;
        range("identity.session_idle_ttl_s", self.identity.session_idle_ttl_s, 300, 31_536_000)?;
        range("identity.session_absolute_ttl_s", self.identity.session_absolute_ttl_s, 300, 31_536_000)?;
        range("identity.argon2_memory_kib", self.identity.argon2_memory_kib.into(), 19_456, 1 << 22)?;
        range("identity.argon2_iterations", self.identity.argon2_iterations.into(), 2, 100)?;
        range("identity.argon2_parallelism", self.identity.argon2_parallelism.into(), 1, 64)?;
        range("identity.hash_workers", self.identity.hash_workers as u64, 1, 256)?;
        range("energy.workers", self.energy.workers as u64, 1, 256)?;
        for (key, value) in [
            ("limits.ip_per_minute", self.limits.ip_per_minute),
            ("limits.sign_in_per_minute", self.limits.sign_in_per_minute),
            ("limits.actor_read_per_minute", self.limits.actor_read_per_minute),
            ("limits.actor_write_per_minute", self.limits.actor_write_per_minute),
            ("limits.actor_solve_per_minute", self.limits.actor_solve_per_minute),
        ] {
            range(key, value.into(), 1, 100_000_000)?;
        }
        if !(1.0..=3600.0).contains(&self.energy.solver_time_limit_max_s) {
            return Err(ConfigError::new("energy.solver_time_limit_max_s", "may be 1 to 3600"));
        }
        if !["auto", "pretty", "json"].contains(&self.log.format.as_str()) {
            return Err(ConfigError::new("log.format", "may be auto, pretty or json"));
        }
        self.database_url()?;
        self.bus_url()?;
        self.cache_url()?;
        crate::backend::Roles::parse(&self.roles.run)?;
        Ok(())
    }
}

/// Every `section.key` there is.
fn keys() -> Vec<String> {
    let table: toml::Table = DEFAULTS.parse().unwrap_or_default();
    let keys = |(section, value): (String, toml::Value)| {
        let inner = value.as_table().cloned().unwrap_or_default();
        inner.into_iter().map(move |(key, _)| format!("{section}.{key}"))
    };
    table.into_iter().flat_map(keys).collect()
}

fn known_keys(text: &str, path: &Path) -> Result<(), ConfigError> {
    let at = path.display().to_string();
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| ConfigError::new(at.clone(), e.message()))?;
    let keys = keys();
    for (section, value) in table {
        let inner: Vec<String> = match value.as_table() {
            Some(t) => t.keys().map(|k| format!("{section}.{k}")).collect(),
            None => vec![section],
        };
        for key in inner {
            if !keys.contains(&key) {
                return Err(unknown(&key, &at, &keys));
            }
        }
    }
    Ok(())
}

fn environment(
    env: impl Iterator<Item = (String, String)>,
) -> Result<BTreeMap<String, serde_json::Value>, ConfigError> {
    let keys = keys();
    let mut found = BTreeMap::new();
    for (name, value) in env.filter(|(n, _)| n.starts_with(PREFIX)) {
        if NOT_OURS.iter().any(|n| name.starts_with(n)) {
            continue;
        }
        let path = name[PREFIX.len()..].to_lowercase().replace("__", ".");
        let (key, value) = match path.strip_suffix("_file") {
            Some(key) if keys.iter().any(|k| k == key) => {
                let text = std::fs::read_to_string(&value)
                    .map_err(|e| ConfigError::new(name.clone(), format!("{value} cannot be read: {e}")))?;
                (key.to_owned(), text.trim_end().to_owned())
            }
            _ => (path, value),
        };
        if !keys.contains(&key) {
            return Err(unknown(&key, &format!("the environment ({name})"), &keys));
        }
        found.insert(key, typed(value));
    }
    Ok(found)
}

/// `12` and `true` and `["a"]` are what they look like; all else is text.
fn typed(value: String) -> serde_json::Value {
    match serde_json::from_str(&value) {
        Ok(v @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_) | serde_json::Value::Array(_))) => v,
        _ => serde_json::Value::String(value),
    }
}

fn unknown(key: &str, at: &str, keys: &[String]) -> ConfigError {
    let nearest = keys.iter().min_by_key(|k| distance(k, key)).cloned().unwrap_or_default();
    ConfigError::new(key, format!("no such key, in {at}; did you mean {nearest}? `nqba config default` lists all"))
}

/// Edits between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let cost = if x == y { corner } else { 1 + corner.min(row[j]).min(row[j + 1]) };
            corner = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let name = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{name}:***@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> + use<> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>().into_iter()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut f = tempfile::NamedTempFile::new().unwrap();
        f.write_all(text.as_bytes()).unwrap();
        f
    }

    #[test]
    fn a_later_layer_wins() {
        let f = file("[http]\nlisten = \"1.1.1.1:1\"\nrequest_timeout_s = 7\n[energy]\nworkers = 3\n");
        let e =
            env(&[("NQBA_HTTP__LISTEN", "2.2.2.2:2"), ("NQBA_ENERGY__WORKERS", "4"), ("NQBA_TEST_POSTGRES_URL", "x")]);
        let s = Settings::load(Some(f.path()), e, &[("energy.workers", 5.into())]).unwrap();
        assert_eq!((s.http.listen.as_str(), s.http.request_timeout_s, s.energy.workers), ("2.2.2.2:2", 7, 5));
        assert_eq!(s.http.admin_listen, "127.0.0.1:8081");
    }

    #[test]
    fn an_unknown_key_is_fatal_and_names_its_neighbour() {
        let f = file("[http]\nlisten_addr = \"x\"\n");
        let e = Settings::load(Some(f.path()), env(&[]), &[]).unwrap_err().to_string();
        assert!(e.contains("http.listen_addr") && e.contains("http.listen?"), "{e}");
        let e = Settings::load(None, env(&[("NQBA_HTTP__LISTN", "x")]), &[]).unwrap_err().to_string();
        assert!(e.contains("NQBA_HTTP__LISTN"), "{e}");
    }

    #[test]
    fn wrong_values_say_what_may_be() {
        let e = Settings::load(None, env(&[("NQBA_ENERGY__WORKERS", "0")]), &[]).unwrap_err().to_string();
        assert!(e.contains("energy.workers") && e.contains("1 to 256"), "{e}");
        assert!(Settings::load(None, env(&[("NQBA_ENERGY__WORKERS", "many")]), &[]).is_err());
    }

    #[test]
    fn a_secret_comes_from_a_file_and_is_not_shown() {
        let f = file("postgres://nqba:s3cret@db/nqba\n");
        let e = env(&[("NQBA_DATABASE__URL_FILE", f.path().to_str().unwrap())]);
        let s = Settings::load(None, e, &[]).unwrap();
        assert_eq!(s.database.url, "postgres://nqba:s3cret@db/nqba");
        assert!(!s.describe().contains("s3cret"));
    }
}
