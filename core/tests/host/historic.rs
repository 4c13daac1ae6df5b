//! Historic hooks: plugins that start late are told what happened before.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::sync::{Arc, Mutex};

use keyway::extension_point;
use keyway::host::{Dependents, Historic};
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};

/// Told of every page that was shown.
#[extension_point(id = "test.shown", version = "1.0.0", on_failure = "open", mode = "all", historic)]
pub trait Shown {
    /// The number of the page, with the name of the test first.
    async fn shown(&self, page: &(&str, u32));
}

static TOLD: Mutex<Vec<(String, &'static str, u32)>> = Mutex::new(Vec::new());

/// What a plugin was told in a test.
fn told(test: &str, plugin: &str) -> Vec<u32> {
    TOLD.lock().unwrap().iter().filter(|(of, by, _)| of == test && *by == plugin).map(|(.., page)| *page).collect()
}

macro_rules! plugin {
    ($name:ident, $manifest:literal) => {
        mod $name {
            use super::*;

            #[derive(Plugin)]
            #[plugin(provides(Shown), manifest_text = $manifest)]
            pub struct Reader;

            impl Lifecycle for Reader {
                type Config = ();

                async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self)
                }
            }

            impl Shown for Reader {
                async fn shown(&self, (test, page): &(&str, u32)) {
                    // The later ones would overtake it if they could.
                    if page % 2 == 0 {
                        tokio::task::yield_now().await;
                    }
                    TOLD.lock().unwrap().push(((*test).to_owned(), stringify!($name), *page));
                    assert!(*page != 13, "boom");
                    if *page == 99 {
                        std::future::pending::<()>().await;
                    }
                }
            }
        }
    };
}

plugin!(early, "manifest-version = 1\n[plugin]\nid = 'wiki.early'\nversion = '1.0.0'\nhost = '*'");
plugin!(late, "manifest-version = 1\n[plugin]\nid = 'wiki.late'\nversion = '1.0.0'\nhost = '*'");

async fn start() -> RunningTestHost {
    let host = TestHost::new().plugin::<early::Reader>().plugin::<late::Reader>();
    host.adjust(|builder| builder.config("[host]\ndisabled = ['wiki.late']".parse().unwrap())).start().await.unwrap()
}

fn shown(host: &keyway::Host) -> Historic<(&'static str, u32)> {
    host.historic::<dyn Shown, _, _>(|plugin, page: Arc<(&'static str, u32)>| async move { plugin.shown(&page).await })
}

/// Lets other tasks run until something holds.
async fn until(holds: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it did not come to that");
}

#[tokio::test]
async fn a_late_plugin_is_told_the_earlier_values_in_order_before_anything_newer() {
    let host = start().await;
    let shown = shown(&host);
    (0..5).for_each(|page| shown.tell(("late", page)));
    until(|| told("late", "early").len() == 5).await;
    assert!(told("late", "late").is_empty());
    host.enable("wiki.late", Dependents::Refuse).await.unwrap();
    // The newer ones come while it still catches up.
    (5..8).for_each(|page| shown.tell(("late", page)));
    until(|| told("late", "late").len() == 8).await;
    assert_eq!(told("late", "late"), (0..8).collect::<Vec<_>>());
    until(|| told("late", "early").len() == 8).await;
    assert_eq!(told("late", "early"), (0..8).collect::<Vec<_>>(), "and nobody is told anything twice");
    host.disable("wiki.late", Dependents::Refuse).await.unwrap();
    shown.tell(("late", 8));
    host.enable("wiki.late", Dependents::Refuse).await.unwrap();
    until(|| told("late", "late").len() == 8 + 9).await;
    assert_eq!(
        told("late", "late")[8..],
        (0..9).collect::<Vec<_>>(),
        "a new instance knows nothing of what the former one was told"
    );
    host.stop().await;
}

#[tokio::test]
async fn only_the_newest_values_are_kept_and_the_others_counted() {
    let host = start().await;
    let shown = shown(&host).keep(3);
    (0..10).for_each(|page| shown.tell(("bounded", page)));
    assert_eq!((shown.kept(), shown.dropped()), (3, 7));
    host.enable("wiki.late", Dependents::Refuse).await.unwrap();
    until(|| told("bounded", "late").len() == 3).await;
    assert_eq!(told("bounded", "late"), [7, 8, 9]);
    assert_eq!(shown.clone().keep(1).kept(), 1);
    assert_eq!(shown.dropped(), 9);
    host.stop().await;
}

#[tokio::test]
async fn a_value_that_fails_does_not_keep_the_next_ones_back() {
    let host = start().await;
    let shown = shown(&host);
    (12..16).for_each(|page| shown.tell(("fails", page)));
    until(|| told("fails", "early").len() == 4).await;
    assert_eq!(told("fails", "early"), [12, 13, 14, 15]);
    assert_eq!(host.extensions::<dyn Shown>()[0].counts().panics, 1);
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_hangs_is_cut_off_at_its_deadline_and_holds_nobody_up() {
    let host = start().await;
    host.enable("wiki.late", Dependents::Refuse).await.unwrap();
    let shown = shown(&host);
    [98, 99, 100].into_iter().for_each(|page| shown.tell(("hangs", page)));
    until(|| told("hangs", "early").len() == 2 && told("hangs", "late").len() == 2).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    for plugin in ["early", "late"] {
        assert_eq!(told("hangs", plugin), [98, 99, 100], "{plugin}");
    }
    host.stop().await;
}

#[tokio::test]
async fn nobody_is_told_anything_when_the_last_handle_is_gone() {
    let host = start().await;
    let first = shown(&host);
    first.tell(("gone", 1));
    until(|| told("gone", "early").len() == 1).await;
    drop(first);
    host.enable("wiki.late", Dependents::Refuse).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(told("gone", "late").is_empty());
    host.stop().await;
}
