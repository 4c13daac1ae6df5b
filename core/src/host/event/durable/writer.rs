//! The thread that owns the database: it takes orders, and carries out all that have come in one transaction.
//!
//! **Invariant:** whoever asks to keep an event is answered after the commit, never before.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use keyway_manifest::{EventInfo, PluginId};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{Notify, oneshot};

use super::database::{self, NewEvent, Row};
use super::retention::{Expired, expire};
use super::{DeadLetter, DurableOptions, Progress};
use crate::Error;
use crate::event::NotKept;
use crate::host::data::{DataFolder, explain, open_database};
use crate::host::failure::Problem;
use crate::host::tell::tell;
use crate::plugin::BoxFuture;

/// The file below the data folder.
const FILE: &str = "events.db";
/// How many orders one commit may cover.
const BATCH: usize = 512;
/// After how many stored events the retention is looked at again.
const EXPIRE_EACH: u64 = 4_096;

/// The store of durable events of a host. Closing it, or dropping it, ends its thread once all orders are carried out.
pub(in crate::host) struct Store {
    orders: Mutex<Option<mpsc::Sender<Order>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    places: Places,
    pub(super) options: DurableOptions,
}

/// The subscriptions of this run by plugin and topic.
type Places = Arc<BTreeMap<(&'static str, &'static str), Arc<Place>>>;

/// One subscription.
pub(in crate::host) struct Place {
    pub(super) plugin: &'static str,
    pub(super) topic: &'static str,
    pub(super) cursor: i64,
    /// The number of the last event that was dealt with.
    pub(super) reached: AtomicI64,
    pub(super) progress: Progress,
    /// Wakes the task that delivers.
    pub(super) arrival: Notify,
}

impl Place {
    pub(in crate::host) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Notes that the subscription is done with an event.
    pub(super) fn reach(&self, number: i64) {
        self.reached.store(number, Ordering::Relaxed);
        self.progress.attempts.store(0, Ordering::Relaxed);
    }

    /// The number of the last event that was dealt with, and how often the next one has failed.
    pub(super) fn position(&self) -> (i64, u32) {
        (self.reached.load(Ordering::Relaxed), self.progress.attempts.load(Ordering::Relaxed))
    }
}

/// What became of an order, in words when it failed.
type Answer<T> = oneshot::Sender<Result<T, String>>;

enum Order {
    Keep(NewEvent, Answer<()>),
    Read { place: Arc<Place>, after: i64, at_most: u32, answer: Answer<Vec<Row>> },
    Done { place: Arc<Place>, number: i64 },
    Failed { place: Arc<Place>, attempts: u32 },
    Bury { place: Arc<Place>, number: i64, attempts: u32, reason: String, answer: Answer<()> },
    DeadLetters { at_most: u32, answer: Answer<Vec<DeadLetter>> },
    TakeDeadLetter { id: i64, again: bool, answer: Answer<bool> },
}

impl Store {
    /// Opens the database and finds or makes the cursors of all subscriptions, given as plugin and topic. Blocks on the disk.
    pub(in crate::host) fn open(
        folder: &DataFolder,
        subscriptions: &[(&'static str, &'static str)],
        options: DurableOptions,
    ) -> Result<Arc<Self>, Problem> {
        let (mut connection, found) = open_database(folder, FILE, database::FORMAT)?;
        let path = folder.open()?.join(FILE);
        let places = begin(&mut connection, found, subscriptions, &options).map_err(|error| explain(&path, &error))?;
        let places = Arc::new(places);
        let (orders, incoming) = mpsc::channel();
        let writer = Writer { connection, places: Arc::clone(&places), options, stored: 0 };
        let thread = std::thread::Builder::new().name("keyway-events".to_owned()).spawn(move || writer.run(&incoming));
        let thread = thread.map_err(|error| {
            Problem::new(
                "KW0653",
                format!("no thread can be made to store durable events: {error}"),
                "raise the limit of threads",
            )
        })?;
        Ok(Arc::new(Self { orders: Mutex::new(Some(orders)), thread: Mutex::new(Some(thread)), places, options }))
    }

    /// The subscription of a plugin to a topic.
    pub(in crate::host) fn place(&self, plugin: &str, topic: &str) -> Option<Arc<Place>> {
        self.places.get(&(plugin, topic)).map(Arc::clone)
    }

    /// The newest dead letters.
    pub(in crate::host) async fn dead_letters(&self, at_most: u32) -> Result<Vec<DeadLetter>, Error> {
        self.ask(|answer| Order::DeadLetters { at_most, answer }).await.map_err(Error::message)
    }

    /// Takes a dead letter away; with `again`, to deliver it once more. Answers whether there was one.
    pub(in crate::host) async fn take_dead_letter(&self, id: i64, again: bool) -> Result<bool, Error> {
        self.ask(|answer| Order::TakeDeadLetter { id, again, answer }).await.map_err(Error::message)
    }

