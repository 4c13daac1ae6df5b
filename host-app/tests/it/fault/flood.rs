//! More than there is room for: events, tasks and calls.

use super::{HOSTILE, Scene};

#[test]
fn a_flood_of_events_is_counted_and_drowns_nobody() {
    let scene = Scene::new("fault-flood", &[("Subscriber::on", "panic")], "");
    for _ in 0..3 {
        assert_eq!(scene.server.get("/hostile/flood").status, 200);
        assert_eq!(scene.server.get("/good/text").status, 200);
    }
    let told = |scene: &Scene| {
        let mut subscriptions = scene.server.host().subscriptions().into_iter();
        let mine = subscriptions.find(|one| one.plugin.as_str() == "test.bystander").expect("it listens");
        (mine.queue.expect("it has a queue"), mine.counts)
    };
    scene.until(|scene| told(scene).0.waiting == 0);
    let (queue, counts) = told(&scene);
    assert_eq!(queue.queued, 60_000);
    assert!(queue.longest <= queue.capacity, "{queue:?}");
    scene.until(|scene| scene.server.get("/good/seen").text() == (60_000 - told(scene).0.dropped).to_string());
    assert_eq!(counts.panics + counts.errors, 0);
    // The site is built anew, once or twice, and whoever panics at that news is left alone.
    scene.until(|scene| {
        let subscriptions = scene.server.host().subscriptions();
        subscriptions.iter().any(|one| one.plugin.as_str() == HOSTILE && one.counts.panics > 0)
    });
    assert_eq!(scene.server.get("/good/view").status, 200);
}

#[test]
fn tasks_end_where_the_limit_says() {
    let scene = Scene::new("fault-tasks", &[], "");
    assert_eq!(scene.server.get("/hostile/tasks").status, 200);
    let tasks = scene.hostile().usage.tasks;
    assert_eq!((tasks.used, tasks.limit, tasks.refused), (4, Some(4), 96));
    assert_eq!(scene.server.get("/good/text").status, 200);
    let (said, log) = scene.stop();
    assert_eq!(said, "stopped 4 plugins", "tasks that wait for ever are ended");
    assert!(log.iter().any(|(kind, _)| kind == "limit-exceeded"), "{log:?}");
}

#[test]
fn more_calls_than_allowed_are_refused_and_told() {
    let rate = format!("[host.limits.\"{HOSTILE}\"]\nrate = \"3/m\"\n");
    let scene = Scene::new("fault-rate", &[], &rate);
    let statuses: Vec<u16> = (0..20).map(|_| scene.server.get("/hostile/text").status).collect();
    let refused = scene.server.get("/hostile/text");
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true), "{statuses:?}");
    assert_eq!(scene.server.get("/good/text").text(), "asked for nothing");
    assert!(scene.extension("cms.route").counts.shed > 0);
    // What the program asks on its own account goes on: nothing of the plugin's work is lost because of its visitors.
    assert!(scene.hostile().extensions.iter().all(|one| one.counts.shed == 0 || one.point.as_str() == "cms.route"));
    assert!(scene.server.get("/good/view").text().contains("drawn:"));
    let middleware = scene.extension("cms.middleware").counts;
    assert!(middleware.calls > 20, "{middleware:?}");
    let (_, log) = scene.stop();
    let told = |code: &str| log.iter().any(|(kind, details)| kind == "limit-exceeded" && details["code"] == code);
    assert!(told("KW0632"), "{log:?}");
}
