//! Configuration: compiled-in commented defaults < file < environment < flags. An unknown key is fatal.

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Every key, its default, one comment.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

const PREFIX: &str = "NQBA_";
/// Names with our prefix that are not configuration: the command line's own. `NQBA_TEST_…` is the test kit's.
const NOT_OURS: &[&str] = &["NQBA_URL", "NQBA_EMAIL", "NQBA_PASSWORD", "NQBA_PASSWORD_FILE", "NQBA_CONFIG"];

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

    /// Says where the key was set, when a layer above the defaults set it.
    fn set_in(mut self, origins: &BTreeMap<String, String>) -> Self {
        let at = origins.iter().find(|(key, _)| self.key == **key || self.key.starts_with(&format!("{key}.")));
        if let Some((_, origin)) = at {
            self.message = format!("{} (set in {origin})", self.message);
        }
        self
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
        /// Parts that run elsewhere, by name: `http://host:port`.
        remotes: BTreeMap<String, String>,
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
        trusted_proxies: Vec<Network>,
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

/// An address or a range of them: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many leading bits must agree.
    prefix: u8,
}

impl Network {
    /// Whether the address lies in the range. An IPv4 address that came over an IPv6 socket counts as IPv4.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let differing = match (self.address, ip.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => u128::from(u32::from(a) ^ u32::from(b)) << 96,
            (IpAddr::V6(a), IpAddr::V6(b)) => u128::from(a) ^ u128::from(b),
            _ => return false,
        };
        differing.leading_zeros() >= u32::from(self.prefix)
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no address (10.0.0.1) and no range of them (10.0.0.0/8)");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(width), str::parse).map_err(|_| bad())?;
        if prefix > width { Err(bad()) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Serialize for Network {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Http {
    /// Whether the forwarding headers of this peer are believed.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|n| n.contains(peer))
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
        let mut origins = BTreeMap::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|e| ConfigError::new(path.display().to_string(), format!("cannot be read: {e}")))?;
            origins.extend(known_keys(&text, path)?);
            figment = figment.merge(Toml::string(&text));
        }
        for (key, (name, value)) in environment(env)? {
            figment = figment.merge(Serialized::global(&key, value));
            origins.insert(key, name);
        }
        for (key, value) in flags {
            figment = figment.merge(Serialized::global(key, value));
            origins.insert((*key).to_owned(), "a flag".to_owned());
        }
        let settings: Self = figment.extract().map_err(|e| {
            let key = if e.path.is_empty() { "file".to_owned() } else { e.path.join(".") };
            ConfigError::new(key, e.kind.to_string()).set_in(&origins)
        })?;
        settings.check().map_err(|e| e.set_in(&origins))?;
        Ok(settings)
    }

    /// What holds, passwords in addresses hidden.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut shown = self.clone();
        let addresses =
            [&mut shown.database.url, &mut shown.bus.url, &mut shown.cache.url, &mut shown.telemetry.otlp_endpoint];
        for url in addresses.into_iter().chain(shown.remotes.values_mut()) {
            *url = without_password(url);
        }
        toml::to_string_pretty(&shown).unwrap_or_default()
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.check_ranges()?;
        self.check_limits()?;
        self.check_addresses()?;
        if self.identity.session_idle_ttl_s > self.identity.session_absolute_ttl_s {
            let text = "is longer than identity.session_absolute_ttl_s; set it to that or less";
            return Err(ConfigError::new("identity.session_idle_ttl_s", text));
        }
        if !["auto", "pretty", "json"].contains(&self.log.format.as_str()) {
            return Err(ConfigError::new("log.format", "may be auto, pretty or json"));
        }
        tracing_subscriber::EnvFilter::try_new(&self.log.level).map_err(|e| {
            ConfigError::new("log.level", format!("is no filter ({e}); write e.g. info, or info,nqba_gateway=debug"))
        })?;
        crate::backend::Roles::parse(&self.roles.run)?;
        Ok(())
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
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
        // A solve asked for inline is answered within the longest request.
        if !(1.0..=60.0).contains(&self.energy.solver_time_limit_max_s) {
            let text = format!("is {}; it may be 1 to 60", self.energy.solver_time_limit_max_s);
            return Err(ConfigError::new("energy.solver_time_limit_max_s", text));
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = [
            ("limits.ip_per_minute", self.limits.ip_per_minute),
            ("limits.sign_in_per_minute", self.limits.sign_in_per_minute),
            ("limits.actor_read_per_minute", self.limits.actor_read_per_minute),
            ("limits.actor_write_per_minute", self.limits.actor_write_per_minute),
            ("limits.actor_solve_per_minute", self.limits.actor_solve_per_minute),
        ];
        limits.into_iter().try_for_each(|(key, value)| range(key, value.into(), 1, 100_000_000))
    }

    fn check_addresses(&self) -> Result<(), ConfigError> {
        let (main, admin) = (&self.http.listen, &self.http.admin_listen);
        for (key, text) in [("http.listen", main), ("http.admin_listen", admin)] {
            if !is_host_and_port(text) {
                let text = format!("is `{text}`; write host:port, e.g. 127.0.0.1:8080 or [::1]:8080");
                return Err(ConfigError::new(key, text));
            }
        }
        // Port 0 is another free port each time.
        if main == admin && !main.ends_with(":0") {
            return Err(ConfigError::new("http.admin_listen", "is the same as http.listen; choose another port"));
        }
        if self.data.dir.as_os_str().is_empty() {
            return Err(ConfigError::new("data.dir", "is empty; name a folder, e.g. ./data"));
        }
        let otlp = &self.telemetry.otlp_endpoint;
        if !otlp.is_empty() && !is_http(otlp) {
            let text = "must be http://host:port/v1/traces, or empty; for TLS, send to a collector beside this process";
            return Err(ConfigError::new("telemetry.otlp_endpoint", text));
        }
        for (name, url) in &self.remotes {
            let key = format!("remotes.{name}");
            if !keys().contains(&key) {
                return Err(unknown(&key, "the configuration", &keys()));
            }
            if !is_http(url) {
                return Err(ConfigError::new(key, "must be http://host:port"));
            }
        }
        self.database_url()?;
        self.bus_url()?;
        self.cache_url()?;
        Ok(())
    }
}

