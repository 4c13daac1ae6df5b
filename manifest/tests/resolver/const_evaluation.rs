//! The resolver inside rustc: constants that would not compile if it could not run there, and that equal what it says at run time.

use keyway_manifest::{
    Approval, Descriptor, Graph, Location, Lock, LockedDay, LockedPlugin, LockedTier, MESSAGE_BYTES, Message, OrderHint,
    PluginId, Policy, Problems, Requirement, Resolution, Target, Version, VersionRange, render, resolve, resolve_slice,
};

const ONE: Version = Version { major: 1, minor: 0, patch: 0, pre: "", build: "" };

const fn named(id: &'static str) -> Descriptor {
    Descriptor { id: PluginId::new(id), version: ONE, package: id, ..Descriptor::EMPTY }
}

const fn requirement(id: &'static str) -> Requirement {
    Requirement {
        id: PluginId::new(id),
        target: Target::Plugin,
        range: VersionRange::ANY,
        optional: false,
        reason: "",
        location: Location { file: "plugin.toml", line: 9, column: 1, snippet: "\"id\" = \"*\"", width: 4 },
    }
}

static FEED: Descriptor = Descriptor { requires: &[requirement("site.pages")], ..named("site.feed") };
static MENU: Descriptor =
    Descriptor { after: &[OrderHint { id: PluginId::new("site.feed"), location: Location::UNKNOWN }], ..named("site.menu") };
static PAGES: Descriptor = named("site.pages");
static THEME: Descriptor = named("site.theme");

const NO_PLUGINS: Graph<'static> = Graph {
    plugins: &[],
    sdk: None,
    available: &[],
    libraries: &[],
    policy: &Policy::GRANT_REQUESTED,
    policy_file: "",
    lock: None,
};

const SOUND: Graph<'static> = Graph { plugins: &[&MENU, &THEME, &FEED, &PAGES], ..NO_PLUGINS };
const OUTCOME: Result<Resolution<{ SOUND.size() }>, Problems> = resolve::<{ SOUND.size() }, { SOUND.room() }>(&SOUND);

const SPOILT: Graph<'static> = Graph { plugins: &[&MENU, &FEED], ..NO_PLUGINS };
const PROBLEMS: Result<Resolution<{ SPOILT.size() }>, Problems> = resolve::<{ SPOILT.size() }, { SPOILT.room() }>(&SPOILT);
const MESSAGE: Option<Message> = match &PROBLEMS {
    Ok(_) => None,
    Err(problems) => Some(render(problems, &SPOILT)),
};

#[test]
fn the_order_is_a_constant() {
    const RESOLUTION: Resolution<4> = match OUTCOME {
        Ok(resolution) => resolution,
        Err(_) => panic!("the graph is sound"),
    };
    assert_eq!(RESOLUTION.order(), &[3, 1, 2, 0]);
    assert_eq!(RESOLUTION.level(), &[2, 0, 1, 0]);
    assert_eq!(RESOLUTION.level_count(), 3);
    assert_eq!(RESOLUTION.to_order(), resolve_slice(&SOUND).expect("the graph is sound"));
    assert_eq!(RESOLUTION.to_order().levels, [vec![3, 1], vec![2], vec![0]]);
}

#[test]
fn the_message_is_a_constant_and_says_what_run_time_says() {
    let message = MESSAGE.expect("a requirement is missing");
    assert_eq!(message.as_str().trim_start_matches('\n'), resolve_slice(&SPOILT).expect_err("the same graph").to_string());
}

const fn approved(id: &'static str, until: u32) -> LockedPlugin {
    LockedPlugin {
        id: PluginId::new(id),
        version: ONE,
        tier: LockedTier::Static,
        manifest: "",
        approved: &[],
        artifacts: &[],
        approval: Approval::Approved {
            by: "ada@example.org",
            on: "2026-11-21T18:00:00Z",
            version: ONE,
            until: Some(LockedDay { days: until, text: "2026-11-20" }),
        },
        location: Location::UNKNOWN,
    }
}

/// The lock is compared inside rustc too.
#[test]
fn the_lock_is_a_constant() {
    const LOCK: Lock =
        Lock { plugins: &[approved("site.feed", 20_778), approved("site.pages", 20_777)], file: "keyway.lock", today: 20_778 };
    const HELD: Graph<'static> = Graph { lock: Some(&LOCK), ..SOUND };
    const FOUND: Result<Resolution<{ HELD.size() }>, Problems> = resolve::<{ HELD.size() }, { HELD.room() }>(&HELD);
    const TEXT: Option<Message> = match &FOUND {
        Ok(_) => None,
        Err(problems) => Some(render(problems, &HELD)),
    };
    let text = TEXT.expect("three plugins do not fit");
    let codes: Vec<_> = text.as_str().lines().filter_map(|line| line.strip_prefix("  KW")?.get(..20)).collect();
    assert_eq!(codes, ["0820 plugin `site.me", "0825 the approval of", "0820 plugin `site.th"]);
    assert_eq!(text.as_str().trim_start_matches('\n'), resolve_slice(&HELD).expect_err("the same graph").to_string());
}

#[test]
fn an_empty_graph_resolves() {
    const EMPTY: Graph<'static> = NO_PLUGINS;
    const NOTHING: Result<Resolution<0>, Problems> = resolve::<0, { EMPTY.room() }>(&EMPTY);
    assert_eq!(NOTHING.expect("nothing is wrong").level_count(), 0);
    assert_eq!(resolve_slice(&EMPTY).expect("nothing is wrong").order, Vec::<usize>::new());
}

/// More problems than a constant keeps: what is left out is counted, and nothing is cut in the middle.
#[test]
fn what_does_not_fit_is_counted() {
    static MANY: Descriptor =
        Descriptor { requires: &[requirement("site.gone-by-now-and-never-to-be-seen-again"); 300], ..named("site.many") };
    const MANY_GRAPH: Graph<'static> = Graph { plugins: &[&MANY], ..NO_PLUGINS };
    let problems = resolve::<1, { MANY_GRAPH.room() }>(&MANY_GRAPH).expect_err("all are missing");
    assert_eq!(problems.total(), 300);
    let message = render(&problems, &MANY_GRAPH);
    assert!(message.as_str().len() <= MESSAGE_BYTES);
    let shown = message.as_str().matches("KW0302").count();
    assert!(message.as_str().ends_with(&format!("  and {} more problems, shown when these are mended", 300 - shown)));
    assert!(shown > 50, "only {shown} problems were shown");
    let report = resolve_slice(&MANY_GRAPH).expect_err("all are missing");
    assert_eq!(report.to_string().matches("KW0302").count(), 300, "at run time nothing is left out");
}
