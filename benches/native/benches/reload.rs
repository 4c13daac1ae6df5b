//! One reload of a plugin with a state, split by step: linked, and as a library that is replaced by another one.
//!
//! A reload is no loop, so this is timed on the real clock, and there is no criterion: `cargo bench … --bench reload`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keyway::Host;
use keyway_benches::runtime::background;
use keyway_benches_native::built::installed;
use keyway_benches_native::hosts::{counting, loaded, start};
use keyway_benches_native::table::Table;
use keyway_benches_sdk::Count;

const PLUGIN: &str = "bench.counter";
const ROUNDS: u64 = 101;

/// What lies between two moments that the plugin notes, from the order for the reload to its answer.
const STEPS: [&str; 7] = [
    "what is to be loaded, and the plan",
    "`init`, and the extensions",
    "the state for the first time",
    "`start`",
    "the swap, and the last calls of the old instance",
    "the state once more",
    "`stop` and `Drop` of the old instance",
];

fn main() -> ExitCode {
    println!("{}", reloads("a plugin that is linked", start(counting()), || ()));
    let [one, other] = [None, Some("later")].map(|feature| installed("keyway-benches-counter", feature));
    let serving = one.with_file_name("keyway-benches-counter-serving");
    replace(&one, &serving);
    let host = start(loaded(&serving));
    let mut next = [(other, 2), (one, 1)].into_iter().cycle();
    let mut expected = 1;
    let title = "a library, in turns one of two";
    let prepare = || {
        let release = host.extensions::<dyn Count>()[0].release();
        assert_eq!(release, expected, "the library that was put there serves");
        let (folder, release) = next.next().expect("a cycle does not end");
        expected = release;
        replace(&folder, &serving);
    };
    println!("{}", reloads(title, host, prepare));
    ExitCode::SUCCESS
}

/// Reloads again and again, and checks that the count goes on.
fn reloads(title: &str, host: &Host, mut prepare: impl FnMut()) -> Table {
    let mut table = Table::new(title);
    let counter = || host.extensions::<dyn Count>()[0].clone();
    for round in 1..=ROUNDS {
        assert_eq!(counter().count(), round, "no count is lost");
        prepare();
        let begun = now();
        let reloaded = background().block_on(host.reload(PLUGIN)).unwrap_or_else(|error| panic!("{error}"));
        let ended = now();
        assert!(reloaded.errors.is_empty(), "{:?}", reloaded.errors);
        table.add("in all", ended - begun);
        table.add("of which calls waited", reloaded.held);
        let noted = counter().moments().into_iter().map(Duration::from_nanos);
        let moments: Vec<Duration> = std::iter::once(begun).chain(noted).chain([ended]).collect();
        assert_eq!(moments.len(), STEPS.len() + 1, "every step is noted once");
        for (step, moments) in STEPS.iter().zip(moments.windows(2)) {
            table.add(step, moments[1].saturating_sub(moments[0]));
        }
    }
    table
}

/// Puts the library of one folder of extensions into another, as an installer does: under another name first.
fn replace(from: &Path, into: &Path) {
    let into = into.join(PLUGIN);
    fs::create_dir_all(&into).expect("the target folder can be written");
    for file in fs::read_dir(from.join(PLUGIN)).expect("it was installed") {
        let file = file.expect("it can be listed");
        let (whole, unfinished) = (into.join(file.file_name()), into.join(".unfinished"));
        fs::copy(file.path(), &unfinished)
            .and_then(|_| fs::rename(&unfinished, &whole))
            .expect("the target folder can be written");
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970")
}
