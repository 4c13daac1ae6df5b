//! The links of a site to others: asked politely, and not again for a week when they are fine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keyway::capability::{Clock, Http, HttpError, HttpResponse};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

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
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    /// When it was asked, by the clock that measures.
    at: Duration,
    problem: Option<String>,
}

impl External {
    pub(crate) fn new(http: Http, clock: Clock) -> Arc<Self> {
        Arc::new(Self { http, clock, known: Mutex::default() })
    }

    /// Asks for all URLs that are not known to be fine. It may be dropped before its end: what is known by then stays known.
    pub(crate) async fn ask_all(self: &Arc<Self>, urls: impl IntoIterator<Item = String>) {
        let urls: BTreeSet<String> = urls.into_iter().collect();
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        {
            let now = self.clock.elapsed();
            let mut known = self.known();
            known.retain(|url, _| urls.contains(url));
            let is_fine = |known: &Known| known.problem.is_none() && now.saturating_sub(known.at) < TRUSTED;
            for url in urls {
                if !known.get(&url).is_some_and(is_fine) {
                    hosts.entry(host(&url).to_ascii_lowercase()).or_default().push(url);
                }
            }
        }
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut tasks = JoinSet::new();
        for urls in hosts.into_values() {
            let (external, permits) = (Arc::clone(self), Arc::clone(&permits));
            tasks.spawn(async move {
                for (number, url) in urls.into_iter().enumerate() {
                    if number > 0 {
                        sleep(PAUSE).await;
                    }
                    let Ok(_permit) = permits.acquire().await else { return };
                    let problem = external.ask(&url).await;
                    external.known().insert(url, Known { at: external.clock.elapsed(), problem });
                }
            });
        }
        while tasks.join_next().await.is_some() {}
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
                sleep(PAUSE).await;
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
