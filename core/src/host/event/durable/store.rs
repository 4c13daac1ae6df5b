//! The store of durable events: the handle that gives orders to the thread that owns the database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use keyway_manifest::{EventInfo, PluginId};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{Notify, oneshot};

use super::database::{self, NewEvent, Row};
use super::retention::expire;
use super::writer::{Answer, Order, Writer, tell_expired};
use super::{DeadLetter, DurableOptions, Progress};
use crate::Error;
use crate::event::NotKept;
use crate::host::data::{DataFolder, explain, open_database};
use crate::host::failure::Problem;
use crate::host::tell::tell;
use crate::plugin::BoxFuture;

/// The file below the data folder.
const FILE: &str = "events.db";

/// The store of durable events of a host. Closing it, or dropping it, ends its thread once all orders are carried out.
pub(in crate::host) struct Store {
    orders: Mutex<Option<mpsc::Sender<Order>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    places: Places,
    pub(super) options: DurableOptions,
}

/// The subscriptions of this run by plugin and topic.
pub(super) type Places = Arc<BTreeMap<(&'static str, &'static str), Arc<Place>>>;

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

    /// Notes how often the next event has failed.
    pub(super) fn failed(&self, attempts: u32) {
        self.progress.attempts.store(attempts, Ordering::Relaxed);
    }

    /// The number of the last event that was dealt with, and how often the next one was tried.
    pub(super) fn position(&self) -> (i64, u32) {
        (self.reached.load(Ordering::Relaxed), self.progress.attempts.load(Ordering::Relaxed))
    }
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
        let writer = Writer::new(connection, Arc::clone(&places), options);
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

    /// Notes that the next event is about to be tried for the so-manieth time, so that an attempt that ends the process counts too.
    pub(super) async fn begin(&self, place: &Arc<Place>, attempts: u32) -> Result<(), String> {
        self.ask(|answer| Order::Begin { place: Arc::clone(place), attempts, answer }).await
    }

    /// Notes that it was not tried after all, and has been so many times.
    pub(super) fn not_begun(&self, place: &Arc<Place>, attempts: u32) {
        self.order(Order::NotBegun { place: Arc::clone(place), attempts });
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
