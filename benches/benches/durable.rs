//! Durable events beside rows that are written to SQLite by hand with the same settings. A commit waits for the disk, so this takes the
//! time on the wall; both sides do a share of it in turns.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keyway::event::{Publisher, Subscriber};
use keyway::host::Dependents;
use keyway::testing::{RunningTestHost, TestHost};
use keyway::{Context, Error, Event, Lifecycle, Plugin};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 15;
/// Events of one publisher in a round.
const EACH: u64 = 50;
/// Publishers at the same time, and rows by hand in one commit.
const TOGETHER: u64 = 64;

/// What is published.
#[derive(Event, Serialize, Deserialize)]
#[event(topic = "bench.order", version = "1.0.0", durable)]
pub struct Order {
    number: u64,
    text: String,
}

/// Counts what it is told.
#[derive(Plugin, Default)]
#[plugin(
    subscribes(Order),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "bench.clerk"
    version = "1.0.0"
    host = "*"
    [permissions]
    "events.subscribe" = { scope = ["bench.order"], reason = "counts" }
"#
)]
pub struct Clerk;

static TOLD: AtomicU64 = AtomicU64::new(0);

impl Lifecycle for Clerk {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Subscriber<Order> for Clerk {
    async fn on(&self, _: &Order) -> Result<(), Error> {
        TOLD.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// The same text in each event and row.
const TEXT: &str = "one pot of coffee, black, and two rolls with butter";

struct Keyway {
    runtime: Runtime,
    host: RunningTestHost,
    orders: Publisher<Order>,
}

impl Keyway {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads can be made");
        let start = TestHost::new().plugin::<Clerk>().start();
        let host = runtime.block_on(start).expect("the host starts");
        let orders = host.publisher::<Order>().expect("the topic is free");
        Self { runtime, host, orders }
    }

    /// Publishes from so many tasks at the same time, and waits until all is stored.
    fn publish(&self, publishers: u64) -> Duration {
        let begun = Instant::now();
        self.runtime.block_on(async {
            let tasks: Vec<_> = (0..publishers)
                .map(|_| {
                    let orders = self.orders.clone();
                    tokio::spawn(async move {
                        for number in 0..EACH {
                            orders.publish(Order { number, text: TEXT.to_owned() }).await.expect("it is stored");
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("nothing panics");
            }
        });
        begun.elapsed()
    }

    /// Delivers what was published while the subscriber was off.
    fn deliver(&self, publishers: u64) -> Duration {
        let goal = TOLD.load(Ordering::Relaxed) + publishers * EACH;
        self.switch(false);
        self.publish(publishers);
        let begun = Instant::now();
        self.switch(true);
        self.wait_for(goal);
        begun.elapsed()
    }

    fn switch(&self, on: bool) {
        self.runtime.block_on(async {
            let switched = match on {
                true => self.host.enable("bench.clerk", Dependents::Refuse).await.map(drop),
                false => self.host.disable("bench.clerk", Dependents::Refuse).await.map(drop),
            };
            switched.expect("nobody depends on it");
        });
    }

    fn wait_for(&self, told: u64) {
        while TOLD.load(Ordering::Relaxed) < told {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

struct ByHand {
    connection: Connection,
    folder: PathBuf,
}

impl ByHand {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("keyway-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let connection = Connection::open(folder.join("rows.db")).expect("a database can be made");
        connection.pragma_update(None, "journal_mode", "wal").expect("a setting");
        connection.pragma_update(None, "synchronous", "full").expect("a setting");
        connection.execute_batch("CREATE TABLE row (number INTEGER PRIMARY KEY, body TEXT NOT NULL)").expect("a new file");
        Self { connection, folder }
    }

    /// Writes rows, so many in each commit.
    fn write(&mut self, commits: u64, rows: u64) -> Duration {
        let begun = Instant::now();
        for _ in 0..commits {
            let transaction = self.connection.transaction().expect("nobody else writes");
            {
                let mut insert = transaction.prepare_cached("INSERT INTO row (body) VALUES (?1)").expect("it is SQL");
                for number in 0..rows {
                    let body = format!(r#"{{"number":{number},"text":"{TEXT}"}}"#);
                    insert.execute(params![body]).expect("it can be written");
                }
            }
            transaction.commit().expect("it can be written");
        }
        begun.elapsed()
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn main() {
    let (keyway, mut by_hand) = (Keyway::new(), ByHand::new());
    let mut samples: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let told = TOLD.load(Ordering::Relaxed);
        let rates = [
            rate(EACH, by_hand.write(EACH, 1)),
            rate(EACH, keyway.publish(1)),
            rate(EACH * TOGETHER, by_hand.write(EACH, TOGETHER)),
            rate(EACH * TOGETHER, keyway.publish(TOGETHER)),
            {
                keyway.wait_for(told + EACH * (1 + TOGETHER));
                rate(EACH * TOGETHER, keyway.deliver(TOGETHER))
            },
        ];
        samples.iter_mut().zip(rates).for_each(|(samples, rate)| samples.push(rate));
    }
    let names = [
        "rows by hand, a commit for each",
        "keyway, one publisher that waits for each event",
        "rows by hand, 64 in each commit",
        "keyway, 64 publishers that wait for each event",
        "keyway, delivery of what waited",
    ];
    println!("| durable events | in a second | quartiles |\n|---|--:|---|");
    for (name, mut samples) in names.into_iter().zip(samples) {
        samples.sort_by(f64::total_cmp);
        let at = |quarter: usize| samples[samples.len() * quarter / 4].round();
        println!("| {name} | {} | {} to {} |", at(2), at(1), at(3));
    }
    keyway.runtime.block_on(keyway.host.stop());
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}
