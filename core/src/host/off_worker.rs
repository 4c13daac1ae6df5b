//! Work that takes its time or waits for a disk, away from the threads that serve.

use std::panic::resume_unwind;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// Does the work on a thread that may block; on this one where no runtime has such threads. A panic of the work is one of the caller's.
pub(super) async fn off_worker<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    if Handle::try_current().is_err() {
        return work();
    }
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime ends before the work has begun, and whoever waits for it ends too.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn it_is_done_on_another_thread_while_this_one_serves() {
        let (begin, begun) = std::sync::mpsc::channel();
        let work = off_worker(move || {
            begun.recv().expect("the other half is held");
            thread::current().id()
        });
        // Did the work stand in the way of this branch, neither would come to an end.
        let serve = async { begin.send(()).expect("the other half is held") };
        let (worked_on, ()) = tokio::join!(work, serve);
        assert_ne!(worked_on, thread::current().id());
    }

    #[test]
    fn without_a_runtime_it_is_done_here() {
        let mut work = pin!(off_worker(|| thread::current().id()));
        let Poll::Ready(worked_on) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("there is nothing to wait for")
        };
        assert_eq!(worked_on, thread::current().id());
    }

    #[test]
    fn a_panic_of_the_work_reaches_the_caller() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
        let work = || runtime.block_on(off_worker(|| -> u8 { panic!("out of paper") }));
        let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("the work panics");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"out of paper"));
    }
}
