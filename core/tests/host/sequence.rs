//! Sequences of start, stop, enable and disable, with plugins that fail in every phase, against [the model](crate::sequence_model).

use keyway::Host;
use keyway::host::{Dependents, PluginError, SwitchError, Switched};
use keyway::manifest::PluginId;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::fixture::{Greet, Play, visible};
use crate::sequence_model::{Answer, Model, Move, Part};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A phase that goes well most of the time, or fails in one of the ways.
fn script(ways: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just(""), 1 => prop::sample::select(ways)]
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let one = (
        prop::collection::vec(prop_oneof![3 => Just(0_u8), 3 => Just(1), 1 => Just(2)], NAMES.len()),
        script(&["fail", "panic", "hang"]),
        script(&["fail", "panic", "panic-early", "hang"]),
        script(&["fail", "panic", "hang"]),
        script(&["panic"]),
    );
    prop::collection::vec(one, 1..=NAMES.len()).prop_map(|plugins| {
        let part = |(index, (links, init, start, stop, drop)): (usize, (Vec<u8>, _, _, _, _))| {
            // A plugin requires plugins before it only, so there are no rings.
            let requires = (0..index).filter(|other| links[*other] > 0).map(|other| (other, links[other] == 1)).collect();
            Part { name: NAMES[index], requires, init, start, stop, drop }
        };
        plugins.into_iter().enumerate().map(part).collect()
    })
}

fn a_move() -> impl Strategy<Value = Move> {
    let dependents = || prop_oneof![1 => Just(Dependents::Refuse), 2 => Just(Dependents::Cascade)];
    prop_oneof![
        20 => (0..NAMES.len(), dependents()).prop_map(|(plugin, dependents)| Move::Disable(plugin, dependents)),
        20 => (0..NAMES.len(), dependents()).prop_map(|(plugin, dependents)| Move::Enable(plugin, dependents)),
        // Nothing can be switched on after it, so it is rare.
        1 => Just(Move::Stop),
    ]
}

fn play(parts: &[Part]) -> Play {
    let requires = |part: &Part| -> Vec<&'static str> {
        let name = |(other, is_mandatory): &(usize, bool)| match is_mandatory {
            true => NAMES[*other],
            false => &*format!("{}?", NAMES[*other]).leak(),
        };
        part.requires.iter().map(name).collect()
    };
    let plugins: Vec<_> = parts.iter().map(|part| (part.name, requires(part))).collect();
    let plugins: Vec<_> = plugins.iter().map(|(name, requires)| (*name, requires.as_slice())).collect();
    parts.iter().fold(Play::new(&plugins), |play, part| {
        let phases = [("init", part.init), ("start", part.start), ("stop", part.stop), ("drop", part.drop)];
        phases.into_iter().fold(play, |play, (phase, action)| play.script(part.name, phase, action))
    })
}

fn names<'a>(ids: impl IntoIterator<Item = &'a PluginId>) -> Vec<&'static str> {
    ids.into_iter().map(|id| id.as_str().trim_start_matches("site.")).collect()
}

fn of_switch(answer: Result<Switched, SwitchError>) -> Answer {
    match answer {
        Ok(Switched { plugins, errors, .. }) => Answer::Switched(names(&plugins), errors.len()),
        Err(SwitchError::Failed { errors, started, .. }) => {
            let failed = errors.iter().map(|error: &PluginError| error.plugin().trim_start_matches("site."));
            let failed = failed.map(|failed| NAMES.into_iter().find(|name| *name == failed).unwrap());
            Answer::Failed(failed.collect(), names(&started))
        }
        Err(error) => Answer::Refused(error.code()),
    }
}

async fn make(host: &Host, wanted: Move) -> Answer {
    let id = |plugin: usize| format!("site.{}", NAMES[plugin]);
    match wanted {
        Move::Disable(plugin, dependents) => of_switch(host.disable(&id(plugin), dependents).await),
        Move::Enable(plugin, dependents) => of_switch(host.enable(&id(plugin), dependents).await),
        Move::Stop => {
            let report = host.stop().await;
            let errors = report.errors().count();
            Answer::Switched(names(report.plugins.iter().map(|entry| &entry.id)), errors)
        }
    }
}

/// Compares everything that can be seen of a host.
fn compare(host: &Host, model: &Model, play: &Play) -> Result<(), TestCaseError> {
    let states: Vec<_> = host.plugins().iter().map(|plugin| (plugin.id.as_str(), plugin.state)).collect();
    let expected: Vec<_> = model.order().iter().map(|plugin| (model.parts[*plugin].name, model.states[*plugin])).collect();
    let states: Vec<_> = states.iter().map(|(id, state)| (id.trim_start_matches("site."), *state)).collect();
    prop_assert_eq!(states, expected);
    prop_assert_eq!(play.journal(), model.journal.clone());
    prop_assert_eq!(visible(host), model.visible());
    for extension in &host.extensions::<dyn Greet>() {
        prop_assert!(extension.greet().is_ok(), "who is seen answers");
    }
    for (plugin, part) in model.parts.iter().enumerate() {
        let info = host.plugin(&format!("site.{}", part.name)).unwrap();
        prop_assert_eq!(info.error.is_some() && model.runs(plugin), false, "an error of {} that is over", part.name);
    }
    Ok(())
}

async fn follow(parts: Vec<Part>, moves: Vec<(Move, Option<Move>)>) -> Result<(), TestCaseError> {
    let play = play(&parts);
    let host = play.builder().all_optional().start().await.map_err(|error| TestCaseError::fail(error.to_string()))?;
    let mut model = Model::start(parts);
    for (plugin, part) in model.parts.iter().enumerate() {
        let id = format!("site.{}", part.name);
        let error = host.start_report().plugin(&id).unwrap().error.is_some();
        prop_assert_eq!(error, !model.runs(plugin), "the report on {}", part.name);
    }
    compare(&host, &model, &play)?;
    let count = model.parts.len();
    let there = |wanted: &Move| match wanted {
        Move::Disable(plugin, _) | Move::Enable(plugin, _) => *plugin < count,
        Move::Stop => true,
    };
    for (first, second) in moves.into_iter().filter(|(first, _)| there(first)) {
        match second.filter(there) {
            None => prop_assert_eq!(make(&host, first).await, model.make(first), "{:?}", first),
            // Asked for at the same time, they take place in the order in which they were asked for.
            Some(second) => {
                let (one, two) = tokio::join!(make(&host, first), make(&host, second));
                prop_assert_eq!(one, model.make(first), "{:?} with {:?}", first, second);
                prop_assert_eq!(two, model.make(second), "{:?} after {:?}", second, first);
            }
        }
        compare(&host, &model, &play)?;
    }
    prop_assert_eq!(make(&host, Move::Stop).await, model.make(Move::Stop), "the last stop");
    compare(&host, &model, &play)?;
    prop_assert_eq!(make(&host, Move::Stop).await, Answer::Switched(Vec::new(), 0), "a stop after the stop");
    let times = |what: &str, name: &str| play.did(what).iter().filter(|did| *did == name).count();
    for part in model.parts.iter().filter(|part| part.init.is_empty()) {
        prop_assert_eq!(times("init", part.name), times("drop", part.name), "each instance of {} is dropped once", part.name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_time: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_host_does_what_the_model_says(
        parts in parts(),
        moves in prop::collection::vec((a_move(), prop::option::weighted(0.25, a_move())), 0..24),
    ) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(follow(parts, moves))?;
    }
}
