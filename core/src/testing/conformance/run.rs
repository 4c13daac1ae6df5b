//! One host of the kit with the plugin in it, and what is seen of the plugin at each step.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Conformance, Examined};
use crate::guard::catch;
use crate::host::{Dependents, PluginInfo, StartError, State};
use crate::testing::folder::Folder;
use crate::testing::{RunningTestHost, TestHost};

/// What the plugin left behind may take so long to go: a thread that ends, a file that is closed by another thread.
pub(super) const SETTLES: Duration = Duration::from_secs(2);

const GIVE: &str = "mend that; what the plugin needs in every host, such as settings, secrets, files or another plugin, is given to the kit \
                    with `conformance!(…, host: |host| host.config(\"…\"))`";

/// Does the work of a check in a runtime as hosts have it.
pub(super) fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let answer = runtime.block_on(work);
    // What blocks a thread is told by the host or by the check of what is left; it must not hold up the test.
    runtime.shutdown_timeout(SETTLES);
    answer
}

/// What is done to a plugin that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Disable,
    Enable,
    Reload,
}

/// A host that was started, and what was done with it.
pub(super) struct Run<'a> {
    kit: &'a Conformance,
    pub(super) host: RunningTestHost,
    did: Vec<&'static str>,
    /// The values of the plugin that were made.
    instances: Vec<Weak<dyn Any + Send + Sync>>,
}

impl<'a> Run<'a> {
    /// Starts the plugin in a folder of its own. Without an answer, what kept it from starting is among the findings.
    pub(super) async fn begin(kit: &'a Conformance, examined: &mut Examined) -> Option<Self> {
        Self::begin_in(kit, examined, &Arc::new(Folder::new())).await
    }

    /// Starts the plugin on what is in a folder.
    pub(super) async fn begin_in(kit: &'a Conformance, examined: &mut Examined, folder: &Arc<Folder>) -> Option<Self> {
        match Self::try_begin(kit, kit.test_host(folder)).await {
            Ok(run) => {
                run.look(examined);
                Some(run)
            }
            Err(error) => {
                examined.found("start", error.to_string(), GIVE);
                None
            }
        }
    }

    pub(super) async fn try_begin(kit: &'a Conformance, host: TestHost) -> Result<Self, StartError> {
        let host = host.start().await?;
        let mut run = Self { kit, host, did: vec!["start"], instances: Vec::new() };
        run.note_instance();
        Ok(run)
    }

