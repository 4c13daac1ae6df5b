//! Asking for a point, putting extensions there and waiting for them, all at the same time, under shuttle.

use std::time::Duration;

use shuttle::{future, thread};

use super::*;
use crate::extension_point::Carries;
use crate::guard::{CallObserver, SlotOptions, Timer};
use crate::interleaved::interleave;
use crate::plugin::BoxFuture;
use crate::{CallError, extension_point};

#[extension_point(id = "test.page", version = "1.0.0", on_failure = "open")]
trait Page {
    fn number(&self) -> u64;
}

mod impostor {
    use super::extension_point;

    #[extension_point(id = "test.page", version = "1.0.0", on_failure = "open")]
    pub(super) trait Page {
        fn number(&self) -> u32;
    }
}

struct Numbered(u64);

impl Page for Numbered {
    fn number(&self) -> u64 {
        self.0
    }
}

struct Outside;

impl Timer for Outside {
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl CallObserver for Outside {
    fn failed(&self, _: &CallError) {}
}

static BOOK: Descriptor = Descriptor {
    id: PluginId::new("test.book"),
    extensions: &[keyway_manifest::ExtensionEntry { point: <dyn Page as ExtensionPoint>::INFO }],
    ..Descriptor::EMPTY
};

fn held(number: u64) -> Arc<[Arc<Held>]> {
    let options = SlotOptions::new(Arc::new(Outside), Arc::new(Outside));
    let slot = Arc::new(Slot::new(&BOOK, <dyn Page as ExtensionPoint>::INFO, options));
    let erased = plugin::Extension::new::<dyn Page>(<dyn Page as Carries<Numbered>>::shield(&Arc::new(Numbered(number))));
    Arc::new([Arc::new(Held { slot, erased })])
}

fn table() -> Arc<PointTable> {
    Arc::new(PointTable::new(std::iter::once(&BOOK)))
}

/// Starts the plugin, and switches it off and on again.
fn switch(table: &PointTable) {
    for number in [1, 2] {
        let held = held(number);
        assert!(table.claim(BOOK.id, &held[0].erased).is_ok());
        table.publish(Kind::Point, std::iter::once(held));
        if number == 1 {
            table.publish(Kind::Point, std::iter::empty());
        }
    }
}

fn numbers(extensions: &Extensions<dyn Page>) -> Vec<u64> {
    extensions.iter().map(|page| page.number()).collect()
}

#[test]
fn whoever_asks_whenever_sees_what_is_put_there() {
    // The log would say thousands of times what is wrong with the impostor.
    let _ = tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::default());
    interleave(|| {
        let table = table();
        let begin = |part: fn(&PointTable)| {
            let table = Arc::clone(&table);
            thread::spawn(move || part(&table))
        };
        let ask = || {
            let table = Arc::clone(&table);
            thread::spawn(move || table.point::<dyn Page>())
        };
        let threads = (begin(switch), begin(|table| drop(table.found::<dyn impostor::Page>())), ask(), ask());
        threads.0.join().expect("it ends");
        threads.1.join().expect("it ends");
        for handle in [threads.2, threads.3] {
            assert_eq!(numbers(&handle.join().expect("it ends").extensions()), [2], "every handle follows");
        }
        assert_eq!(numbers(&table.extensions()), [2]);
        assert!(table.extensions::<dyn impostor::Page>().is_empty(), "the trait that no plugin extends finds none");
    });
}

#[test]
fn whoever_waits_for_a_change_is_woken() {
    interleave(|| {
        let table = table();
        let point = table.point::<dyn Page>();
        let waiter = thread::spawn(move || {
            let mut known = point.extensions();
            while numbers(&known) != [2] {
                known = future::block_on(point.changed(&known));
            }
        });
        switch(&table);
        waiter.join().expect("a change that is missed would leave it waiting");
    });
}
