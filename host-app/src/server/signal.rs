//! How a person or a service manager asks the program to stop.

/// Ends at the first Ctrl-C (SIGINT) or SIGTERM.
///
/// The signals do nothing else from the first call on; a second one while the program stops ends it at once.
pub async fn asked_to_stop() {
    wait().await;
    tokio::spawn(async {
        wait().await;
        tracing::warn!("asked to stop a second time: ending at once");
        end_at_once();
    });
}

#[expect(clippy::exit, reason = "a person who asks twice does not want to wait for plugins")]
fn end_at_once() -> ! {
    std::process::exit(130)
}

#[cfg(unix)]
async fn wait() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            () = interrupted() => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be waited for; Ctrl-C works");
            interrupted().await;
        }
    }
}

#[cfg(not(unix))]
async fn wait() {
    interrupted().await;
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C cannot be waited for; the program runs until it is killed");
        std::future::pending::<()>().await;
    }
}
