//! The task of one subscription to a durable event: reads what is stored, delivers it in order, tries again, gives up.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::{Descriptor, EventInfo};

use super::Tried;
use super::database::Row;
use super::store::{Place, Store};
use crate::event::{Letter, TopicType};
use crate::guard::{Slot, catch};
use crate::host::call::millis;
use crate::host::event::TopicOps;
use crate::host::event::subscriber::Subscriber;
use crate::host::interned::interned;
use crate::host::tell::tell;

/// How many events are read at once.
const READ_AHEAD: u32 = 64;
/// The pause after the database could not be used.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Delivers until the subscription is closed.
pub(in crate::host::event) async fn deliver(subscriber: Arc<Subscriber>, kind: TopicType, store: Arc<Store>, place: Arc<Place>) {
    let (mut done, mut attempts) = place.position();
    while !subscriber.is_closed() {
        // Armed before the look, so that what is stored in between is not missed.
        let arrival = place.arrival.notified();
        let rows = match store.read(&place, done, READ_AHEAD).await {
            Ok(rows) => rows,
            Err(_) if subscriber.is_closed() => return,
            Err(error) => {
                tell_unusable(&place, "read", &error);
                tokio::time::sleep(AFTER_ERROR).await;
                continue;
            }
        };
        if rows.is_empty() {
            tokio::select! {
                () = arrival => {}
                () = subscriber.closed() => return,
            }
        }
        for row in rows {
            let number = row.number;
            if !settle(&subscriber, kind, &store, &place, row, std::mem::take(&mut attempts)).await {
                return;
            }
            place.reach(number);
            done = number;
        }
    }
}

/// Deals with one event until it is done or given up; `false` when the subscription was closed meanwhile.
async fn settle(
    subscriber: &Subscriber,
    kind: TopicType,
    store: &Store,
    place: &Arc<Place>,
    row: Row,
    mut attempts: u32,
) -> bool {
    let reason = match open(kind, &row) {
        Err(reason) => reason,
        // Only after a restart: whoever counted it did not live to give it up.
        Ok(_) if attempts >= store.options.attempts => "the program ended before an attempt did".to_owned(),
        Ok(letter) => loop {
            // Noted before, so that an event on which the process ends is not tried for ever.
            let pause = match store.begin(place, attempts.saturating_add(1)).await {
                Err(_) if subscriber.is_closed() => return false,
                Err(error) => {
                    tell_unusable(place, "tried", &error);
                    AFTER_ERROR
                }
                Ok(()) => match subscriber.attempt(letter.envelope()).await {
                    Tried::Done => {
                        store.done(place, row.number);
                        return true;
                    }
                    // Not the event's fault, so it does not count against it.
                    Tried::NotNow(pause) => {
                        store.not_begun(place, attempts);
                        pause.unwrap_or(store.options.first_retry)
                    }
                    Tried::Failed(reason) => {
                        attempts = attempts.saturating_add(1);
                        place.failed(attempts);
                        if attempts >= store.options.attempts {
                            break reason;
                        }
                        let pause = store.options.pause(attempts);
                        tell_again(&subscriber.slot, &row, (attempts, store.options.attempts), pause, &reason);
                        pause
                    }
                },
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = subscriber.closed() => return false,
            }
            if subscriber.is_closed() {
                return false;
            }
        },
    };
    bury(store, place, &row, attempts, reason).await;
    true
}

fn tell_unusable(place: &Place, what: &str, error: &str) {
    let (plugin, topic) = (place.plugin, place.topic);
    tell!(error, { plugin, topic, } "stored events on `{topic}` for plugin `{plugin}` cannot be {what}, and wait: {error}");
}

/// Says that an attempt failed and when the next one is made; of the last one, [`bury`] tells.
fn tell_again(slot: &Slot, row: &Row, (attempt, of): (u32, u32), pause: Duration, reason: &str) {
    let Descriptor { id, version, .. } = slot.descriptor();
    let (plugin, topic, number, pause_ms) = (id.as_str(), slot.point().id.as_str(), row.number, millis(pause));
    tell!(
        warn,
        { plugin, %version, topic, number, attempt, pause_ms, }
        "KW0604 plugin `{plugin} {version}` failed at the stored event {number} on `{topic}`, attempt {attempt} of {of}, again in \
         {pause_ms} ms: {reason}"
    );
}

async fn bury(store: &Store, place: &Arc<Place>, row: &Row, attempts: u32, reason: String) {
    let (plugin, topic, number) = (place.plugin, place.topic, row.number);
    tell!(
        error,
        { plugin, topic, number, attempts, }
        "KW0656 event {number} on `{topic}` from `{}` is now a dead letter of plugin `{plugin}`, after {attempts} attempts: {reason}",
        row.publisher
    );
    if let Err(error) = store.bury(place, number, attempts, reason).await {
        tell!(error, { plugin, topic, number, } "the dead letter could not be stored; it is tried again after the next start: {error}");
    }
}

/// Makes an event of a row, or says why that cannot be.
fn open(kind: TopicType, row: &Row) -> Result<Arc<dyn Letter>, String> {
    check_version(&row.version, kind.info)?;
    let ops = TopicOps::find(kind).map_err(|error| error.to_string())?;
    let read = ops.read.ok_or("its type is no longer durable")?;
    let mut json = serde_json::Deserializer::from_slice(&row.body);
    // There are as many as plugins ever published into this file.
    let publisher = interned(&row.publisher);
    // Reading runs the code of the event's type.
    let letter = catch(AssertUnwindSafe(|| read(publisher, &mut <dyn erased_serde::Deserializer<'_>>::erase(&mut json))));
    letter.map_err(|panic| panic.to_string())?.map_err(|error| format!("it cannot be read as `{}`: {error}", kind.info.type_path))
}

/// Within one major version (below 1.0.0, one minor version) a stored event is read as one of today.
fn check_version(stored: &str, info: &EventInfo) -> Result<(), String> {
    let mut numbers = stored.split(['.', '-', '+']).map(str::parse::<u64>);
    let mut next = || numbers.next().and_then(Result::ok);
    let (major, minor) = (next(), next());
    let today = info.version;
    let fits = major == Some(today.major) && (today.major > 0 || minor == Some(today.minor));
    if fits { Ok(()) } else { Err(format!("it was stored with version {stored} of the event, and this build has {today}")) }
}

#[cfg(test)]
mod tests {
    use keyway_manifest::{PluginId, Version};

    use super::*;

    #[test]
    fn versions_that_fit_and_that_do_not() {
        let info = |major, minor| {
            let version = Version { major, minor, patch: 0, pre: "", build: "" };
            EventInfo::new(PluginId::new("t"), version, 0, "T", "p 1.0.0")
        };
        for (stored, major, minor) in [("1.0.0", 1, 4), ("1.9.2", 1, 4), ("0.3.1", 0, 3), ("2.0.0-rc.1", 2, 0)] {
            assert_eq!(check_version(stored, &info(major, minor)), Ok(()), "{stored}");
        }
        for (stored, major, minor) in [("1.0.0", 2, 0), ("0.3.1", 0, 4), ("0.3.1", 1, 3), ("", 1, 0), ("x", 0, 0)] {
            assert!(check_version(stored, &info(major, minor)).is_err(), "{stored}");
        }
        let text = "it was stored with version 1.2.3 of the event, and this build has 2.0.0";
        assert_eq!(check_version("1.2.3", &info(2, 0)), Err(text.to_owned()));
    }
}
