//! Compares how both sides were built.

use super::{Difference, DifferenceKind, Row, Verdict, is_breaking};
use crate::parse::printable;
use crate::record::{Allocator, BuildFacts, PanicStrategy, RecordedBuild};

pub(super) fn compare(host: &BuildFacts, plugin: &RecordedBuild, verdict: &mut Verdict) {
    compiler(host, plugin, verdict);
    target(host, plugin, verdict);
    panic(host, plugin, verdict);
    allocator(plugin, verdict);
    keyway(host, plugin, verdict);
    if host.debug_assertions != plugin.debug_assertions {
        let shown = |on| if on { "with" } else { "without" };
        verdict.note(format!(
            "the program is built {} debug assertions, and the library {} them",
            shown(host.debug_assertions),
            shown(plugin.debug_assertions)
        ));
    }
}

fn compiler(host: &BuildFacts, plugin: &RecordedBuild, verdict: &mut Verdict) {
    let version = Row::new("rustc", known(host.rustc), known(&plugin.rustc));
    let commit = Row::new("commit", known(host.commit), known(&plugin.commit));
    let differs = |one: &str, other: &str| !one.is_empty() && !other.is_empty() && one != other;
    if differs(host.commit, &plugin.commit) || differs(host.rustc, &plugin.rustc) {
        let toolchain = if host.rustc.is_empty() { String::new() } else { format!("+{} ", host.rustc) };
        let difference = Difference::new(
            DifferenceKind::Compiler,
            "the library was built by another compiler",
            "each compiler is free to lay types out and to call functions in its own way",
            format!("build the plugin with the compiler of the program: {}", verdict.command(&toolchain, "")),
        );
        verdict.push(difference.rows(vec![version, commit]));
    } else if host.commit.is_empty() || plugin.commit.is_empty() {
        let side = if host.commit.is_empty() { "the program" } else { "the library" };
        verdict.unknown_is(format!("which commit of the compiler built {side}"));
    }
}

fn target(host: &BuildFacts, plugin: &RecordedBuild, verdict: &mut Verdict) {
    if host.target.is_empty() || plugin.target.is_empty() {
        let side = if host.target.is_empty() { "the program" } else { "the library" };
        verdict.unknown_is(format!("the target of {side}"));
    } else if host.target != plugin.target {
        let difference = Difference::new(
            DifferenceKind::Target,
            "the library was built for another target",
            "targets differ in the C library they call and in how functions are called",
            format!("build it for the target of the program: {}", verdict.command("", &format!("--target {} ", host.target))),
        );
        verdict.push(difference.row(Row::new("target", host.target, known(&plugin.target))));
    }
}

fn panic(host: &BuildFacts, plugin: &RecordedBuild, verdict: &mut Verdict) {
    let shown = |panic| match panic {
        PanicStrategy::Unwind => "unwind",
        PanicStrategy::Abort => "abort",
        PanicStrategy::Unknown => "unknown",
    };
    if host.panic == PanicStrategy::Abort || plugin.panic == PanicStrategy::Abort {
        let side = if host.panic == PanicStrategy::Abort { "the program's" } else { "the plugin's" };
        let difference = Difference::new(
            DifferenceKind::Panic,
            "a panic would end the process",
            "the first panic of a plugin would take the program and all other plugins with it",
            format!("take `panic = \"abort\"` out of {side} profile in Cargo.toml and build it again"),
        );
        verdict.push(difference.row(Row::new("panic", shown(host.panic), shown(plugin.panic))));
    } else if host.panic == PanicStrategy::Unknown || plugin.panic == PanicStrategy::Unknown {
        verdict.unknown_is("what a panic does".to_owned());
    }
}

fn allocator(plugin: &RecordedBuild, verdict: &mut Verdict) {
    match plugin.allocator {
        Allocator::Host => {}
        Allocator::Own => {
            let difference = Difference::new(
                DifferenceKind::Allocator,
                "the library has a global allocator of its own",
                "memory that one side gives out and the other frees would be freed by the wrong allocator",
                format!(
                    "take `#[global_allocator]` out of the plugin and what it depends on, and build it with `--cfg keyway_native`: {}",
                    verdict.command("", "")
                ),
            );
            verdict.push(difference.row(Row::new("allocator", "the program's", "its own")));
        }
        Allocator::Unknown => verdict.unknown_is("who gives memory out in the library".to_owned()),
    }
}

fn keyway(host: &BuildFacts, plugin: &RecordedBuild, verdict: &mut Verdict) {
    let (Ok(of_host), Ok(of_plugin)) = (semver::Version::parse(host.keyway), semver::Version::parse(&plugin.keyway)) else {
        return verdict.unknown_is("the version of `keyway` on one of the sides".to_owned());
    };
    if is_breaking(&of_host, &of_plugin) {
        let difference = Difference::new(
            DifferenceKind::Keyway,
            "the library was built with another version of `keyway`",
            "what host and plugin say to each other changed between them",
            format!(
                "`cargo update -p keyway --precise {of_host}`, or name that version in Cargo.toml, and build the plugin again"
            ),
        );
        verdict.push(difference.row(Row::new("keyway", of_host.to_string(), of_plugin.to_string())));
    } else if of_host != of_plugin {
        verdict.note(format!("the program has `keyway {of_host}`, and the library `keyway {of_plugin}`"));
    }
}

fn known(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { text.chars().take(80).map(printable).collect() }
}
