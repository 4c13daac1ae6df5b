//! The thread that owns the database: it takes orders, and carries out all that have come in one transaction.
//!
//! **Invariant:** whoever asks to keep an event is answered after the commit, never before.

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::database::{self, NewEvent, Row};
use super::retention::{Expired, expire};
use super::store::{Place, Places};
use super::{DeadLetter, DurableOptions};
use crate::host::tell::tell;

/// How many orders one commit may cover.
const BATCH: usize = 512;
/// After how many stored events the retention is looked at again.
const EXPIRE_EACH: u64 = 4_096;

/// What became of an order, in words when it failed.
pub(super) type Answer<T> = oneshot::Sender<Result<T, String>>;

pub(super) enum Order {
    Keep(NewEvent, Answer<()>),
    Read {
        place: Arc<Place>,
        after: i64,
        at_most: u32,
        answer: Answer<Vec<Row>>,
    },
    Done {
        place: Arc<Place>,
        number: i64,
    },
    /// The next event is about to be tried for the so-manieth time.
    Begin {
        place: Arc<Place>,
        attempts: u32,
        answer: Answer<()>,
    },
    /// The next event was not tried after all.
    NotBegun {
        place: Arc<Place>,
        attempts: u32,
    },
    Bury {
        place: Arc<Place>,
        number: i64,
        attempts: u32,
        reason: String,
        answer: Answer<()>,
    },
    DeadLetters {
        at_most: u32,
        answer: Answer<Vec<DeadLetter>>,
    },
    TakeDeadLetter {
        id: i64,
        again: bool,
        answer: Answer<bool>,
    },
}

pub(super) fn tell_expired(Expired { plugin, topic, events }: &Expired) {
    let (plugin, topic) = (plugin.as_str(), topic.as_str());
    tell!(
        error,
        { plugin, topic, }
        "KW0657 {events} durable events on `{topic}` were removed before plugin `{plugin}` had them: they were too old or too many"
    );
}

/// The thread's side.
pub(super) struct Writer {
    connection: Connection,
    places: Places,
    options: DurableOptions,
    /// How many events were stored since the retention was looked at.
    stored: u64,
    /// Whether a commit waits for the disk.
    is_synced: bool,
}

impl Writer {
    /// Takes a connection as `open_database` made it.
    pub(super) const fn new(connection: Connection, places: Places, options: DurableOptions) -> Self {
        Self { connection, places, options, stored: 0, is_synced: true }
    }

    /// Carries out orders until there is nobody left to give any.
    pub(super) fn run(mut self, incoming: &mpsc::Receiver<Order>) {
        while let Ok(first) = incoming.recv() {
            let mut orders = vec![first];
            orders.extend(incoming.try_iter().take(BATCH - 1));
            self.carry_out(orders);
            if self.stored >= EXPIRE_EACH {
                self.stored = 0;
                self.expire();
            }
        }
        // What is missing here is done again after the next start.
        let _ = self.connection.execute_batch("PRAGMA optimize");
    }

    /// Carries out orders in one transaction. Where that fails, each is tried alone, so that one bad order spoils no other.
    fn carry_out(&mut self, orders: Vec<Order>) {
        match self.transact(&orders) {
            Ok(outcomes) => {
                self.stored += orders.iter().filter(|order| matches!(order, Order::Keep(..))).count() as u64;
                orders.into_iter().zip(outcomes).for_each(|(order, outcome)| outcome.tell(order, &self.places));
            }
            Err(error) if orders.len() == 1 => {
                let reason = error.to_string();
                orders.into_iter().for_each(|order| order.refuse(&reason));
            }
            Err(_) => orders.into_iter().for_each(|order| self.carry_out(vec![order])),
        }
    }

    fn transact(&mut self, orders: &[Order]) -> rusqlite::Result<Vec<Outcome>> {
        self.sync(orders.iter().any(Order::must_survive_a_loss_of_power))?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcomes = orders.iter().map(|order| order.carry_out(&transaction)).collect::<rusqlite::Result<_>>()?;
        let mut topics: Vec<_> = orders.iter().filter_map(Order::topic_to_sweep).collect();
        topics.sort_unstable();
        topics.dedup();
        topics.into_iter().try_for_each(|topic| database::sweep(&transaction, topic))?;
        transaction.commit()?;
        Ok(outcomes)
    }

