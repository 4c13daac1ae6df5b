//! The links of a site to others: asked politely, and not again for a week when they are fine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use keyway::capability::{Clock, Http, HttpError, HttpResponse};
use keyway::task::Tasks;

const USER_AGENT: &str = concat!("keyway-cms-link-check/", env!("CARGO_PKG_VERSION"));
/// A host is asked again after this time.
const PAUSE: Duration = Duration::from_secs(1);
/// So many requests are on their way at the same time.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(15);
/// What was fine is not asked again for this time.
const TRUSTED: Duration = Duration::from_secs(7 * 24 * 3600);

/// Asks other sites whether their pages are there, and remembers what they said.
#[derive(Debug)]
pub(crate) struct External {
    http: Http,
    clock: Clock,
    tasks: Tasks,
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    /// When it was asked, by the clock that measures.
    at: Duration,
    problem: Option<String>,
}

/// The hosts that are still to be asked, by the time from which they may be.
struct Queue(Mutex<BTreeMap<(Duration, String), VecDeque<String>>>);

impl Queue {
    fn hosts(&self) -> MutexGuard<'_, BTreeMap<(Duration, String), VecDeque<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<((Duration, String), VecDeque<String>)> {
        self.hosts().pop_first()
    }

    fn add(&self, due: Duration, host: String, urls: VecDeque<String>) {
        self.hosts().insert((due, host), urls);
    }
}

impl External {
    pub(crate) fn new(http: Http, clock: Clock, tasks: Tasks) -> Self {
        Self { http, clock, tasks, known: Mutex::default() }
    }

    /// Asks for all URLs that are not known to be fine. It may be dropped before its end: what is known by then stays known.
    pub(crate) async fn ask_all(&self, urls: impl IntoIterator<Item = String>) {
        let urls: BTreeSet<String> = urls.into_iter().collect();
        let mut hosts: BTreeMap<String, VecDeque<String>> = BTreeMap::new();
        {
            let now = self.clock.elapsed();
            let mut known = self.known();
            known.retain(|url, _| urls.contains(url));
            let is_fine = |known: &Known| known.problem.is_none() && now.saturating_sub(known.at) < TRUSTED;
            for url in urls {
                if !known.get(&url).is_some_and(is_fine) {
                    hosts.entry(host(&url).to_ascii_lowercase()).or_default().push_back(url);
                }
            }
        }
        let queue = Queue(Mutex::new(hosts.into_iter().map(|(host, urls)| ((Duration::ZERO, host), urls)).collect()));
        let mut askers: Vec<_> = (0..AT_ONCE).map(|_| Box::pin(self.ask_in_turn(&queue))).collect();
        poll_fn(|context| {
            askers.retain_mut(|asker| asker.as_mut().poll(context).is_pending());
            if askers.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Asks for one URL after the other, of the host whose turn it is. A host that is being asked is not in the queue.
    async fn ask_in_turn(&self, queue: &Queue) {
        while let Some(((due, host), mut urls)) = queue.next() {
            let early = due.saturating_sub(self.clock.elapsed());
            if !early.is_zero() {
                self.tasks.sleep(early).await;
            }
            if let Some(url) = urls.pop_front() {
                let problem = self.ask(&url).await;
                self.known().insert(url, Known { at: self.clock.elapsed(), problem });
            }
            if !urls.is_empty() {
                queue.add(self.clock.elapsed() + PAUSE, host, urls);
            }
        }
    }

    /// What is wrong with a URL, as far as it is known.
    pub(crate) fn problem(&self, url: &str) -> Option<String> {
        self.known().get(url)?.problem.clone()
    }

    /// Asks for the headers alone, and for the page where the headers alone are not to be had.
    async fn ask(&self, url: &str) -> Option<String> {
        match self.send("HEAD", url).await {
            Ok(answer) if answer.is_success() => None,
            Err(HttpError::Denied(denied)) => Some(denied.to_string()),
            _ => {
                self.tasks.sleep(PAUSE).await;
                judge(self.send("GET", url).await)
            }
        }
    }

    async fn send(&self, method: &str, url: &str) -> Result<HttpResponse, HttpError> {
        self.http.request(method, url).header("user-agent", USER_AGENT).deadline(PATIENCE).send().await
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an answer says about a page. One that asks for a name, a password or patience is there.
fn judge(answer: Result<HttpResponse, HttpError>) -> Option<String> {
    match answer {
        Ok(answer) if matches!(answer.status, 200..=399 | 401 | 402 | 403 | 407 | 429 | 451) => None,
        Ok(answer) => Some(format!("it answers {}", answer.status)),
        Err(HttpError::TooLarge { .. }) => None,
        Err(error) => Some(error.to_string()),
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}
