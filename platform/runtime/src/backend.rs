//! Backends are chosen by the scheme of an address and carry it.

use crate::config::{ConfigError, Settings};
use std::{collections::BTreeSet, path::PathBuf};

/// Where databases are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file per service in this folder.
    Sqlite {
        /// The folder.
        dir: PathBuf,
    },
    /// A schema per service on this server.
    Postgres {
        /// `postgres://…`
        url: String,
    },
}

/// What carries events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusUrl {
    /// The bus database.
    Embedded,
    /// RabbitMQ.
    Amqp {
        /// `amqp://…`
        url: String,
    },
}

/// What is shared between gateways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheUrl {
    /// Nothing: this process's memory.
    Memory,
    /// Redis.
    Redis {
        /// `redis://…`
        url: String,
    },
}

/// The parts that can be run.
pub const ROLES: &[&str] = &["gateway", "identity", "energy"];

/// The parts that this process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(BTreeSet<&'static str>);

impl Roles {
    /// Reads `all` or a comma-separated list.
    ///
    /// # Errors
    /// Names the unknown part and the known ones.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.trim() == "all" {
            return Ok(Self(ROLES.iter().copied().collect()));
        }
        let known = |word: &str| ROLES.iter().copied().find(|r| *r == word);
        let words = text.split(',').map(str::trim).filter(|w| !w.is_empty());
        let parts = words.map(|w| {
            known(w).ok_or_else(|| {
                ConfigError::new("roles.run", format!("there is no part `{w}`; there are {}, or all", ROLES.join(", ")))
            })
        });
        let parts: BTreeSet<_> = parts.collect::<Result<_, _>>()?;
        if parts.is_empty() {
            return Err(ConfigError::new("roles.run", format!("name a part ({}), or all", ROLES.join(", "))));
        }
        Ok(Self(parts))
    }

    /// Whether every part runs here.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.len() == ROLES.len()
    }

    /// Whether that part runs here.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.0.contains(role)
    }
}

impl Settings {
    /// Where databases are.
    ///
    /// # Errors
    /// When the scheme is none of ours.
    pub fn database_url(&self) -> Result<DatabaseUrl, ConfigError> {
        let url = self.database.url.trim();
        if let Some(dir) = url.strip_prefix("sqlite:") {
            let dir = if dir.is_empty() { self.data.dir.clone() } else { PathBuf::from(dir) };
            return Ok(DatabaseUrl::Sqlite { dir });
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres { url: url.to_owned() });
        }
        Err(ConfigError::new(
            "database.url",
            "must be sqlite:, sqlite:/folder or postgres://user:password@host/database",
        ))
    }

    /// What carries events.
    ///
    /// # Errors
    /// When the scheme is none of ours.
    pub fn bus_url(&self) -> Result<BusUrl, ConfigError> {
        match self.bus.url.trim() {
            "embedded:" => Ok(BusUrl::Embedded),
            url if url.starts_with("amqp://") || url.starts_with("amqps://") => {
                Ok(BusUrl::Amqp { url: url.to_owned() })
            }
            _ => Err(ConfigError::new("bus.url", "must be embedded: or amqp://user:password@host")),
        }
    }

    /// What is shared between gateways.
    ///
    /// # Errors
    /// When the scheme is none of ours.
    pub fn cache_url(&self) -> Result<CacheUrl, ConfigError> {
        match self.cache.url.trim() {
            "memory:" => Ok(CacheUrl::Memory),
            url if url.starts_with("redis://") || url.starts_with("rediss://") => {
                Ok(CacheUrl::Redis { url: url.to_owned() })
            }
            _ => Err(ConfigError::new("cache.url", "must be memory: or redis://host")),
        }
    }
}

/// Refuses what cannot run, with what to set instead.
///
/// # Errors
/// A sentence that says what to set.
pub fn check_combination(settings: &Settings) -> Result<(), ConfigError> {
    let roles = Roles::parse(&settings.roles.run)?;
    let (database, bus, cache) = (settings.database_url()?, settings.bus_url()?, settings.cache_url()?);
    if !roles.is_all() && (matches!(database, DatabaseUrl::Sqlite { .. }) || bus == BusUrl::Embedded) {
        let text = format!(
            "`{}` would run apart from the other parts, so they must share a database and a bus: set database.url to \
             postgres://… and bus.url to amqp://…, once a version carries events over a broker; this one does not yet, \
             so run all parts in one process with roles.run = \"all\"",
            settings.roles.run
        );
        return Err(ConfigError::new("roles.run", text));
    }
    if let Some(name) = settings.remotes.keys().next() {
        let text = "this version runs all parts in one process: leave [remotes] empty";
        return Err(ConfigError::new(format!("remotes.{name}"), text));
    }
    if let BusUrl::Amqp { .. } = bus {
        let text = "this version carries events in its own database only: set bus.url to embedded: and run all parts";
        return Err(ConfigError::new("bus.url", text));
    }
    if let CacheUrl::Redis { .. } = cache {
        let text = "this version keeps its limits in memory only: set cache.url to memory:";
        return Err(ConfigError::new("cache.url", text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(flags: &[(&str, &str)]) -> Result<(), String> {
        let flags: Vec<_> = flags.iter().map(|(k, v)| (*k, serde_json::json!(v))).collect();
        let settings = Settings::load(None, std::iter::empty(), &flags).map_err(|e| e.to_string())?;
        check_combination(&settings).map_err(|e| e.to_string())
    }

    #[test]
    fn what_runs_alone_is_fine() {
        with(&[]).unwrap();
        with(&[("roles.run", "gateway, identity,energy"), ("database.url", "postgres://u:p@h/d")]).unwrap();
    }

    #[test]
    fn what_cannot_run_is_refused_with_what_to_set() {
        let apart = with(&[("roles.run", "energy")]).unwrap_err();
        assert!(apart.contains("database.url") && apart.contains("bus.url"), "{apart}");
        assert!(with(&[("roles.run", "energetic")]).unwrap_err().contains("gateway, identity, energy"));
        assert!(with(&[("bus.url", "amqp://h")]).unwrap_err().contains("embedded:"));
        assert!(with(&[("cache.url", "redis://h")]).unwrap_err().contains("memory:"));
        assert!(with(&[("remotes.energy", "http://h:1")]).unwrap_err().contains("leave [remotes] empty"));
        assert!(with(&[("database.url", "mysql://h")]).unwrap_err().contains("postgres://"));
    }
}