fn range(key: &str, value: u64, low: u64, high: u64) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(key, format!("is {value}; it may be {low} to {high}")))
}

fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    port.parse::<u16>().is_ok() && !host.is_empty() && (bracketed || !host.contains(':'))
}

fn is_http(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|u| u.scheme_str() == Some("http") && u.authority().is_some())
}

/// Every `section.key` there is.
fn keys() -> Vec<String> {
    let table: toml::Table = DEFAULTS.parse().unwrap_or_default();
    let keys = |(section, value): (String, toml::Value)| {
        let inner = value.as_table().cloned().unwrap_or_default();
        inner.into_iter().map(move |(key, _)| format!("{section}.{key}"))
    };
    // [remotes] is empty by default; its keys are the parts that a gateway can call.
    let remotes = crate::backend::ROLES.iter().filter(|r| **r != "gateway").map(|r| format!("remotes.{r}"));
    table.into_iter().flat_map(keys).chain(remotes).collect()
}

/// The keys that a file sets, and where: all must be known.
fn known_keys(text: &str, path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let at = path.display().to_string();
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let line = e.span().and_then(|s| text.get(..s.start)).map_or(1, |before| before.matches('\n').count() + 1);
        ConfigError::new(format!("{at}, line {line}"), e.message().trim_end_matches('.'))
    })?;
    let keys = keys();
    let mut found = BTreeMap::new();
    for (section, value) in table {
        let inner: Vec<String> = match value.as_table() {
            Some(t) => t.keys().map(|k| format!("{section}.{k}")).collect(),
            None => vec![section],
        };
        for key in inner {
            if !keys.contains(&key) {
                return Err(unknown(&key, &at, &keys));
            }
            found.insert(key, at.clone());
        }
    }
    Ok(found)
}

