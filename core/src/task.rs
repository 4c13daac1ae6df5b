//! Work that the host runs for a plugin beside its calls: tasks, which end with the plugin, and waiting.

use std::fmt;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyway_manifest::PluginId;

use crate::capability::OverLimit;
use crate::guard::{Caught, Panicked, catch};
use crate::plugin::BoxFuture;

/// Runs tasks for one instance of a plugin. Cloning is cheap; keep it to begin tasks in later calls.
///
/// No permission is needed, for a task may do no more than its plugin. How many run at the same time is limited by `tasks` in
/// `[limits]`. When the plugin stops, its tasks are told so ([`stopping`](Self::stopping)), then its `stop` runs, and what still runs
/// after that is cancelled at its next `await`. A plugin whose tasks are to end by themselves awaits them in `stop`, with
/// [`Task::join`].
#[derive(Clone)]
pub struct Tasks {
    source: Arc<dyn TaskSource>,
}

/// What a host gives to run tasks.
#[keyway::boundary]
pub trait TaskSource: Send + Sync {
    /// Begins to run work, whose panics are caught in the plugin. Dropping the work ends it too.
    ///
    /// # Errors
    /// When the plugin has as many tasks as it may have, or has stopped.
    fn spawn(&self, work: BoxFuture<'static, Result<(), Panicked>>) -> Result<Box<dyn StopTask>, SpawnError>;

    /// Runs work that is over when it is polled once, on a thread that may be blocked. Its panics are caught in the plugin.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    fn spawn_blocking(&self, work: BoxFuture<'static, Result<(), Panicked>>) -> Result<Box<dyn StopTask>, SpawnError>;

    /// Waits so long.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Whether the plugin is to stop, or has stopped.
    fn is_stopping(&self) -> bool;

    /// Waits until it is.
    fn stopping(&self) -> BoxFuture<'static, ()>;
}

/// Ends one task.
#[keyway::boundary]
pub trait StopTask: Send + Sync {
    /// Drops its work as soon as it does not run; does nothing when it is over.
    fn stop(&self);

    /// Somebody waits for its end, so that it must not wait for its beginning. Tasks of an instance that does not serve yet do.
    fn is_waited_for(&self) {}
}

/// Why a task was not begun. The work that was to run is dropped.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
#[non_exhaustive]
pub enum SpawnError {
    /// The plugin has as many tasks as it may have.
    OverLimit(OverLimit),
    /// The plugin has stopped.
    Stopped(PluginId),
}

/// A task that was begun. Dropping this lets it go on until its end, or until its plugin stops.
#[must_use = "the task goes on when this is dropped; say so with `drop`"]
pub struct Task<T> {
    end: Arc<End<T>>,
    control: Box<dyn StopTask>,
}

/// Why a task has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// It panicked. The host has logged and counted it.
    Panicked(Panicked),
    /// It was stopped, by [`Task::stop`] or with its plugin.
    Stopped,
}

/// What [`Tasks::timeout`] answers when the time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedOut {
    after: Duration,
}

/// Lets others run on this thread, and goes on when it is its turn again: for an `async fn` that computes for long. It needs no runtime.
///
/// ```
/// # async fn example(pages: Vec<String>) -> usize {
/// let mut words = 0;
/// for page in pages {
///     words += page.split_whitespace().count();
///     keyway::task::yield_now().await;
/// }
/// words
/// # }
/// ```
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Tasks {
    /// Wraps what a host gives; hosts and tests do.
    #[must_use]
    pub fn new(source: Arc<dyn TaskSource>) -> Self {
        Self { source }
    }

    /// Runs work beside the calls of the plugin, from now on.
    ///
    /// What `init` and `start` of a plugin begin that is being reloaded waits until the instance before it has stopped, so that the work
    /// of both never runs at the same time; a task that is [joined](Task::join) does not wait.
    ///
    /// A panic of the work ends the task only; the host logs it (KW0666) and counts it. The work must not block its thread: it could
    /// not be cancelled.
    ///
    /// # Errors
    /// When the plugin has as many tasks as it may have (KW0661), or has stopped (KW0665).
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<Task<T>, SpawnError> {
        let (work, end) = Work::new(work);
        let control = self.source.spawn(Box::pin(work))?;
        Ok(Task { end, control })
    }

    /// Runs work that blocks or computes for long, such as the hash of a password, on a thread that no call and no task needs. It counts
    /// as a task of the plugin.
    ///
    /// ```
    /// # use keyway::task::Tasks;
    /// # async fn example(tasks: &Tasks, bytes: Vec<u8>) -> Result<u64, keyway::Error> {
    /// let sum = tasks.spawn_blocking(move || bytes.iter().map(|byte| u64::from(*byte)).sum())?;
    /// Ok(sum.join().await?)
    /// # }
    /// ```
    ///
    /// Work that has begun cannot be cancelled: [`Task::stop`] and the end of the plugin keep back only what waits for a thread. In a plugin
    /// that is being reloaded it begins at once, while the instance before it still serves.
    ///
    /// # Errors
    /// When the plugin has as many tasks as it may have (KW0661), or has stopped (KW0665).
    pub fn spawn_blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<Task<T>, SpawnError> {
        let (work, end) = Work::new(async move { work() });
        let control = self.source.spawn_blocking(Box::pin(work))?;
        Ok(Task { end, control })
    }

    /// Waits for a future, so long at most; then it is dropped. A future that is ready is never too late.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn example(tasks: &keyway::task::Tasks) {
    /// let never = std::future::pending::<()>();
    /// let late = tasks.timeout(Duration::from_secs(2), never).await.unwrap_err();
    /// assert_eq!(late.to_string(), "it was not done within 2s");
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the time is over first.
    pub async fn timeout<T>(&self, duration: Duration, work: impl Future<Output = T>) -> Result<T, TimedOut> {
        let (mut work, mut sleep) = (pin!(work), self.source.sleep(duration));
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            Poll::Pending => sleep.as_mut().poll(context).map(|()| Err(TimedOut { after: duration })),
        })
        .await
    }

    /// Waits so long; a test can do without waiting, where it pauses the host's runtime.
    pub async fn sleep(&self, duration: Duration) {
        self.source.sleep(duration).await;
    }

    /// Whether the plugin is to stop, or has stopped.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.source.is_stopping()
    }

    /// Waits until the plugin is to stop.
    pub async fn stopping(&self) {
        self.source.stopping().await;
    }

    /// Waits so long, or until the plugin is to stop; answers whether it goes on. Meant for work that repeats:
    /// `while tasks.pause(minute).await { … }`.
    pub async fn pause(&self, duration: Duration) -> bool {
        let (mut sleep, mut stopping) = (self.source.sleep(duration), self.source.stopping());
        poll_fn(|context| match stopping.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(false),
            Poll::Pending => sleep.as_mut().poll(context).map(|()| true),
        })
        .await
    }
}

