//! One connection, with a limit to how long its requests may take to arrive and how large their headers may be.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::handler::Peer;
use super::stall::Stalling;

/// Time for the headers of a request to arrive, and for a connection to lie idle.
const HEADER_TIME: Duration = Duration::from_secs(15);

/// Time that an answer may stand still because the visitor does not read it.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Number of headers of one request.
const MOST_HEADERS: usize = 100;

/// Bytes of a request's line and headers together; since they are read in pieces, up to twice as many may pass.
const LARGEST_HEAD: usize = 64 * 1024;

/// Serves the requests of one connection in a task of its own. `place` is given back when it ends; when
/// the server is stopping, it ends after the request under way.
pub(super) fn spawn(
    stream: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Small answers go out at once; failing to ask for that is no reason to refuse the connection.
    let _ = stream.set_nodelay(true);
    let router = router.layer(Extension(Peer(peer.ip())));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(Stalling::new(stream, ANSWER_TIME)), TowerToHyperService::new(router))
        // For websockets.
        .with_upgrades();
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            // Also when the server is gone, which cannot be before it has said that it stops.
            () = async { drop(stopping.wait_for(|is_stopping| *is_stopping).await) } => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // A visitor who went away or spoke nonsense is no matter for an operator.
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}
