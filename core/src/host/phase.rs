//! Runs one phase of many plugins at the same time, each under its own time limit.
//!
//! Most plugins do little in a phase and answer at the first poll. For those a task each would cost more than the work, so drivers
//! take one plugin after the other from a queue and poll it once; only what is then still waiting becomes a task with a timer. On a
//! runtime with several threads there is one driver for each, so that plugins that compute do not wait for each other.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::failure::Phase;
use super::limit::Limit;
use crate::guard::{PluginNumber, mark};
use crate::plugin::BoxFuture;

/// One plugin's part of a phase.
pub(super) struct Job<T> {
    /// The plugin's place in the start order.
    pub(super) rank: usize,
    /// The time it has.
    pub(super) limit: Limit,
    /// What threads show while they poll it: whose code it is, and in which phase.
    pub(super) mark: (Arc<PluginNumber>, Phase),
    /// What it does; panics are caught inside.
    pub(super) work: BoxFuture<'static, T>,
}

/// How one plugin's part ended.
pub(super) struct Done<T> {
    /// The plugin's place in the start order.
    pub(super) rank: usize,
    /// The answer, or `None` when the limit passed.
    pub(super) answer: Option<T>,
    /// How long it took.
    pub(super) took: Duration,
    /// The time it had.
    pub(super) limit: Limit,
}

/// Runs all jobs to their end or limit; the answers are sorted by rank.
///
/// A plugin that blocks its thread cannot be interrupted: when it returns after its limit, its answer still counts.
pub(super) async fn run_all<T: Send + 'static>(jobs: Vec<Job<T>>) -> Vec<Done<T>> {
    let others = helper_count(jobs.len());
    let queue = Arc::new(Mutex::new(jobs.into_iter()));
    let mut helpers = JoinSet::new();
    for _ in 0..others {
        helpers.spawn(drive(Arc::clone(&queue)));
    }
    let mut done = drive(queue).await;
    while let Some(more) = helpers.join_next().await {
        done.extend(joined(more).unwrap_or_default());
    }
    done.sort_unstable_by_key(|done| done.rank);
    done
}

fn helper_count(jobs: usize) -> usize {
    let handle = Handle::current();
    match handle.runtime_flavor() {
        RuntimeFlavor::MultiThread => handle.metrics().num_workers().min(jobs).saturating_sub(1),
        _ => 0,
    }
}

async fn drive<T: Send + 'static>(queue: Arc<Mutex<std::vec::IntoIter<Job<T>>>>) -> Vec<Done<T>> {
    let mut done = Vec::new();
    let mut waiting = JoinSet::new();
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    while let Some(Job { rank, limit, mark, work }) = next() {
        let begun = Instant::now();
        let mut work = Marked { mark, work };
        match poll_fn(|context| Poll::Ready(Pin::new(&mut work).poll(context))).await {
            Poll::Ready(answer) => done.push(Done { rank, answer: Some(answer), took: begun.elapsed(), limit }),
            Poll::Pending => {
                waiting.spawn(async move {
                    let answer = tokio::time::timeout_at(begun + limit.time, work).await.ok();
                    Done { rank, answer, took: begun.elapsed(), limit }
                });
            }
        }
    }
    while let Some(answer) = waiting.join_next().await {
        done.extend(joined(answer));
    }
    done
}

/// Work of a plugin; the thread that polls it shows whose it is.
struct Marked<T> {
    mark: (Arc<PluginNumber>, Phase),
    work: BoxFuture<'static, T>,
}

impl<T> Future for Marked<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Self { mark: (plugin, phase), work } = &mut *self;
        let _runs_plugin = mark::enter_phase(plugin, phase.number());
        work.as_mut().poll(context)
    }
}

/// The answer of a task; `None` when the runtime is shutting down and has cancelled it.
fn joined<R>(answer: Result<R, JoinError>) -> Option<R> {
    match answer.map_err(JoinError::try_into_panic) {
        Ok(answer) => Some(answer),
        // Panics of plugins are caught inside the jobs; one that comes here is a mistake of the host and must not be hidden.
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::limit::LimitSource;

    #[tokio::test(start_paused = true)]
    async fn every_poll_of_a_job_is_marked_with_its_plugin() {
        let job = |rank: usize| {
            let plugin = Arc::new(PluginNumber::take());
            let number = u32::from(plugin.get());
            let work = Box::pin(async move {
                let first = mark::current_plugin();
                tokio::time::sleep(Duration::from_millis(1)).await;
                (number, first, mark::current_plugin())
            });
            Job {
                rank,
                limit: Limit { time: Duration::from_secs(1), set_by: LimitSource::Program },
                mark: (plugin, Phase::Start),
                work,
            }
        };
        for done in run_all((0..3).map(job).collect()).await {
            let (number, first, later) = done.answer.expect("it is in time");
            assert_eq!((first, later), (number, number));
        }
        assert_eq!(mark::current_plugin(), 0);
    }
}
