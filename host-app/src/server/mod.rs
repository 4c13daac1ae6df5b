//! Accepting connections: the only thing that keyway-cms does itself. Bounded in number, in time and in size.

mod connection;
mod handler;
mod protocol;
mod pulse;
mod signal;
mod stall;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::Settings;
use crate::pipeline::Pipeline;

pub(crate) use protocol::{not_granted, serve_protocols};
pub(crate) use pulse::Pulse;
pub use signal::asked_to_stop;

/// Connections at the same time; more wait in the operating system's queue.
const MOST_CONNECTIONS: u32 = 1024;

/// Time that connections have to finish their requests when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// Pause after a connection could not be accepted, for example because there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stop` ends, then lets requests under way finish.
///
/// Requests that take longer than ten seconds after that are cut off; how many is logged.
pub(crate) async fn serve(listener: TcpListener, pipeline: Arc<Pipeline>, settings: &Settings, stop: impl Future<Output = ()>) {
    let (stopping, watching) = watch::channel(false);
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS as usize));
    let router = handler::router(pipeline, settings);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        if let Some((stream, peer, place)) = accepted {
            connection::spawn(stream, peer, place, router.clone(), watching.clone());
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let open = MOST_CONNECTIONS as usize - places.available_permits();
    if open > 0 {
        let limit = FAREWELL.as_secs();
        tracing::info!(
            connections = open,
            "stopping: requests under way have {limit} s to end; Ctrl-C once more ends them at once"
        );
    }
    if timeout(FAREWELL, places.acquire_many(MOST_CONNECTIONS)).await.is_err() {
        let cut_off = MOST_CONNECTIONS as usize - places.available_permits();
        tracing::warn!(connections = cut_off, "requests did not end within {} s and are cut off", FAREWELL.as_secs());
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}