    /// Makes commits wait for the disk or not. Those that do not survive the end of the process, but not a loss of power.
    fn sync(&mut self, on: bool) -> rusqlite::Result<()> {
        if self.is_synced != on {
            self.connection.pragma_update(None, "synchronous", if on { "full" } else { "normal" })?;
            self.is_synced = on;
        }
        Ok(())
    }

    fn expire(&mut self) {
        let enrolled: Vec<_> = self.places.values().map(|place| place.cursor).collect();
        let expired = self.connection.transaction().and_then(|transaction| {
            let expired = expire(&transaction, &self.options, database::now(), &enrolled)?;
            transaction.commit()?;
            Ok(expired)
        });
        match expired {
            Ok(expired) => {
                for expired in &expired {
                    tell_expired(expired);
                    let place =
                        self.places.iter().find(|((plugin, topic), _)| *plugin == expired.plugin && *topic == expired.topic);
                    if let Some((_, place)) = place {
                        lower(&place.progress.waiting, expired.events);
                    }
                }
            }
            Err(error) => tell!(error, {} "durable events that are too old could not be removed: {error}"),
        }
    }
}

/// What an order found, to be told after the commit.
enum Outcome {
    Nothing,
    IsKept(bool),
    Rows(Vec<Row>),
    DeadLetters(Vec<DeadLetter>),
    Taken(Option<(String, String)>),
}

impl Order {
    fn carry_out(&self, transaction: &Transaction<'_>) -> rusqlite::Result<Outcome> {
        Ok(match self {
            Self::Keep(event, _) => Outcome::IsKept(database::keep(transaction, event)?),
            Self::Read { place, after, at_most, .. } => {
                Outcome::Rows(database::read(transaction, place.plugin, place.topic, *after, *at_most)?)
            }
            Self::Done { place, number } => {
                database::done(transaction, place.cursor, *number)?;
                Outcome::Nothing
            }
            Self::Begin { place, attempts, .. } | Self::NotBegun { place, attempts } => {
                database::attempted(transaction, place.cursor, *attempts)?;
                Outcome::Nothing
            }
            Self::Bury { place, number, attempts, reason, .. } => {
                database::bury(transaction, place.cursor, *number, *attempts, reason)?;
                Outcome::Nothing
            }
            Self::DeadLetters { at_most, .. } => Outcome::DeadLetters(database::dead_letters(transaction, *at_most)?),
            Self::TakeDeadLetter { id, again, .. } => Outcome::Taken(database::take_dead_letter(transaction, *id, *again)?),
        })
    }

    /// Whether its answer promises more than that an event is told once too often. What orders without it changed can be lost only
    /// together with all that came later, and leaves the database whole.
    const fn must_survive_a_loss_of_power(&self) -> bool {
        matches!(self, Self::Keep(..) | Self::Bury { .. } | Self::TakeDeadLetter { .. })
    }

    fn topic_to_sweep(&self) -> Option<&'static str> {
        match self {
            Self::Done { place, .. } | Self::Bury { place, .. } => Some(place.topic),
            _ => None,
        }
    }

    /// Tells whoever waits that the order failed.
    fn refuse(self, reason: &str) {
        let reason = reason.to_owned();
        // Who no longer waits needs no answer.
        match self {
            Self::Keep(_, answer) | Self::Begin { answer, .. } | Self::Bury { answer, .. } => drop(answer.send(Err(reason))),
            Self::Read { answer, .. } => drop(answer.send(Err(reason))),
            Self::DeadLetters { answer, .. } => drop(answer.send(Err(reason))),
            Self::TakeDeadLetter { answer, .. } => drop(answer.send(Err(reason))),
            Self::Done { place, .. } | Self::NotBegun { place, .. } => {
                let (plugin, topic) = (place.plugin, place.topic);
                tell!(
                    error,
                    { plugin, topic, }
                    "how far plugin `{plugin}` is with `{topic}` was not noted, so it may be told of events again: {reason}"
                );
            }
        }
    }
}

