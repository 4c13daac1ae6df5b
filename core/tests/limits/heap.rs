//! Whose memory it is, as the program's allocator tells.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;

use keyway::extension_point;
use keyway::host::Heap;
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};

/// What a hoarder does.
#[extension_point(id = "test.hoard", version = "1.0.0", on_failure = "open")]
pub trait Hoard {
    /// Keeps so many texts of 500 bytes.
    fn keep(&self, count: usize);
    /// Makes so many texts, across a wait, and gives them away.
    async fn make(&self, count: usize) -> Vec<String>;
}

/// Keeps everything.
#[derive(Plugin)]
#[plugin(
    provides(Hoard),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.hoarder"
    version = "1.0.0"
    host = "*"
"#
)]
pub struct Hoarder(Mutex<Vec<String>>);

impl Lifecycle for Hoarder {
    type Config = ();

    async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(Mutex::default()))
    }
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|_| "x".repeat(500)).collect()
}

impl Hoard for Hoarder {
    fn keep(&self, count: usize) {
        if let Ok(mut kept) = self.0.lock() {
            kept.extend(texts(count));
        }
    }

    async fn make(&self, count: usize) -> Vec<String> {
        let mut made = texts(count / 2);
        tokio::task::yield_now().await;
        made.extend(texts(count / 2));
        made
    }
}

fn heap(host: &RunningTestHost) -> Heap {
    host.plugin("test.hoarder").unwrap().usage.heap.unwrap()
}

/// Twice the margin of 95 %: one run in more than ten thousand misses it.
fn assert_about(heap: Heap, bytes: usize) {
    assert!(heap.used.abs_diff(bytes as u64) <= 2 * heap.margin, "{heap:?}, not {bytes}");
}

#[tokio::test]
async fn a_plugin_is_charged_for_what_it_allocates_until_that_is_freed() {
    let host = TestHost::new().plugin::<Hoarder>().start().await.unwrap();
    let each = 500 + size_of::<String>();
    let hoard = host.extensions::<dyn Hoard>();
    let own = texts(80_000);
    assert_about(heap(&host), 0);
    hoard[0].keep(80_000);
    let kept = heap(&host);
    assert_about(kept, 80_000 * each);
    assert!(kept.used > 30 << 20 && kept.margin < 8 << 20 && kept.peak >= kept.used, "{kept:?}");
    // What it gives away is its own until the program frees it, on whatever thread.
    let given = hoard[0].make(80_000).await;
    assert_about(heap(&host), 160_000 * each);
    std::thread::spawn(move || drop(given)).join().unwrap();
    assert_about(heap(&host), 80_000 * each);
    let json = serde_json::to_value(host.plugin("test.hoarder").unwrap()).unwrap();
    assert!(json["usage"]["heap"]["margin"].is_u64());
    drop((own, hoard));
    host.stop().await;
    assert_about(heap(&host), 0);
}

#[test]
fn many_threads_that_free_each_others_blocks_leave_nothing_behind() {
    let (sender, receiver) = std::sync::mpsc::channel::<Vec<String>>();
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let sender = sender.clone();
            scope.spawn(move || {
                for round in 0..200 {
                    let mut texts = texts(500);
                    texts.iter_mut().step_by(7).for_each(|text| text.push_str(&"y".repeat(round)));
                    sender.send(texts).unwrap();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                while let Ok(texts) = receiver.lock().unwrap().recv() {
                    assert!(texts.iter().all(|text| text.starts_with("xx")));
                }
            });
        }
        drop(sender);
    });
}
