//! What readers see while plugins come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway::host::Dependents;
use keyway::manifest::record::PointLayout;
use keyway::manifest::{PluginId, PointInfo};
use keyway::{CallErrorKind, ExtensionPoint};

use crate::fixture::{Greet, GreetGuard, GreetShielded, Play, visible};

#[tokio::test]
async fn a_snapshot_does_not_change_and_a_point_does() {
    let play = Play::new(&[("a", &[]), ("b", &[])]);
    let host = play.builder().start().await.unwrap();
    let point = host.point::<dyn Greet>();
    let before = point.extensions();
    host.disable("site.a", Dependents::Refuse).await.unwrap();
    assert_eq!((before.len(), point.extensions().len(), point.load().len()), (2, 1, 1));
    assert_eq!(point.load()[0].id(), "site.b");
    host.stop().await;
    assert!(point.extensions().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn readers_always_see_a_whole_list_in_start_order() {
    let play = Play::new(&[("a", &[]), ("b", &[]), ("c", &["b"])]);
    let host = play.builder().start().await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (point, done) = (host.point::<dyn Greet>(), Arc::clone(&done));
            std::thread::spawn(move || {
                let mut reads = 0;
                while !done.load(Ordering::Relaxed) {
                    let seen = point.extensions();
                    let names: Vec<_> = seen.iter().map(|extension| extension.id()).collect();
                    // `b` and `c` go and come together, because `c` requires `b`.
                    assert!(names == ["site.a", "site.b", "site.c"] || names == ["site.a"], "{names:?}");
                    for extension in &seen {
                        match extension.greet() {
                            Ok(answer) => assert_eq!(answer, format!("hello from {}", &extension.id()[5..])),
                            Err(error) => assert!(matches!(error.kind(), CallErrorKind::Unavailable), "{error}"),
                        }
                    }
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    for _ in 0..200 {
        host.disable("site.b", Dependents::Cascade).await.unwrap();
        host.enable("site.b", Dependents::Cascade).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().unwrap() > 0);
    }
    assert_eq!(visible(&host), ["a", "b", "c"]);
    host.stop().await;
    let (made, dropped) = (play.did("init").len(), play.did("drop").len());
    assert_eq!((made, dropped), (403, 403), "every instance is dropped once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn switches_of_one_host_follow_each_other() {
    let play = Play::new(&[("a", &[])]).script("a", "stop", "wait").script("a", "init", "wait");
    let host = play.builder().start().await.unwrap();
    let (first, second) = tokio::join!(host.disable("site.a", Dependents::Refuse), host.enable("site.a", Dependents::Refuse));
    first.unwrap();
    second.unwrap();
    assert_eq!(play.journal()[3..], ["stop a", "stoped a", "drop a", "init a", "inited a", "start a"]);
    host.stop().await;
}

#[tokio::test]
async fn whoever_waits_for_a_change_learns_which_instances_are_new() {
    let play = Play::new(&[("a", &[]), ("b", &[])]);
    let host = play.builder().start().await.unwrap();
    let point = host.point::<dyn Greet>();
    let known = point.extensions();
    let mut waiting = std::pin::pin!(point.changed(&known));
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("nothing has changed yet"),
        () = tokio::task::yield_now() => {}
    }
    host.disable("site.b", Dependents::Refuse).await.unwrap();
    let without = waiting.await;
    assert_eq!(without.len(), 1);
    assert!(without[0].is_same(&known[0]), "`a` was not switched");
    host.enable("site.b", Dependents::Refuse).await.unwrap();
    let again = point.changed(&without).await;
    assert!(again[0].is_same(&known[0]) && !again[1].is_same(&known[1]), "`b` is another instance");
    assert!(again.is_same(&point.extensions()) && !again.is_same(&known));
    assert!(point.has_changed(&known) && !point.has_changed(&again));
    host.stop().await;
}

/// A trait that claims the point id of [`Greet`].
trait Impostor: Send + Sync + 'static {}

impl ExtensionPoint for dyn Impostor {
    const INFO: &'static PointInfo = <dyn Greet>::INFO;
    const LAYOUT: &'static PointLayout = <dyn Greet>::LAYOUT;
    type Shielded = dyn GreetShielded;
    type Guard = GreetGuard;

    fn guard(slot: Arc<keyway::guard::Slot>, shielded: Arc<dyn GreetShielded>) -> GreetGuard {
        <dyn Greet as ExtensionPoint>::guard(slot, shielded)
    }

    fn lend(guard: &GreetGuard) -> Arc<dyn GreetShielded> {
        <dyn Greet as ExtensionPoint>::lend(guard)
    }
}

/// A point that no plugin extends.
trait Lonely: Send + Sync + 'static {}

impl ExtensionPoint for dyn Lonely {
    const INFO: &'static PointInfo = &PointInfo { id: PluginId::new("test.lonely"), ..*<dyn Greet>::INFO };
    const LAYOUT: &'static PointLayout = <dyn Greet>::LAYOUT;
    type Shielded = dyn GreetShielded;
    type Guard = GreetGuard;

    fn guard(slot: Arc<keyway::guard::Slot>, shielded: Arc<dyn GreetShielded>) -> GreetGuard {
        <dyn Greet as ExtensionPoint>::guard(slot, shielded)
    }

    fn lend(guard: &GreetGuard) -> Arc<dyn GreetShielded> {
        <dyn Greet as ExtensionPoint>::lend(guard)
    }
}

#[tokio::test]
async fn a_second_trait_with_the_same_id_and_a_point_without_plugins_are_empty() {
    let play = Play::new(&[("a", &[])]);
    let host = play.builder().start().await.unwrap();
    assert_eq!(host.extensions::<dyn Greet>().len(), 1);
    assert!(host.extensions::<dyn Impostor>().is_empty());
    assert!(host.extensions::<dyn Lonely>().is_empty());
    assert!(host.point::<dyn Lonely>().load().is_empty());
    host.stop().await;
}
