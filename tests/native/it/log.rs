//! What the hosts of this program log.

use std::fmt;
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Lines with all of these texts, so far.
pub(crate) fn logged(texts: &[&str]) -> Vec<String> {
    listen();
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|line| texts.iter().all(|text| line.contains(text))).cloned().collect()
}

/// Waits until there are so many of them, for longer than any machine takes.
pub(crate) async fn wait_for(count: usize, texts: &[&str]) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let lines = logged(texts);
        if lines.len() >= count {
            return lines;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{} of {count} lines with {texts:?}", lines.len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Collects from now on what is logged.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Collector).expect("nobody else collects"));
}

struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        LOG.lock().unwrap_or_else(PoisonError::into_inner).push(message.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
