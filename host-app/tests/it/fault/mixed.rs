//! Ten thousand requests, of which every fourth is for the hostile plugin, which is asked about all others too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::client::ask;

use super::garbage::KINDS;
use super::{Scene, tells_of_breaker};

const REQUESTS: u64 = 10_000;
const THREADS: u64 = 8;

fn ask_all(scene: &Scene) -> u64 {
    let (lost, address) = (AtomicU64::new(0), scene.server.address());
    thread::scope(|scope| {
        for number in 0..THREADS {
            let lost = &lost;
            scope.spawn(move || {
                for request in (number..REQUESTS).step_by(usize::try_from(THREADS).expect("small")) {
                    let is_answered = match request % 4 {
                        0 => {
                            let (kind, _) = KINDS[usize::try_from(request / 4).expect("small") % KINDS.len()];
                            let path =
                                if request % 8 == 0 { "/hostile/text".to_owned() } else { format!("/hostile/garbage/{kind}") };
                            // Whatever comes back, also nothing at all: it is the hostile plugin's own.
                            let _ = std::panic::catch_unwind(|| ask(address, "GET", &path, &[], &[]));
                            true
                        }
                        1 => {
                            let reply = scene.server.get("/good/view");
                            reply.status == 200 && reply.text().contains("good content") && reply.text().contains("<!-- good -->")
                        }
                        2 => scene.server.get("/good/file.txt").text() == "a good file",
                        _ => scene.server.get(&format!("/good/text?{request}")).text() == format!("asked for {request}"),
                    };
                    lost.fetch_add(u64::from(!is_answered), Ordering::Relaxed);
                }
            });
        }
    });
    lost.into_inner()
}

const FAULTS: &[(&str, &str)] = &[
    ("Middleware::before", "panic||garbage"),
    ("Middleware::after", "|panic|garbage"),
    ("Route::access", "|||fail|panic"),
    ("Route::handle", "panic||hang|garbage|fail"),
    ("Template::extend", "panic||garbage|||||"),
    ("Theme::render", "panic|fail||"),
    ("Source::load", "garbage"),
    ("SiteListener::site_built", "panic"),
    ("AfterInsert::after_insert", "panic"),
    ("stop", "panic"),
    ("drop", "panic"),
];

#[test]
fn ten_thousand_requests_lose_no_answer_of_another_plugin() {
    // Without a breaker, so that the plugin is let in again each time.
    let scene = Scene::new("fault-mixed", FAULTS, "[host]\nbreaker = false\n");
    assert_eq!(ask_all(&scene), 0, "answers were lost");
    let panics: u64 = scene.hostile().extensions.iter().map(|extension| extension.counts.panics).sum();
    assert!(panics > 1_000, "{panics}");
    assert!(scene.extension("cms.route").counts.deadlines > 0);
    let bystander = scene.server.host().plugin("test.bystander").expect("it is there");
    let failed =
        |counts: &keyway::guard::CallCounts| counts.panics + counts.errors + counts.deadlines + counts.refused + counts.shed;
    assert!(bystander.extensions.iter().all(|extension| failed(&extension.counts) == 0), "{bystander:?}");
    let (said, _) = scene.stop();
    assert!(said.contains("stopped 4 plugins"), "{said}");
}

#[test]
fn with_a_breaker_it_is_left_out_after_a_few() {
    let faults: Vec<_> = FAULTS.iter().map(|(place, _)| (*place, "panic")).collect();
    let scene = Scene::new("fault-broken", &faults, "");
    assert_eq!(scene.tour()["good text"], "200 marked ");
    for _ in 0..12 {
        scene.tour();
    }
    for point in ["cms.middleware", "cms.route", "cms.template", "cms.theme"] {
        assert!(scene.extension(point).counts.panics <= 20, "{point}");
    }
    let (_, log) = scene.stop();
    assert!(
        ["cms.middleware", "cms.route", "cms.template", "cms.theme"].iter().all(|point| tells_of_breaker(&log, point)),
        "{log:?}"
    );
}
