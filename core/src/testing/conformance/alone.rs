//! A check in a process of its own: the test program, started once more with this one test.

use std::process::{Command, Stdio};

use super::{Check, Conformance, Examined};

/// Says to the test program that it was started for one check.
const ALONE: &str = "KEYWAY_CONFORMANCE_ALONE";

/// Examines what the plugin leaves behind. Where the process tells of its threads, the test of this path is run alone, because other tests
/// of the same program have threads and files too.
pub(super) fn examine(kit: &Conformance, test: &str) -> Examined {
    let is_alone = std::env::var_os(ALONE).is_some();
    if is_alone || cfg!(miri) || !cfg!(target_os = "linux") {
        return kit.examine(Check::Leftovers);
    }
    // The runner knows tests without the name of their crate.
    let name = test.split_once("::").map_or(test, |(_, name)| name);
    let mut examined = Examined::new(kit.plugin, Check::Leftovers);
    let did = "start the test program once more, for this test alone";
    let again = std::env::current_exe().and_then(|program| {
        let arguments = ["--exact", name, "--include-ignored", "--nocapture", "--test-threads=1"];
        Command::new(program).args(arguments).env(ALONE, name).stdin(Stdio::null()).output()
    });
    let output = match again {
        Ok(output) => output,
        Err(error) => {
            examined.found(did, format!("it cannot be started: {error}"), "let the test program start itself");
            return examined;
        }
    };
    let told = Examined::from_output(kit.plugin, Check::Leftovers, &String::from_utf8_lossy(&output.stdout));
    told.unwrap_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        let last: Vec<_> = said.lines().rev().take(20).collect();
        let last: String = last.into_iter().rev().map(|line| format!("\n{line}")).collect();
        let help = format!("find what ends the process: `cargo test -- --exact {name}`");
        examined.found(did, format!("it ended without an answer, with {}{last}", output.status), help);
        examined
    })
}
