//! Runtimes for hosts, and polling without one.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use keyway::{Host, PluginTable};
use tokio::runtime::{Builder, Runtime};

/// Starts a host on a runtime with a thread of its own, which moves the coarse clock while the benches call. Both stay for the life of
/// the program.
#[must_use]
pub fn host(table: PluginTable) -> &'static Host {
    let host = background().block_on(Host::builder(table).start()).expect("the plugins of the benches start");
    Box::leak(Box::new(host))
}

/// A runtime with one worker thread, which stays for the life of the program.
#[must_use]
pub fn background() -> &'static Runtime {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build();
    Box::leak(Box::new(runtime.expect("a runtime of one thread can be made")))
}

/// A runtime on the calling thread, so that the thread's processor clock sees all the work.
#[must_use]
pub fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime of one thread can be made")
}

/// The answer of a future that is ready at its first poll.
///
/// # Panics
///
/// When it is not.
#[inline]
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the future waits"),
    }
}
