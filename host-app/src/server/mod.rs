//! Accepting connections: the only thing that keyway-cms does itself. Bounded in number, in time and in size.

mod connection;
mod handler;
mod signal;
mod stall;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::pipeline::Pipeline;

pub use signal::asked_to_stop;

/// Connections at the same time; more wait in the operating system's queue.
const MOST_CONNECTIONS: usize = 1024;

/// Time that connections have to finish their requests when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// Pause after a connection could not be accepted, for example because there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stop` ends, then lets requests under way finish.
///
/// Requests that take longer than ten seconds after that are cut off; how many is logged.
pub(crate) async fn serve(listener: TcpListener, pipeline: Arc<Pipeline>, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let router = handler::router(pipeline);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        if let Some((stream, place)) = accepted {
            connection::spawn(stream, place, router.clone(), connections.watcher());
        }
    }
    drop(listener);
    if tokio::time::timeout(FAREWELL, connections.shutdown()).await.is_err() {
        let cut_off = MOST_CONNECTIONS - places.available_permits();
        tracing::warn!(connections = cut_off, "requests did not end within {} s and are cut off", FAREWELL.as_secs());
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}