impl<T> Task<T> {
    /// Cancels the task: its work is dropped at its next `await`.
    pub fn stop(&self) {
        self.control.stop();
    }

    /// Whether the task is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        !matches!(*self.end.state(), EndState::Running(_))
    }

    /// Waits for the end of the task.
    ///
    /// # Errors
    /// When it panicked or was stopped.
    pub async fn join(self) -> Result<T, TaskError> {
        self.control.is_waited_for();
        poll_fn(|context| self.end.poll(context)).await
    }
}

/// Where a task puts its answer.
struct End<T>(Mutex<EndState<T>>);

enum EndState<T> {
    Running(Option<Waker>),
    Over(Result<T, TaskError>),
    Taken,
}

impl<T> End<T> {
    fn state(&self) -> MutexGuard<'_, EndState<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Result<T, TaskError>> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, EndState::Taken) {
            EndState::Over(answer) => Poll::Ready(answer),
            EndState::Running(_) => {
                *state = EndState::Running(Some(context.waker().clone()));
                Poll::Pending
            }
            EndState::Taken => Poll::Pending,
        }
    }

    fn put(&self, answer: Result<T, TaskError>) {
        let before = std::mem::replace(&mut *self.state(), EndState::Over(answer));
        if let EndState::Running(Some(waker)) = before {
            waker.wake();
        }
    }
}

/// The work of a task. Whoever waits for its end is told when this is dropped: by then the host has booked that it is over.
struct Work<T> {
    work: Option<Caught<'static, T>>,
    answer: Option<Result<T, TaskError>>,
    /// `None` once it was told.
    end: Option<Arc<End<T>>>,
}

// Nothing is pinned inside: the work is in a box of its own.
impl<T> Unpin for Work<T> {}

impl<T> Work<T> {
    fn new(work: impl Future<Output = T> + Send + 'static) -> (Self, Arc<End<T>>) {
        let end = Arc::new(End(Mutex::new(EndState::Running(None))));
        (Self { work: Some(Caught::make(|| work)), answer: None, end: Some(Arc::clone(&end)) }, end)
    }
}

impl<T> Future for Work<T> {
    type Output = Result<(), Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let Poll::Ready(answer) = Pin::new(work).poll(context) else { return Poll::Pending };
        self.work = None;
        match answer {
            Ok(value) => {
                self.answer = Some(Ok(value));
                Poll::Ready(Ok(()))
            }
            Err(panic) => {
                self.answer = Some(Err(TaskError::Panicked(panic.clone())));
                Poll::Ready(Err(panic))
            }
        }
    }
}

impl<T> Drop for Work<T> {
    fn drop(&mut self) {
        // First what it has borrowed and held.
        self.work = None;
        let (answer, end) = (self.answer.take().unwrap_or(Err(TaskError::Stopped)), self.end.take());
        // An answer that nobody waits for is dropped here, on a thread of the host.
        let _ = catch(AssertUnwindSafe(move || {
            if let Some(end) = end {
                end.put(answer);
            }
        }));
    }
}

impl SpawnError {
    /// The stable code; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OverLimit(over) => over.code(),
            Self::Stopped(_) => "KW0665",
        }
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverLimit(over) => over.fmt(formatter),
            Self::Stopped(plugin) => {
                write!(
                    formatter,
                    "KW0665 plugin `{plugin}` has stopped, and no task is run for it; begin tasks before its `stop` ends"
                )
            }
        }
    }
}

impl std::error::Error for SpawnError {}

impl fmt::Display for TaskError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => write!(formatter, "KW0666 the task has no answer: {panic}"),
            Self::Stopped => formatter.write_str("the task was stopped before its end"),
        }
    }
}

impl std::error::Error for TaskError {}

impl fmt::Display for TimedOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "it was not done within {:?}", self.after)
    }
}

impl std::error::Error for TimedOut {}

impl fmt::Debug for Tasks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tasks").field("is_stopping", &self.is_stopping()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Task").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}
