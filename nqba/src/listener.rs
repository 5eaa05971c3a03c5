//! Sockets: bound early, served with limits, closed in order.
//!
//! A client that says nothing, or its headers slowly, is cut off, connections are counted, and at the end the open
//! requests get the drain time.

use crate::failure::Failure;
use axum::{Router, body::Body, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// More open connections than this wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 8_192;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How often an HTTP/2 client is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);

/// Binds, or says what to do.
pub(crate) async fn bind(addr: &str, key: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(addr).await.map_err(|e| {
        let hint = match e.kind() {
            std::io::ErrorKind::AddrInUse => "another program has it; stop that one or choose another address",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
            _ => "check the address",
        };
        Failure::run(format!("Cannot listen on {addr}: {e}; {hint} ({key})."))
    })
}

/// Serves until told to stop, then lets open requests end within the drain time.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, drain: Duration) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok((stream, peer, permit)) => connection(stream, peer, router.clone(), &graceful, permit),
            Err(e) => {
                // Out of file descriptors, most likely: pause rather than spin.
                tracing::warn!(error = %e, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("the drain time is over; open connections are cut");
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    graceful: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
) {
    // Small answers must not wait for more to come.
    let _ = stream.set_nodelay(true);
    let called = Arc::new(AtomicBool::new(false));
    let calls = Arc::clone(&called);
    let service = hyper::service::service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        calls.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(64 * 1024);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256).keep_alive_interval(PING);
    let served = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let served = graceful.watch(served);
    tokio::spawn(async move {
        let mut served = std::pin::pin!(served);
        // Hyper waits without end for the first bytes, by which it tells the protocols apart, and for an HTTP/2
        // client's first call.
        let begun = tokio::time::timeout(HEADER_TIMEOUT, served.as_mut()).await;
        if begun.is_err() && called.load(Ordering::Relaxed) {
            // A client that breaks off is no event of ours.
            let _ = served.await;
        }
        drop(permit);
    });
}