    /// Stores one event; the answer comes when it is on the disk.
    pub(in crate::host) fn keep(
        &self,
        info: &'static EventInfo,
        publisher: PluginId,
        event: &dyn erased_serde::Serialize,
    ) -> impl Future<Output = Result<(), NotKept>> + Send + use<> {
        let version = info.version.to_string();
        let body = serde_json::to_vec(event).map_err(|error| format!("it cannot be written as JSON: {error}"));
        let new = |body| NewEvent { topic: info.topic.as_str(), version, publisher, body };
        let kept = body.map(|body| self.ask(|answer| Order::Keep(new(body), answer)));
        async move {
            let outcome = match kept {
                Ok(kept) => kept.await,
                Err(reason) => Err(reason),
            };
            outcome.map_err(|reason| NotKept { topic: info.topic, reason })
        }
    }

    pub(super) async fn read(&self, place: &Arc<Place>, after: i64, at_most: u32) -> Result<Vec<Row>, String> {
        self.ask(|answer| Order::Read { place: Arc::clone(place), after, at_most, answer }).await
    }

    pub(super) fn done(&self, place: &Arc<Place>, number: i64) {
        self.order(Order::Done { place: Arc::clone(place), number });
    }

    pub(super) fn failed(&self, place: &Arc<Place>, attempts: u32) {
        place.progress.attempts.store(attempts, Ordering::Relaxed);
        self.order(Order::Failed { place: Arc::clone(place), attempts });
    }

    pub(super) async fn bury(&self, place: &Arc<Place>, number: i64, attempts: u32, reason: String) -> Result<(), String> {
        self.ask(|answer| Order::Bury { place: Arc::clone(place), number, attempts, reason, answer }).await
    }

    /// Carries out all orders and closes the database. Blocks; later orders are refused.
    pub(in crate::host) fn close(&self) {
        drop(lock(&self.orders).take());
        if let Some(thread) = lock(&self.thread).take()
            && thread.join().is_err()
        {
            tell!(error, {} "the thread that stores durable events panicked");
        }
    }

    fn order(&self, order: Order) -> bool {
        lock(&self.orders).as_ref().is_some_and(|orders| orders.send(order).is_ok())
    }

    /// Gives an order at once; the answer may be awaited elsewhere.
    fn ask<T: Send + 'static>(&self, order: impl FnOnce(Answer<T>) -> Order) -> BoxFuture<'static, Result<T, String>> {
        let (answer, answered) = oneshot::channel();
        // A refused order drops its sender, which is the answer.
        self.order(order(answer));
        Box::pin(async move { answered.await.unwrap_or_else(|_| Err("the host has stopped".to_owned())) })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the tables, enrols the subscriptions and looks at the retention.
fn begin(
    connection: &mut Connection,
    found: u32,
    subscriptions: &[(&'static str, &'static str)],
    options: &DurableOptions,
) -> rusqlite::Result<BTreeMap<(&'static str, &'static str), Arc<Place>>> {
    database::prepare(connection, found)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut cursors = Vec::new();
    for &(plugin, topic) in subscriptions {
        cursors.push(database::enrol(&transaction, plugin, topic)?.id);
    }
    let expired = expire(&transaction, options, database::now(), &cursors)?;
    let mut places = BTreeMap::new();
    for &(plugin, topic) in subscriptions {
        let cursor = database::enrol(&transaction, plugin, topic)?;
        let progress = Progress::default();
        progress.waiting.store(cursor.waiting, Ordering::Relaxed);
        progress.dead.store(cursor.dead, Ordering::Relaxed);
        progress.attempts.store(cursor.attempts, Ordering::Relaxed);
        let reached = AtomicI64::new(cursor.done);
        let place = Place { plugin, topic, cursor: cursor.id, reached, progress, arrival: Notify::new() };
        places.insert((plugin, topic), Arc::new(place));
    }
    transaction.commit()?;
    expired.iter().for_each(tell_expired);
    Ok(places)
}

fn tell_expired(Expired { plugin, topic, events }: &Expired) {
    let (plugin, topic) = (plugin.as_str(), topic.as_str());
    tell!(
        error,
        { plugin, topic, }
        "KW0657 {events} durable events on `{topic}` were removed before plugin `{plugin}` had them: they were too old or too many"
    );
}

/// The thread's side.
struct Writer {
    connection: Connection,
    places: Places,
    options: DurableOptions,
    stored: u64,
}

impl Writer {
    fn run(mut self, incoming: &mpsc::Receiver<Order>) {
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
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcomes = orders.iter().map(|order| order.carry_out(&transaction)).collect::<rusqlite::Result<_>>()?;
        let mut topics: Vec<_> = orders.iter().filter_map(Order::topic_to_sweep).collect();
        topics.sort_unstable();
        topics.dedup();
        topics.into_iter().try_for_each(|topic| database::sweep(&transaction, topic))?;
        transaction.commit()?;
        Ok(outcomes)
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
            Self::Failed { place, attempts } => {
                database::failed(transaction, place.cursor, *attempts)?;
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
            Self::Keep(_, answer) | Self::Bury { answer, .. } => drop(answer.send(Err(reason))),
            Self::Read { answer, .. } => drop(answer.send(Err(reason))),
            Self::DeadLetters { answer, .. } => drop(answer.send(Err(reason))),
            Self::TakeDeadLetter { answer, .. } => drop(answer.send(Err(reason))),
            Self::Done { place, .. } | Self::Failed { place, .. } => {
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
            (Order::Failed { .. }, _) => {}
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
