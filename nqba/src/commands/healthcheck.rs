//! `nqba healthcheck`: whether a running server is ready.

use crate::{cli::Healthcheck, failure::Failure, terminal};
use bytes::Bytes;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use std::{path::Path, time::Duration};

pub(super) async fn run(file: Option<&Path>, args: &Healthcheck) -> Result<(), Failure> {
    let mut flags = Vec::new();
    super::flag(&mut flags, "http.listen", args.listen.as_deref());
    let settings = super::settings(file, &flags)?;
    let addr = settings.http.listen.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
    let uri: http::Uri = format!("http://{addr}/readyz").parse().map_err(Failure::usage)?;
    let client = Client::builder(TokioExecutor::new()).build_http::<http_body_util::Empty<Bytes>>();
    let answer = tokio::time::timeout(Duration::from_secs(args.timeout), client.get(uri)).await;
    match answer {
        Ok(Ok(response)) if response.status().is_success() => {
            terminal::say("ready");
            Ok(())
        }
        Ok(Ok(response)) => Err(Failure::run(format!("not ready: {addr} answers {}", response.status()))),
        Ok(Err(e)) => Err(Failure::run(format!("not ready: {addr} does not answer ({e})"))),
        Err(_) => Err(Failure::run(format!("not ready: {addr} did not answer within {} s", args.timeout))),
    }
}