/// The keys that the environment sets: by key, the variable's name and the value.
fn environment(
    env: impl Iterator<Item = (String, String)>,
) -> Result<BTreeMap<String, (String, serde_json::Value)>, ConfigError> {
    let keys = keys();
    let mut found = BTreeMap::new();
    for (name, value) in env.filter(|(n, _)| n.starts_with(PREFIX)) {
        if NOT_OURS.contains(&name.as_str()) || name.starts_with("NQBA_TEST_") {
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
        let value = typed(&key, value);
        if let Some((other, _)) = found.insert(key.clone(), (name.clone(), value)) {
            return Err(ConfigError::new(key, format!("is set by {other} and by {name}; unset one of them")));
        }
    }
    Ok(found)
}

/// Text from the environment as the key's default is typed, so that a folder may be called `2026`; a list may be
/// JSON or words with commas. What cannot be read so stays text and is refused by the key's type.
fn typed(key: &str, value: String) -> serde_json::Value {
    let table: toml::Table = DEFAULTS.parse().unwrap_or_default();
    let default = key.split_once('.').and_then(|(section, key)| table.get(section)?.get(key));
    match default {
        Some(toml::Value::Array(_)) if !value.trim_start().starts_with('[') => {
            value.split(',').map(str::trim).filter(|w| !w.is_empty()).map(serde_json::Value::from).collect()
        }
        None | Some(toml::Value::String(_)) => value.into(),
        Some(_) => serde_json::from_str(value.trim()).unwrap_or_else(|_| value.into()),
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

/// An address as it may be shown: hides the password, whether it stands before the `@` or in the query.
fn without_password(url: &str) -> String {
    let mut shown = url.to_owned();
    if let Some((scheme, (user, host))) = url.split_once("://").and_then(|(s, r)| Some((s, r.rsplit_once('@')?)))
        && let Some((name, _)) = user.split_once(':')
    {
        shown = format!("{scheme}://{name}:***@{host}");
    }
    let Some((address, query)) = shown.split_once('?') else { return shown };
    let secret = |key: &str| ["pass", "secret", "token", "key"].iter().any(|w| key.to_lowercase().contains(w));
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, _)) if secret(key) => format!("{key}=***"),
        _ => pair.to_owned(),
    });
    format!("{address}?{}", pairs.collect::<Vec<_>>().join("&"))
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
    #[test]
    fn every_default_is_a_key_and_holds() {
        let s = Settings::load(None, env(&[]), &[]).unwrap();
        let described: toml::Table = s.describe().parse().unwrap();
        assert_eq!(
            described.keys().collect::<Vec<_>>(),
            DEFAULTS.parse::<toml::Table>().unwrap().keys().collect::<Vec<_>>()
        );
        let commented = |l: &&str| !l.contains('=') || l.contains(" # ") || l.starts_with('#');
        assert_eq!(DEFAULTS.lines().find(|l| !commented(l)), None, "a key without a comment");
    }

    #[test]
    fn what_is_wrong_says_where_it_stands() {
        let refused =
            |f: &str, e: &[(&str, &str)]| Settings::load(Some(file(f).path()), env(e), &[]).unwrap_err().to_string();
        let e = refused("", &[("NQBA_ENERGY__WORKERS", "0")]);
        assert!(e.contains("set in NQBA_ENERGY__WORKERS"), "{e}");
        let e = refused("[http]\nlisten = 8080\n", &[]);
        assert!(e.contains("http.listen") && e.contains("set in /"), "{e}");
        let e = refused("[http]\n\nlisten 8080\n", &[]);
        assert!(e.contains("line 3"), "{e}");
        let e = refused("", &[("NQBA_DATA__DIR", "a"), ("NQBA_DATA__DIR_FILE", "/dev/null")]);
        assert!(e.contains("unset one"), "{e}");
        let e = refused("[remotes]\nenergie = \"http://h:1\"\n", &[]);
        assert!(e.contains("did you mean remotes.energy"), "{e}");
        let e = refused("[remotes]\nenergy = \"h:1\"\n", &[]);
        assert!(e.contains("http://host:port"), "{e}");
    }

    #[test]
    fn addresses_are_checked() {
        let load = |key: &str, value: &str| Settings::load(None, env(&[]), &[(key, value.into())]);
        for bad in ["", "8080", ":8080", "h:99999", "::1:80"] {
            assert!(load("http.listen", bad).is_err(), "{bad}");
        }
        for good in ["[::1]:80", "localhost:0", "0.0.0.0:8080"] {
            assert!(load("http.listen", good).is_ok(), "{good}");
        }
        assert!(load("http.listen", "127.0.0.1:8081").unwrap_err().to_string().contains("another port"));
        assert!(load("telemetry.otlp_endpoint", "localhost:4318").is_err());
        assert!(load("identity.session_idle_ttl_s", "x").is_err());
        assert!(load("log.level", "a=b=c").is_err());
    }

    #[test]
    fn text_from_the_environment_takes_the_type_of_its_key() {
        let e =
            env(&[("NQBA_DATA__DIR", "2026"), ("NQBA_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1"), ("NQBA_URL", "x")]);
        let s = Settings::load(None, e, &[]).unwrap();
        assert_eq!(s.data.dir, Path::new("2026"));
        let trusted = |ip: &str| s.http.trusts(ip.parse().unwrap());
        assert!(trusted("10.1.2.3") && trusted("::ffff:10.1.2.3") && trusted("::1"));
        assert!(!trusted("11.0.0.1") && !trusted("::2"));
        for bad in ["10.0.0.0/33", "ten", "::/129", "10.0.0.0/"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("9.9.9.9".parse().unwrap()));
    }

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        for (url, shown) in [
            ("postgres://u:p@h/d", "postgres://u:***@h/d"),
            ("postgres://u:p?q@h/d", "postgres://u:***@h/d"),
            ("postgres://u@h/d?sslmode=require&password=p", "postgres://u@h/d?sslmode=require&password=***"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            ("sqlite:", "sqlite:"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
