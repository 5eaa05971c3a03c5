//! What is measured of calls, and the access log. Handles are made once: a lookup by labels on each call is dear.

use http::Method;
use metrics::{Gauge, Histogram};
use std::{sync::OnceLock, time::Duration};

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The duration histograms of one route, one per class of status.
pub(crate) struct Meters {
    route: String,
    method: String,
    unit: &'static str,
    by_class: [OnceLock<Histogram>; 5],
}

impl Meters {
    pub(crate) fn new(route: impl Into<String>, method: &Method, unit: &'static str) -> Self {
        Self { route: route.into(), method: method.to_string(), unit, by_class: Default::default() }
    }

    /// The template, never the path as called.
    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    pub(crate) fn record(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        let histogram = self.by_class[class].get_or_init(|| {
            metrics::histogram!(
                "nqba_http_request_duration_seconds",
                "route" => self.route.clone(),
                "method" => self.method.clone(),
                "status_class" => CLASSES[class],
                "unit" => self.unit,
            )
        });
        histogram.record(took);
    }
}

/// Calls under way.
pub(crate) struct InFlight(Gauge);

impl InFlight {
    pub(crate) fn new() -> Self {
        metrics::describe_gauge!("nqba_http_requests_in_flight", "Calls under way.");
        metrics::describe_histogram!("nqba_http_request_duration_seconds", "Time until the answer began.");
        metrics::describe_counter!("nqba_ratelimit_decisions_total", "Calls let in and refused by each limit.");
        Self(metrics::gauge!("nqba_http_requests_in_flight"))
    }

    /// Counts a call until the guard is dropped, also when its caller breaks off.
    pub(crate) fn enter(&self) -> Passing<'_> {
        self.0.increment(1);
        Passing(&self.0)
    }
}

/// A call under way.
pub(crate) struct Passing<'a>(&'a Gauge);

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
