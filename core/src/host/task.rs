//! The tasks of one instance of a plugin: booked, marked, told when it stops, and cancelled with it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyway_manifest::Descriptor;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, timeout_at};

use super::failure::{PluginError, PluginErrorKind};
use super::inner::Inner;
use super::member::Member;
use super::release::Release;
use super::tell::tell;
use super::usage::{Account, Booking};
use crate::capability::Resource;
use crate::guard::{Panicked, PluginNumber, mark};
use crate::native::Hold;
use crate::plugin::BoxFuture;
use crate::task::{SpawnError, StopTask, TaskSource};

/// The tasks of one instance.
pub(super) struct TaskGroup {
    owner: Arc<Owner>,
    runtime: Handle,
    list: Mutex<List>,
    is_stopping: watch::Sender<bool>,
    /// Whether tasks may begin; until then they wait, but for those that somebody waits for.
    may_begin: watch::Sender<bool>,
}

/// The plugin that the tasks belong to.
struct Owner {
    descriptor: &'static Descriptor,
    number: Arc<PluginNumber>,
    account: Arc<Account>,
    /// Keeps the library that the tasks came from; they are dropped before.
    _library: Hold,
}

#[derive(Default)]
struct List {
    is_closed: bool,
    tasks: Vec<JoinHandle<()>>,
    /// Tasks that are over are taken out when there are so many.
    clear_at: usize,
}

impl TaskGroup {
    /// A group that runs its tasks on the runtime that this is called in.
    pub(super) fn new(member: &Member) -> Arc<Self> {
        Self::with(member, &member.release(), true)
    }

    /// A group for an instance that does not serve yet: its tasks begin with [`begin`](Self::begin).
    pub(super) fn waiting(member: &Member, release: &Release) -> Arc<Self> {
        Self::with(member, release, false)
    }

    fn with(member: &Member, release: &Release, may_begin: bool) -> Arc<Self> {
        let (number, account) = (Arc::clone(&member.number), Arc::clone(&member.account));
        let library = release.registration.hold();
        let owner = Arc::new(Owner { descriptor: release.descriptor(), number, account, _library: library });
        let (is_stopping, may_begin) = (watch::Sender::new(false), watch::Sender::new(may_begin));
        Arc::new(Self { owner, runtime: Handle::current(), list: Mutex::default(), is_stopping, may_begin })
    }

    /// Lets tasks begin.
    pub(super) fn begin(&self) {
        self.may_begin.send_replace(true);
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the tasks that their plugin is about to stop.
    pub(super) fn ask_to_stop(&self) {
        self.is_stopping.send_replace(true);
    }

    /// Books a task, has it begun, and keeps it, so that it ends with its plugin.
    fn keep(
        &self,
        work: BoxFuture<'static, Result<(), Panicked>>,
        begin: impl FnOnce(Run) -> JoinHandle<()>,
    ) -> Result<AbortHandle, SpawnError> {
        // Made first, so that the plugin's work is dropped under its mark whatever comes of it.
        let mut run = Run { owner: Arc::clone(&self.owner), work: Some(work), booking: None };
        let stopped = SpawnError::Stopped(self.owner.descriptor.id);
        if self.list().is_closed {
            return Err(stopped);
        }
        run.booking = Some(self.owner.account.book(Resource::Tasks, 1).map_err(SpawnError::OverLimit)?);
        // Not under the lock: a runtime that shuts down drops the work at once, and with it code of the plugin.
        let task = begin(run);
        let control = task.abort_handle();
        let mut list = self.list();
        if list.is_closed {
            task.abort();
            return Err(stopped);
        }
        if list.tasks.len() >= list.clear_at {
            list.tasks.retain(|task| !task.is_finished());
            list.clear_at = (2 * list.tasks.len()).max(16);
        }
        list.tasks.push(task);
        Ok(control)
    }

    /// Cancels all tasks and takes no more; answers those that may still run.
    pub(super) fn close(&self) -> Vec<JoinHandle<()>> {
        self.ask_to_stop();
        let tasks = {
            let mut list = self.list();
            list.is_closed = true;
            std::mem::take(&mut list.tasks)
        };
        tasks.iter().for_each(JoinHandle::abort);
        tasks
    }
}

/// A cancelled task that waits for something is over at once; one that computes gets so long at least to come to its next `await`.
const GRACE: Duration = Duration::from_millis(100);

impl Inner {
    /// Cancels the tasks of a plugin's instance; answers those that may still run.
    pub(super) fn close_tasks(&self, rank: usize) -> Vec<JoinHandle<()>> {
        let group = self.members[rank].status().tasks.take();
        group.map(|group| group.close()).unwrap_or_default()
    }

