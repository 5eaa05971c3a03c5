//! Logs, metrics and spans.

use crate::config::Log;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::{io::IsTerminal, sync::OnceLock, time::Duration};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Upper bounds of the duration histograms, seconds: fine below the 100 ms that a call may take.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Samples of histograms are folded into their buckets this often; unfolded they pile up where nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The process's metrics.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// In Prometheus's text format, the process's own figures with them.
    #[must_use]
    pub fn render(&self) -> String {
        metrics_process::Collector::default().collect();
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// What was started, to be flushed at the end.
pub struct Telemetry {
    metrics: Metrics,
    spans: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// The metrics.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Sends what is left.
    pub fn shutdown(&self) {
        if let Some(Err(e)) = self.spans.as_ref().map(SdkTracerProvider::shutdown) {
            tracing::warn!(error = %e, "the last spans could not be sent");
        }
    }
}

/// The recorder of this process. The metrics facade allows one, so tests share it.
///
/// # Errors
/// When something else has installed a recorder before.
pub fn metrics() -> Result<Metrics, String> {
    static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &BUCKETS)
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|e| e.to_string())
    });
    metrics_process::Collector::default().describe();
    handle.clone().map(|handle| Metrics { handle })
}

/// Starts logs, metrics and, when an address is given, the sending of spans. A process has one log: later calls keep
/// the first.
///
/// # Errors
/// When the filter or the address cannot be read.
pub fn init(log: &Log, otlp_endpoint: &str) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|e| format!("log.level `{}`: {e}", log.level))?;
    let pretty = match log.format.as_str() {
        "pretty" => true,
        "json" => false,
        _ => std::io::stderr().is_terminal(),
    };
    let layer = if pretty {
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).compact().boxed()
    } else {
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).json().flatten_event(true).boxed()
    };
    let spans = if otlp_endpoint.is_empty() { None } else { Some(exporter(otlp_endpoint)?) };
    let otel = spans.as_ref().map(|s| tracing_opentelemetry::layer().with_tracer(s.tracer("nqba")));
    if tracing_subscriber::registry().with(filter).with(layer).with(otel).try_init().is_err() {
        tracing::debug!("the log was started before; it stays as it is");
    }
    let metrics = metrics()?;
    keep_up(metrics.clone());
    Ok(Telemetry { metrics, spans })
}

fn keep_up(metrics: Metrics) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    runtime.spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            metrics.handle.run_upkeep();
        }
    });
}

fn exporter(endpoint: &str) -> Result<SdkTracerProvider, String> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .with_headers(std::collections::HashMap::new())
        .build()
        .map_err(|e| format!("telemetry.otlp_endpoint `{endpoint}`: {e}"))?;
    let resource = opentelemetry_sdk::Resource::builder().with_service_name("nqba").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_starts_as_often_as_asked_and_shows_what_was_measured() {
        let log = |level: &str| Log { format: "json".to_owned(), level: level.to_owned() };
        for _ in 0..2 {
            let telemetry = init(&log("warn"), "").unwrap();
            metrics::histogram!("nqba_test_duration_seconds").record(0.003);
            let shown = telemetry.metrics().render();
            assert!(shown.contains("nqba_test_duration_seconds_bucket{le=\"0.005\"}"), "{shown}");
            assert!(shown.contains("process_cpu_seconds_total"), "{shown}");
            telemetry.shutdown();
        }
        init(&log("info"), "http://127.0.0.1:9/v1/traces").unwrap().shutdown();
        assert!(init(&log("a=b=c"), "").is_err());
    }
}