    fn id(&self) -> &'static str {
        self.kit.plugin.id.as_str()
    }

    /// What was done so far, as a phrase.
    pub(super) fn did(&self) -> String {
        self.did.join(", ")
    }

    pub(super) fn info(&self) -> PluginInfo {
        self.host.plugin(self.id()).expect("the kit has put the plugin into this host")
    }

    fn note_instance(&mut self) {
        self.instances.extend((self.kit.instance)(&self.host));
    }

    /// Takes a step; answers whether the plugin is as it should be after it.
    pub(super) async fn take(&mut self, step: Step, examined: &mut Examined) -> bool {
        let before = examined.findings.len();
        let (name, problems) = match step {
            Step::Disable => (
                "disable",
                match self.host.disable(self.id(), Dependents::Cascade).await {
                    Ok(done) => done.errors.iter().map(ToString::to_string).collect(),
                    Err(error) => vec![error.to_string()],
                },
            ),
            Step::Enable => (
                "enable",
                match self.host.enable(self.id(), Dependents::Cascade).await {
                    Ok(done) => done.errors.iter().map(ToString::to_string).collect(),
                    Err(error) => vec![error.to_string()],
                },
            ),
            Step::Reload => (
                "reload",
                match self.host.reload(self.id()).await {
                    Ok(done) => done.errors.iter().map(ToString::to_string).collect(),
                    Err(error) => vec![error.to_string()],
                },
            ),
        };
        self.did.push(name);
        let is_told = !problems.is_empty();
        for problem in problems {
            examined.found(self.did(), problem, help_of(step));
        }
        match step {
            Step::Disable => self.look_for_remains(examined).await,
            Step::Enable | Step::Reload if !is_told => {
                self.note_instance();
                self.look(examined);
            }
            Step::Enable | Step::Reload => {}
        }
        examined.findings.len() == before
    }

    /// Runs the plugin's jobs, and has the author's code call it. Answers the panic of that code.
    pub(super) async fn work(&mut self) -> Result<(), String> {
        self.did.push("work");
        for job in self.host.jobs().into_iter().filter(|job| job.plugin.as_str() == self.id()) {
            // A job that fails is no failure of the kit's: what it needs may not be there. Its panics and deadlines are counted.
            let _ = self.host.run_job(self.id(), &job.name).await;
        }
        let Some(work) = &self.kit.work else { return Ok(()) };
        let host = self.host.host().clone();
        let making = catch(AssertUnwindSafe(|| work(host))).map_err(|panic| panic.message().to_owned())?;
        match tokio::spawn(making).await {
            Ok(()) => Ok(()),
            Err(error) => Err(match error.try_into_panic().map(|panic| panic.downcast::<String>()) {
                Ok(Ok(text)) => *text,
                Ok(Err(panic)) => (*panic.downcast_ref::<&str>().unwrap_or(&"a panic")).to_owned(),
                Err(error) => error.to_string(),
            }),
        }
    }

    /// Does the work, and looks at the plugin after it.
    pub(super) async fn work_well(&mut self, examined: &mut Examined) {
        if let Err(panic) = self.work().await {
            let help = "mend the plugin, or the closure that was given to `conformance!` as `work`";
            examined.found(self.did(), format!("the code that was given as `work` panicked: {panic}"), help);
        }
        self.look(examined);
    }

    /// Looks at a plugin that should run.
    pub(super) fn look(&self, examined: &mut Examined) {
        let info = self.info();
        if info.state != State::Ok {
            let why = info.error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
            examined.found(self.did(), format!("its state is `{}` and not `ok`{why}", info.state), "mend the cause");
        }
        self.look_for_panics(examined);
    }

    /// Looks for panics that the host has caught.
    pub(super) fn look_for_panics(&self, examined: &mut Examined) {
        let info = self.info();
        let help = "return an error where something is missing; the log of the test has the message of the panic and its place";
        if info.usage.task_panics > 0 {
            examined.found(self.did(), format!("{} of its tasks panicked", info.usage.task_panics), help);
        }
        let extensions = info.extensions.iter().map(|extension| (extension.point.as_str(), extension.counts));
        let subscriptions = self.host.subscriptions();
        let subscriptions = subscriptions.iter().filter(|subscription| subscription.plugin == info.id);
        for (at, counts) in extensions.chain(subscriptions.map(|subscription| (subscription.topic, subscription.counts))) {
            if counts.panics > 0 {
                examined.found(self.did(), format!("{} of {} calls at `{at}` panicked", counts.panics, counts.calls), help);
            }
        }
    }

    /// Stops the host, and looks for what is left of the plugin.
    pub(super) async fn stop(mut self, examined: &mut Examined) -> Stopped {
        let report = self.host.stop().await;
        self.did.push("stop");
        for error in report.errors().filter(|error| error.plugin() == self.id()) {
            examined.found(self.did(), error.to_string(), help_of(Step::Disable));
        }
        self.look_for_remains(examined).await;
        let took = report.plugins.iter().find(|plugin| plugin.id.as_str() == self.id()).map(|plugin| plugin.took);
        Stopped { took, did: self.did(), instances: self.instances }
    }

    /// Looks for what the host counts of a plugin that does not run.
    pub(super) async fn look_for_remains(&self, examined: &mut Examined) {
        // Where something was found already, waiting as long once more would tell nothing new.
        let patience = if examined.findings.is_empty() { SETTLES } else { SETTLES / 20 };
        let begun = Instant::now();
        while !self.remains(&self.info()).is_empty() && begun.elapsed() < patience {
            sleep(Duration::from_millis(5)).await;
        }
        let info = self.info();
        for (saw, help) in self.remains(&info) {
            examined.found(self.did(), saw, help);
        }
        if info.state != State::Stopped && info.error.is_none() {
            examined.found(self.did(), format!("its state is `{}` and not `stopped`", info.state), "mend the cause");
        }
    }

    fn remains(&self, info: &PluginInfo) -> Vec<(String, &'static str)> {
        let subscriptions = self.host.subscriptions().iter().filter(|subscription| subscription.plugin == info.id).count();
        let jobs = self.host.jobs().iter().filter(|job| job.plugin == info.id).count();
        let counted = [
            (
                info.usage.tasks.used,
                "tasks still run",
                "let them end when `ctx.tasks().pause(…)` answers `false`, or at their next `await`",
            ),
            (info.usage.open_files.used, "files are still open", "drop what reads or writes them in `stop`"),
            (info.usage.memory.used, "bytes of its arenas are still booked", "drop its regions with the plugin's value"),
            (subscriptions as u64, "subscriptions are still there", "drop them in `stop`"),
            (jobs as u64, "jobs are still there", "report this to Keyway: the host ends them"),
        ];
        let left = counted.into_iter().filter(|(count, ..)| *count > 0);
        left.map(|(count, what, help)| (format!("{count} {what}"), help)).collect()
    }
}

/// What is known of a plugin whose host has stopped.
pub(super) struct Stopped {
    /// How long its `stop` took; `None` when it did not run.
    pub(super) took: Option<Duration>,
    pub(super) did: String,
    instances: Vec<Weak<dyn Any + Send + Sync>>,
}

impl Stopped {
    /// Looks for values of the plugin that are not dropped, once its host is gone.
    pub(super) async fn look_for_instances(&self, examined: &mut Examined) {
        let alive = || self.instances.iter().filter(|instance| instance.strong_count() > 0).count();
        let begun = Instant::now();
        while alive() > 0 && begun.elapsed() < SETTLES {
            sleep(Duration::from_millis(5)).await;
        }
        if alive() > 0 {
            let saw =
                format!("{} of its {} values was not dropped, so that their `Drop` never runs", alive(), self.instances.len());
            let help =
                "find who keeps an `Arc` of the plugin: two that hold each other, a task or thread that goes on, a `static`";
            examined.found(&self.did, saw, help);
        }
    }
}

const fn help_of(step: Step) -> &'static str {
    match step {
        Step::Disable => "mend its `stop`, its `Drop` or its tasks: they are asked to end, and what is left is cancelled",
        Step::Enable => {
            "make `init` and `start` work a second time in one process: what `stop` should have ended may still be there"
        }
        Step::Reload => {
            "make `init` and `start` work while another value of the plugin still serves: what can exist only once, such as an address or \
             a lock, belongs into a task, which begins when the old one has stopped"
        }
    }
}