    /// Waits for tasks that were cancelled, until the deadline; tells of those that still hold their thread.
    pub(super) async fn wait_for_tasks(&self, rank: usize, tasks: Vec<JoinHandle<()>>, deadline: Instant) -> Option<PluginError> {
        let deadline = deadline.max(Instant::now() + GRACE);
        let mut count = 0;
        for task in tasks {
            count += usize::from(timeout_at(deadline, task).await.is_err());
        }
        let kind = PluginErrorKind::TasksLeft { count };
        (count > 0).then(|| PluginError::new(self.members[rank].descriptor(), kind))
    }

    /// Cancels the tasks of a plugin that could not be started.
    pub(super) async fn end_tasks(&self, rank: usize) {
        let tasks = self.close_tasks(rank);
        if let Some(error) = self.wait_for_tasks(rank, tasks, Instant::now()).await {
            tell!(error, { plugin = error.plugin(), } "after a failed start: {error}");
        }
    }
}

impl TaskSource for TaskGroup {
    fn spawn(&self, work: BoxFuture<'static, Result<(), Panicked>>) -> Result<Box<dyn StopTask>, SpawnError> {
        let wanted = Arc::new(Notify::new());
        let task = self.keep(work, |run| {
            if *self.may_begin.borrow() {
                return self.runtime.spawn(run);
            }
            let (mut may_begin, wanted) = (self.may_begin.subscribe(), Arc::clone(&wanted));
            self.runtime.spawn(async move {
                let run = run;
                tokio::select! {
                    _ = may_begin.wait_for(|may_begin| *may_begin) => {}
                    () = wanted.notified() => {}
                }
                run.await;
            })
        })?;
        Ok(Box::new(Control { task, wanted }))
    }

    fn spawn_blocking(&self, work: BoxFuture<'static, Result<(), Panicked>>) -> Result<Box<dyn StopTask>, SpawnError> {
        let task = self.keep(work, |mut run| {
            self.runtime.spawn_blocking(move || {
                // It is over when it was polled once.
                let _ = Pin::new(&mut run).poll(&mut Context::from_waker(Waker::noop()));
            })
        })?;
        Ok(Box::new(Control { task, wanted: Arc::default() }))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // A plugin may ask on a thread that knows of no runtime.
        let _in_runtime = self.runtime.enter();
        Box::pin(tokio::time::sleep(duration))
    }

    fn is_stopping(&self) -> bool {
        *self.is_stopping.borrow()
    }

    fn stopping(&self) -> BoxFuture<'static, ()> {
        let mut is_stopping = self.is_stopping.subscribe();
        // The group is gone when the host is, which is a stop too.
        Box::pin(async move { drop(is_stopping.wait_for(|is_stopping| *is_stopping).await) })
    }
}

struct Control {
    task: AbortHandle,
    /// Wakes a task that waits for its beginning.
    wanted: Arc<Notify>,
}

impl StopTask for Control {
    fn stop(&self) {
        self.task.abort();
    }

    fn is_waited_for(&self) {
        self.wanted.notify_one();
    }
}

/// The work of one task as the runtime polls it.
struct Run {
    owner: Arc<Owner>,
    work: Option<BoxFuture<'static, Result<(), Panicked>>>,
    booking: Option<Booking>,
}

impl Run {
    /// Drops the work, after it is booked that it is over: whoever waits for it is told then and may begin another task.
    fn let_go(&mut self) {
        self.booking = None;
        let _runs_plugin = mark::enter_plugin(&self.owner.number);
        self.work = None;
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { owner, work: Some(work), .. } = &mut *self else { return Poll::Ready(()) };
        let runs_plugin = mark::enter_plugin(&owner.number);
        let Poll::Ready(answer) = work.as_mut().poll(context) else { return Poll::Pending };
        drop(runs_plugin);
        if let Err(panic) = answer {
            owner.note(&panic);
        }
        self.let_go();
        Poll::Ready(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Owner {
    fn note(&self, panic: &Panicked) {
        self.account.count_task_panic();
        let (plugin, version) = (self.descriptor.id.as_str(), self.descriptor.version);
        tell!(error, { plugin, } "KW0666 a task of plugin `{plugin} {version}` panicked: {}", panic.message());
    }
}

impl fmt::Debug for TaskGroup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TaskGroup").field("plugin", &self.owner.descriptor.id).finish_non_exhaustive()
    }
}
