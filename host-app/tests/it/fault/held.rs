//! Threads that do not come back: they cannot be taken from the plugin, so the rest goes on without them.

use std::io::Read;

use keyway::guard::Breaker;
use keyway::host::{Dependents, State};

use super::gate::Gate;
use super::{Scene, begin, tells_of_breaker};

const SOON: &str = "[host.deadlines]\nhang = \"500ms\"\n";

/// What opens a page of everybody else, while the hostile plugin holds a thread.
fn others_are_answered(scene: &Scene) {
    for _ in 0..20 {
        assert_eq!(scene.server.get("/good/text").status, 200);
        assert_eq!(scene.server.get("/good/view").status, 200);
    }
}

#[test]
fn a_thread_that_is_held_holds_up_nobody_else() {
    for (place, point, path, late) in [
        ("Route::handle", "cms.route", "/hostile/text", "HTTP/1.1 200"),
        // When it comes back, the plugin is left out already.
        ("Route::access", "cms.route", "/hostile/text", "HTTP/1.1 503"),
        ("Authoriser::authorise", "cms.authoriser", "/good/members", "HTTP/1.1 200"),
    ] {
        let name = format!("fault-held-{place}").replace("::", "-");
        let scene = Scene::new(&name, &[(place, "hold")], SOON);
        let gate = Gate::close(&name);
        let mut held = begin(&scene.server, path);
        gate.until_reached();
        // Also before anybody has noticed, and on threads that had nothing to do.
        others_are_answered(&scene);
        scene.until(|scene| scene.extension(point).breaker == Breaker::Open);
        scene.until(|scene| scene.hostile().state == State::RecoverableError);
        let refused = scene.server.ask("GET", path, &[("x-name", "ada")]);
        assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true), "{place}: it is not asked again");
        others_are_answered(&scene);
        gate.open();
        let mut answer = [0; 12];
        held.read_exact(&mut answer).expect("it comes back");
        assert_eq!(&answer[..], late.as_bytes(), "{place}");
        let (_, log) = scene.stop();
        assert!(tells_of_breaker(&log, point), "{place}: {log:?}");
    }
}

#[test]
fn a_step_around_every_request_that_hangs_is_left_out() {
    for place in ["Middleware::before", "Middleware::after", "Theme::render"] {
        let name = format!("fault-step-{place}").replace("::", "-");
        let scene = Scene::new(&name, &[(place, "hold")], SOON);
        let gate = Gate::close(&name);
        let point = if place == "Theme::render" { "cms.theme" } else { "cms.middleware" };
        let _held = begin(&scene.server, "/good/view");
        gate.until_reached();
        scene.until(|scene| scene.extension(point).breaker == Breaker::Open);
        others_are_answered(&scene);
        gate.open();
    }
}

#[test]
fn a_plugin_that_never_says_what_it_serves_is_served_without() {
    for (place, point) in [("AssetSource::assets", "cms.asset"), ("WebSocket::path", "cms.websocket")] {
        // It answers the first time that it is asked, when the program starts.
        let name = format!("fault-unsaid-{place}").replace("::", "-");
        let scene = Scene::new(&name, &[(place, "|hold")], SOON);
        let gate = Gate::close(&name);
        // What plugins serve is asked again by the first request after any of them was switched.
        let host = scene.server.host();
        scene.server.block_on(host.disable("site.content", Dependents::Cascade)).expect("nobody needs it");
        let mut held = begin(&scene.server, "/hostile/text");
        gate.until_reached();
        others_are_answered(&scene);
        scene.until(|scene| scene.extension(point).breaker == Breaker::Open);
        others_are_answered(&scene);
        gate.open();
        let mut answer = [0; 12];
        held.read_exact(&mut answer).expect("it comes back");
        assert_eq!(&answer, b"HTTP/1.1 200", "{place}");
    }
}
