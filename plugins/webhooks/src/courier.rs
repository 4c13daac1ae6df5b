//! Brings the messages of one endpoint to it, one after the other, for ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use keyway::Error;
use keyway::capability::{Clock, Http, HttpError, HttpResponse, Logger, Random, Secrets};
use keyway::task::Tasks;
use tokio::sync::Notify;

use crate::cloud_event::MEDIA_TYPE;
use crate::config::{Endpoint, WebhooksConfig};
use crate::queue::{Delivery, Health, Queue, from_millis};
use crate::{retry, signature};

/// Without anything to do, a courier looks again after this time.
const IDLE: Duration = Duration::from_secs(3600);
/// When the tables cannot be used, a courier tries again after this time.
const AFTER_ERROR: Duration = Duration::from_secs(30);

/// The log is told of failed attempts of an endpoint so often.
const TELL_AGAIN: Duration = Duration::from_secs(3600);

/// What all couriers share.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) config: WebhooksConfig,
    pub(crate) queue: Queue,
    pub(crate) http: Http,
    pub(crate) secrets: Secrets,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) log: Logger,
}

/// The courier of one endpoint.
#[derive(Debug)]
pub(crate) struct Courier {
    pub(crate) endpoint: Endpoint,
    /// Whether the endpoint has failed for too long, or asked to be left alone.
    pub(crate) is_off: AtomicBool,
    pub(crate) wake: Notify,
    /// When the log was last told of a failed attempt, on the clock that never goes back.
    told: Mutex<Option<Duration>>,
    office: Arc<Office>,
}

/// Why a message did not arrive.
struct Failure {
    problem: String,
    /// How long the endpoint asks to wait.
    asked: Option<Duration>,
    /// Whether the endpoint says that it is gone for good.
    is_gone: bool,
}

impl Courier {
    pub(crate) async fn new(endpoint: Endpoint, office: Arc<Office>) -> Result<Self, Error> {
        let is_off = office.queue.health(&endpoint.name).await?.is_off;
        Ok(Self { endpoint, is_off: AtomicBool::new(is_off), wake: Notify::new(), told: Mutex::default(), office })
    }

    /// Works until it is dropped. What it was just sending is then sent again in the next run.
    pub(crate) async fn run(self: Arc<Self>, tasks: Tasks) {
        loop {
            let pause = match self.work().await {
                Ok(pause) => pause.unwrap_or(IDLE),
                Err(error) => {
                    self.office.log.error(format_args!("the messages for `{}` have to wait: {error}", self.endpoint.name));
                    AFTER_ERROR
                }
            };
            // Whether it was woken or the time is over: there may be something to do.
            let _ = tasks.timeout(pause, self.wake.notified()).await;
        }
    }

    /// Sends all that is due. Answers the time until the next message is.
    async fn work(&self) -> Result<Option<Duration>, Error> {
        while !self.is_off.load(Ordering::Acquire) {
            let Some(delivery) = self.office.queue.next(&self.endpoint.name).await? else { break };
            let early = delivery.due().duration_since(self.office.clock.now()).unwrap_or_default();
            if !early.is_zero() {
                return Ok(Some(early));
            }
            match self.send(&delivery).await {
                Ok(()) => {
                    self.office.queue.done(&delivery).await.map_err(Error::new)?;
                    let former = self.office.queue.health(&self.endpoint.name).await?;
                    if former.failing_since.is_some() {
                        self.set_health(&Health::default()).await?;
                    }
                }
                Err(failure) => self.failed(&delivery, failure).await?,
            }
        }
        Ok(None)
    }

    /// One attempt.
    async fn send(&self, delivery: &Delivery) -> Result<(), Failure> {
        let Office { http, secrets, clock, config, .. } = &*self.office;
        let secret = secrets.get(&self.endpoint.secret()).map_err(|error| Failure::of(error.to_string()))?;
        let timestamp = clock.unix_millis() / 1000;
        let signature = signature::sign(secret.expose(), &delivery.message, timestamp, &delivery.body).map_err(Failure::of)?;
        let request = http.post(&self.endpoint.url).no_redirects().deadline(config.timeout());
        let request = request
            .header("content-type", MEDIA_TYPE)
            .header("user-agent", concat!("keyway-cms-webhooks/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &delivery.message)
            .header("webhook-timestamp", &timestamp.to_string())
            .header("webhook-signature", &signature);
        match request.body(delivery.body.as_str()).send().await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(Failure::answered(&answer, clock.now())),
            Err(error) => Err(Failure::unanswered(&error)),
        }
    }

    async fn failed(&self, delivery: &Delivery, failure: Failure) -> Result<(), Error> {
        let Office { queue, clock, config, random, log, .. } = &*self.office;
        let (name, problem, now) = (&self.endpoint.name, &failure.problem, clock.now());
        let attempts = delivery.attempts.saturating_add(1);
        let pause = retry::pause(attempts, config.first_retry_seconds, config.longest_retry_seconds, |end| random.below(end));
        let again = (attempts < config.attempts).then(|| now + pause.max(failure.asked.unwrap_or_default()));
        queue.failed(delivery, problem, again, now).await.map_err(Error::new)?;
        if again.is_none() {
            log.warn(format_args!("`{}` was given up for `{name}` after {attempts} attempts: {problem}", delivery.topic));
        }
        if again.is_some() && self.is_to_be_told(clock.elapsed()) {
            log.warn(format_args!("`{name}` was not reached, and is tried again: {problem}"));
        }
        let former = queue.health(name).await?;
        let millis = i64::try_from(clock.unix_millis()).unwrap_or(i64::MAX);
        let since = former.failing_since.unwrap_or(millis);
        let failing_for = now.duration_since(from_millis(since)).unwrap_or_default();
        let is_off = failure.is_gone || failing_for >= config.give_up();
        if is_off {
            log.warn(format_args!("`{name}` is sent nothing any more, until somebody switches it on in the panel: {problem}"));
        }
        self.set_health(&Health { failing_since: Some(since), is_off, problem: Some(failure.problem) }).await
    }

    /// Whether it is time for a line in the log about failed attempts: an endpoint that is down for days is not told of at each.
    fn is_to_be_told(&self, now: Duration) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told.is_none_or(|last| now.saturating_sub(last) >= TELL_AGAIN);
        if is_due {
            *told = Some(now);
        }
        is_due
    }

    /// Sends to the endpoint again, beginning with what waits.
    pub(crate) async fn switch_on(&self) -> Result<(), Error> {
        self.set_health(&Health::default()).await?;
        self.wake.notify_one();
        Ok(())
    }

    async fn set_health(&self, health: &Health) -> Result<(), Error> {
        self.office.queue.set_health(&self.endpoint.name, health).await.map_err(Error::new)?;
        self.is_off.store(health.is_off, Ordering::Release);
        Ok(())
    }
}

impl Failure {
    fn of(problem: String) -> Self {
        Self { problem, asked: None, is_gone: false }
    }

    fn answered(answer: &HttpResponse, now: SystemTime) -> Self {
        let problem = format!("it answered {}", answer.status);
        Self { problem, asked: retry::asked(answer, now), is_gone: answer.status == 410 }
    }

    fn unanswered(error: &HttpError) -> Self {
        Self::of(error.to_string())
    }
}