impl Outcome {
    /// Answers an order that was carried out and committed.
    fn tell(self, order: Order, places: &Places) {
        match (order, self) {
            (Order::Keep(event, answer), Self::IsKept(is_kept)) => {
                for place in places.values().filter(|place| is_kept && place.topic == event.topic) {
                    place.progress.waiting.fetch_add(1, Ordering::Relaxed);
                    place.arrival.notify_one();
                }
                drop(answer.send(Ok(())));
            }
            (Order::Read { answer, .. }, Self::Rows(rows)) => drop(answer.send(Ok(rows))),
            (Order::Done { place, .. }, _) => lower(&place.progress.waiting, 1),
            (Order::NotBegun { .. }, _) => {}
            (Order::Begin { answer, .. }, _) => drop(answer.send(Ok(()))),
            (Order::Bury { place, answer, .. }, _) => {
                lower(&place.progress.waiting, 1);
                place.progress.dead.fetch_add(1, Ordering::Relaxed);
                drop(answer.send(Ok(())));
            }
            (Order::DeadLetters { answer, .. }, Self::DeadLetters(letters)) => drop(answer.send(Ok(letters))),
            (Order::TakeDeadLetter { again, answer, .. }, Self::Taken(owner)) => {
                let place = owner
                    .as_ref()
                    .and_then(|(plugin, topic)| places.values().find(|place| place.plugin == plugin && place.topic == topic));
                if let Some(place) = place {
                    lower(&place.progress.dead, 1);
                    if again {
                        place.progress.waiting.fetch_add(1, Ordering::Relaxed);
                        place.arrival.notify_one();
                    }
                }
                drop(answer.send(Ok(owner.is_some())));
            }
            _ => debug_assert!(false, "an order has the outcome of another kind"),
        }
    }
}

fn lower(counter: &std::sync::atomic::AtomicU64, by: u64) {
    let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(by)));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use keyway_manifest::PluginId;

    use super::*;

    fn keep(writer: &mut Writer, bytes: usize) -> Result<(), String> {
        let event =
            NewEvent { topic: "t", version: "1.0.0".to_owned(), publisher: PluginId::new("host"), body: vec![b'x'; bytes] };
        let (answer, mut answered) = oneshot::channel();
        writer.carry_out(vec![Order::Keep(event, answer)]);
        answered.try_recv().expect("every order is answered when it was carried out")
    }

    fn stored(writer: &Writer) -> i64 {
        writer.connection.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap()
    }

    fn writer() -> Writer {
        let mut connection = Connection::open_in_memory().unwrap();
        database::prepare(&mut connection, 0).unwrap();
        database::enrol(&connection, "site.a", "t").unwrap();
        Writer::new(connection, Arc::new(BTreeMap::new()), DurableOptions::DEFAULT)
    }

    #[test]
    fn a_full_disk_refuses_an_event_and_keeps_the_others() {
        let mut writer = writer();
        keep(&mut writer, 100).unwrap();
        let pages: i64 = writer.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let limit = |writer: &Writer, pages: i64| {
            writer.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        };
        limit(&writer, pages);
        assert_eq!(keep(&mut writer, 1 << 20).unwrap_err(), "database or disk is full");
        assert_eq!((keep(&mut writer, 100), stored(&writer)), (Ok(()), 2), "what still fits is stored");
        limit(&writer, 1 << 20);
        assert_eq!((keep(&mut writer, 1 << 20), stored(&writer)), (Ok(()), 3), "and all of it when there is room again");
    }

    #[test]
    fn an_event_that_cannot_be_stored_spoils_no_other_of_its_batch() {
        let mut writer = writer();
        let pages: i64 = writer.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        writer.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        let (orders, answers): (Vec<_>, Vec<_>) = [10, 1 << 20, 20]
            .map(|bytes| {
                let (answer, answered) = oneshot::channel();
                let publisher = PluginId::new("host");
                let event = NewEvent { topic: "t", version: "1.0.0".to_owned(), publisher, body: vec![b'x'; bytes] };
                (Order::Keep(event, answer), answered)
            })
            .into_iter()
            .unzip();
        writer.carry_out(orders);
        let is_kept: Vec<_> = answers.into_iter().map(|mut answer| answer.try_recv().unwrap().is_ok()).collect();
        assert_eq!((is_kept, stored(&writer)), (vec![true, false, true], 2));
    }

    #[test]
    fn a_commit_waits_for_the_disk_where_an_answer_promises_it() {
        let mut writer = writer();
        let synchronous = |writer: &Writer| writer.connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        let (answer, _answered) = oneshot::channel();
        writer.carry_out(vec![Order::DeadLetters { at_most: 1, answer }]);
        assert_eq!(synchronous(&writer), Ok(1), "normal");
        keep(&mut writer, 1).unwrap();
        assert_eq!(synchronous(&writer), Ok(2), "full");
    }
}
