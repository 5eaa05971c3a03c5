//! Permissions, scopes and role bindings: the words in which access is said.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// `unit:resource:verb`, e.g. `energy:sites:write`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permission(Cow<'static, str>);

impl Permission {
    /// A permission known at build time.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The unit or service, the first part.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
    /// The resource, the second part.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }
    /// The verb, the third part.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.0.split(':').nth(2).unwrap_or_default()
    }
}

impl FromStr for Permission {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let parts: Vec<_> = s.split(':').collect();
        if parts.len() == 3 && parts.iter().all(|p| !p.is_empty()) {
            Ok(Self(Cow::Owned(s.to_owned())))
        } else {
            Err(format!("`{s}` is no permission: unit:resource:verb is"))
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a role holds. Written `group`, `unit:energy`, `team:energy/north`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere in the group.
    Group,
    /// In one unit.
    Unit(String),
    /// Only the records of one team of a unit.
    Team {
        /// The unit.
        unit: String,
        /// The team, as the unit's records name it.
        team: String,
    },
}

impl Scope {
    /// Whether a role held here reaches into `unit` at all.
    #[must_use]
    pub fn touches(&self, unit: &str) -> bool {
        match self {
            Self::Group => true,
            Self::Unit(u) | Self::Team { unit: u, .. } => u == unit,
        }
    }
    /// Whether a record of `unit` that belongs to `team` lies within this scope.
    #[must_use]
    pub fn covers(&self, unit: &str, team: Option<&str>) -> bool {
        match self {
            Self::Group => true,
            Self::Unit(u) => u == unit,
            Self::Team { unit: u, team: t } => u == unit && team == Some(t.as_str()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group => f.write_str("group"),
            Self::Unit(u) => write!(f, "unit:{u}"),
            Self::Team { unit, team } => write!(f, "team:{unit}/{team}"),
        }
    }
}

impl FromStr for Scope {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let word = |w: &str| {
            !w.is_empty() && w.len() <= 64 && w.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        let bad = || format!("`{s}` is no scope: `group`, `unit:<unit>` or `team:<unit>/<team>` is");
        if s == "group" {
            return Ok(Self::Group);
        }
        if let Some(unit) = s.strip_prefix("unit:") {
            return if word(unit) { Ok(Self::Unit(unit.to_owned())) } else { Err(bad()) };
        }
        match s.strip_prefix("team:").and_then(|r| r.split_once('/')) {
            Some((unit, team)) if word(unit) && word(team) => {
                Ok(Self::Team { unit: unit.to_owned(), team: team.to_owned() })
            }
            _ => Err(bad()),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A role, held within a scope. The role's permissions stand in the matrix (`nqba_contracts::roles`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoleBinding {
    /// The role's name, e.g. `operator`.
    pub role: String,
    /// Where it holds.
    pub scope: Scope,
}
