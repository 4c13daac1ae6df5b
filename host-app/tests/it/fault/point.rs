//! One place after the other: the hostile plugin panics, fails or waits for ever there, and everything else is as without it.

use keyway::guard::Breaker;
use keyway::host::State;

use super::{HOSTILE, Scene, tells_of_breaker};

/// A place, its extension point, and what of the tour it may change.
struct Place {
    name: &'static str,
    point: &'static str,
    /// It waits for something, so it can do so for ever without holding a thread.
    is_async: bool,
    hurts: &'static [&'static str],
}

const fn place(name: &'static str, point: &'static str, is_async: bool, hurts: &'static [&'static str]) -> Place {
    Place { name, point, is_async, hurts }
}

const DRAWN: &[&str] = &["good view", "good panel", "hostile panel", "missing", "start page", "stranger"];

/// What needs to know who asks, or whether they may, is refused while nobody can tell.
const GUARDED: &[&str] = &["good members", "good panel", "hostile panel", "stranger"];

/// What is answered until the authenticator is left out as a whole.
const SIGNED_IN: &[&str] = &["stranger", "good members", "good panel", "hostile panel"];

/// What of the tour may differ under garbage besides: what the hostile plugin serves itself.
const OWN: &[&str] = &["hostile text", "hostile file", "hostile panel", "hostile socket"];

/// Places that the tour calls each time.
const CALLED: [Place; 17] = [
    place("Middleware::before", "cms.middleware", false, &[]),
    place("Middleware::after", "cms.middleware", false, &[]),
    place("Authenticator::authenticate", "cms.authenticator", true, GUARDED),
    place("Authenticator::login_path", "cms.authenticator", false, SIGNED_IN),
    place("Authoriser::authorise", "cms.authoriser", true, GUARDED),
    place("Route::access", "cms.route", false, &["hostile text"]),
    place("Route::handle", "cms.route", true, &["hostile text"]),
    place("Template::extend", "cms.template", true, &[]),
    place("Theme::render", "cms.theme", false, DRAWN),
    place("AdminPanel::panel", "cms.admin-panel", false, &["hostile panel"]),
    place("AdminPanel::render", "cms.admin-panel", true, &["hostile panel"]),
    place("BeforeInsert::before_insert", "cms.before-insert", true, &["insert"]),
    place("BeforeUpdate::before_update", "cms.before-update", true, &["update"]),
    place("BeforeDelete::before_delete", "cms.before-delete", true, &["delete"]),
    place("AfterInsert::after_insert", "cms.after-insert", true, &[]),
    place("AfterUpdate::after_update", "cms.after-update", true, &[]),
    place("Job::run", "keyway.job", true, &["job"]),
];

/// Places that the host calls once for each socket or connection, and those that it calls when the site is built or the plugin starts.
const ONCE: [Place; 9] = [
    place("WebSocket::connected", "cms.websocket", true, &[]),
    place("Protocol::serve", "cms.protocol", true, &["protocol"]),
    place("Source::load", "cms.source", true, &[]),
    place("Processor::process", "cms.processor", false, &[]),
    place("SiteListener::site_built", "cms.site", true, &[]),
    place("AssetSource::assets", "cms.asset", false, &["hostile file"]),
    place("WebSocket::path", "cms.websocket", false, &["hostile socket"]),
    place("Protocol::listen", "cms.protocol", false, &["protocol"]),
    place("Job::jobs", "keyway.job", false, &["job"]),
];

/// Compares a tour under a fault with one without: nothing differs but what the fault may change, and that is never a success.
fn compare(place: &Place, fault: &str, scene: &Scene, quiet: &Scene) {
    let (seen, expected) = (scene.tour(), quiet.tour());
    for (name, expected) in &expected {
        if place.hurts.contains(name) || (fault == "garbage" && OWN.contains(name)) {
            continue;
        }
        assert_eq!(&seen[name], expected, "{} with {fault}: {name}", place.name);
    }
    for name in place.hurts.iter().filter(|_| place.hurts == GUARDED && fault != "garbage") {
        assert!(!seen[name].contains("welcome") && !seen[name].contains("panel"), "{} with {fault}: {name}", place.name);
    }
}

#[test]
fn panics_and_errors_stay_where_they_are() {
    let quiet = Scene::new("fault-quiet", &[], "");
    let faults = CALLED.map(|place| (place, "panic"));
    for (place, fault) in faults {
        let scene = Scene::new("fault-panic", &[(place.name, fault)], "[host.breaker]\nfailures = 2\n");
        for _ in 0..2 {
            compare(&place, fault, &scene, &quiet);
        }
        let extension = scene.extension(place.point);
        assert!(extension.counts.panics >= 2, "{}: {:?}", place.name, extension.counts);
        assert_eq!(extension.breaker, Breaker::Open, "{}", place.name);
        compare(&place, fault, &scene, &quiet);
        let after = scene.extension(place.point).counts;
        assert_eq!(after.panics, extension.counts.panics, "{}: it is left out", place.name);
        assert_eq!(scene.hostile().state, State::RecoverableError, "{}", place.name);
        let report = serde_json::to_string(&scene.hostile()).expect("it serialises");
        assert!(report.contains("\"breaker\":\"open\"") && report.contains("recoverable error"), "{report}");
        let (_, log) = scene.stop();
        assert!(tells_of_breaker(&log, place.point), "{}: {log:?}", place.name);
    }
}

#[test]
fn waiting_for_ever_ends_at_the_deadline() {
    let quiet = Scene::new("fault-patient", &[], "");
    for place in CALLED.iter().filter(|place| place.is_async) {
        let scene = Scene::new("fault-hang", &[(place.name, "hang")], "[host.breaker]\nfailures = 1\n");
        compare(place, "hang", &scene, &quiet);
        let extension = scene.extension(place.point);
        assert!(extension.counts.deadlines >= 1, "{}: {:?}", place.name, extension.counts);
        assert_eq!(extension.breaker, Breaker::Open, "{}", place.name);
        let (_, log) = scene.stop();
        assert!(tells_of_breaker(&log, place.point), "{}: {log:?}", place.name);
    }
}

#[test]
fn what_fails_when_the_site_is_made_is_left_out() {
    let quiet = Scene::new("fault-made", &[], "");
    for place in &ONCE {
        for fault in ["panic", "fail", "hang"] {
            let can_fail = !matches!(place.name, "AssetSource::assets" | "SiteListener::site_built");
            if (fault == "hang" && !place.is_async) || (fault == "fail" && !can_fail) {
                continue;
            }
            let scene = Scene::new("fault-once", &[(place.name, fault)], "");
            compare(place, fault, &scene, &quiet);
            let counts = scene.extension(place.point).counts;
            let counted = match fault {
                "panic" => counts.panics,
                "hang" => counts.deadlines,
                _ => counts.calls,
            };
            // What goes on in the background after the visitor has gone has no other time than soon.
            scene.until(|scene| {
                let counts = scene.extension(place.point).counts;
                counted > 0 || counts.panics + counts.deadlines > 0
            });
            assert_eq!(scene.hostile().id.as_str(), HOSTILE);
            scene.stop();
        }
    }
}

#[test]
fn garbage_stays_where_it_is() {
    let quiet = Scene::new("fault-clean", &[], "");
    for place in CALLED.iter().chain(&ONCE) {
        let scene = Scene::new("fault-garbage", &[(place.name, "garbage")], "");
        compare(place, "garbage", &scene, &quiet);
        assert_eq!(scene.server.get("/good/document").status, 200, "{}", place.name);
        scene.stop();
    }
}
