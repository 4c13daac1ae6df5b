//! Plugins that go with a bang.

use keyway::host::{Dependents, State};

use super::{HOSTILE, Scene};

#[test]
fn panics_in_stop_and_drop_are_told_and_the_others_stop() {
    for (faults, codes) in [
        (&[("stop", "panic")][..], &["stop"][..]),
        (&[("drop", "panic")], &["drop"]),
        (&[("stop", "panic"), ("drop", "panic")], &["stop", "drop"]),
        (&[("stop", "fail")], &["a secret"]),
    ] {
        let scene = Scene::new("fault-ending", faults, "");
        assert_eq!(scene.server.get("/hostile/text").status, 200);
        let (said, log) = scene.stop();
        assert!(said.starts_with("stopped 4 plugins\n") && said.contains(HOSTILE), "{said}");
        assert!(codes.iter().all(|code| said.contains(code)), "{said}");
        let state = log.iter().rev().find(|(kind, _)| kind == "state").expect("its last state").1.clone();
        assert!(state.values().any(|value| value == "permanent error"), "{state:?}");
    }
}

#[test]
fn one_that_does_not_stop_is_given_up() {
    let scene = Scene::new("fault-endless", &[("stop", "hang")], "[host.deadlines]\nstop = \"100ms\"\n");
    let (said, _) = scene.stop();
    assert!(said.contains("KW0606") || said.contains("stop"), "{said}");
}

#[test]
fn switching_it_off_and_on_while_it_panics_leaves_the_others_alone() {
    let scene = Scene::new("fault-switch", &[("stop", "panic"), ("drop", "panic")], "");
    let host = scene.server.host();
    for _ in 0..5 {
        let switched = scene.server.block_on(host.disable(HOSTILE, Dependents::Refuse)).expect("nobody needs it");
        // That of `Drop` is among them only when nobody else holds the value; else it is told later, in the log.
        assert!(!switched.errors.is_empty(), "a panic in `stop` is told");
        assert_eq!(scene.hostile().state, State::PermanentError);
        assert_eq!((scene.server.get("/hostile/text").status, scene.server.get("/good/text").status), (404, 200));
        scene.server.block_on(host.enable(HOSTILE, Dependents::Refuse)).expect("it starts");
        assert_eq!((scene.server.get("/hostile/text").status, scene.server.get("/good/text").status), (200, 200));
    }
}
