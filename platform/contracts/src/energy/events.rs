//! Facts that the energy unit states.

use nqba_core::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $subject:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty),* }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> String { self.$subject.to_string() }
        }
    };
}

event! {
    /// An optimisation was asked for; a worker takes it up.
    OptimizationRequested, "com.nqba.energy.optimization.requested.v1", optimization_id {
        /// The job.
        optimization_id: Uuid,
        /// The site.
        site_id: Uuid,
        /// The site's team, for scoping of views.
        team: Option<String>,
    }
}
event! {
    /// A running optimisation has come further.
    OptimizationProgressed, "com.nqba.energy.optimization.progressed.v1", optimization_id {
        /// The job.
        optimization_id: Uuid,
        /// The site.
        site_id: Uuid,
        /// The site's team.
        team: Option<String>,
        /// 0 to 1.
        progress_ratio: f64,
        /// What it does: `loading`, `baselines`, `solving`, `storing`.
        step: String,
    }
}
event! {
    /// An optimisation ended with a plan.
    OptimizationCompleted, "com.nqba.energy.optimization.completed.v1", optimization_id {
        /// The job.
        optimization_id: Uuid,
        /// The site.
        site_id: Uuid,
        /// The site's team.
        team: Option<String>,
        /// ISO 4217.
        currency: String,
        /// Cost of the plan.
        cost_total: f64,
        /// Baseline minus plan, against no control.
        savings_vs_none: f64,
        /// Baseline minus plan, against the rule.
        savings_vs_rule: f64,
        /// Proved relative gap.
        rel_gap: f64,
        /// Build and solve, ms.
        solve_ms: f64,
    }
}
event! {
    /// An optimisation ended without a plan.
    OptimizationFailed, "com.nqba.energy.optimization.failed.v1", optimization_id {
        /// The job.
        optimization_id: Uuid,
        /// The site.
        site_id: Uuid,
        /// The site's team.
        team: Option<String>,
        /// Machine code.
        code: String,
        /// One sentence.
        message: String,
    }
}
event! {
    /// An optimisation was cancelled.
    OptimizationCancelled, "com.nqba.energy.optimization.cancelled.v1", optimization_id {
        /// The job.
        optimization_id: Uuid,
        /// The site.
        site_id: Uuid,
        /// The site's team.
        team: Option<String>,
    }
}
event! {
    /// A site or its assets were made, changed or removed.
    SiteChanged, "com.nqba.energy.site.changed.v1", site_id {
        /// The site.
        site_id: Uuid,
        /// Its name.
        name: String,
        /// Its team.
        team: Option<String>,
        /// `created`, `updated`, `removed`, `assets_changed`.
        change: String,
    }
}
event! {
    /// Readings of a site came in.
    ReadingsReceived, "com.nqba.energy.readings.received.v1", site_id {
        /// The site.
        site_id: Uuid,
        /// The site's team.
        team: Option<String>,
        /// The channels.
        channels: Vec<String>,
        /// New and replaced values.
        changed: u64,
    }
}
