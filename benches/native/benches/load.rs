//! Loading a library of 1, 10 and 50 MB: bare, verified by hand, and by Keyway step by step; and asking whether one has changed.
//!
//! Loading happens once, so this is timed on the real clock, and there is no criterion: `cargo bench … --bench load`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use keyway_benches_native::by_hand::{self, Signed};
use keyway_benches_native::fresh::Fresh;
use keyway_benches_native::steps::{self, STEPS, Trust};
use keyway_benches_native::table::Table;
use keyway_native::image::{Image, Unloaded};
use keyway_native::{DigestCache, FileRules, Folder};

/// Features of the measured plugin, and how many rounds each size is worth.
const SIZES: [(&str, usize); 3] = [("pad-1m", 41), ("pad-10m", 21), ("pad-50m", 11)];

const BARE: &str = "bare `libloading`";
const BY_HAND: &str = "by hand: mmap, SHA-256, Ed25519, `dlopen`";
const KEYWAY: &str = "Keyway, all steps";

fn main() -> ExitCode {
    for (feature, rounds) in SIZES {
        let mut library = Fresh::new(feature);
        for is_cold in [false, true] {
            println!("{}", compare(&mut library, rounds, is_cold));
        }
        println!("{}", unchanged(&mut library, rounds));
    }
    ExitCode::SUCCESS
}

/// All three ways, in an order that changes, each library loaded for the first time.
fn compare(library: &mut Fresh, rounds: usize, is_cold: bool) -> Table {
    let temperature = if is_cold { "cold" } else { "warm" };
    let megabytes = library.len() as f64 / f64::from(1 << 20);
    let mut table = Table::new(format!("{megabytes:.1} MB, page cache {temperature}")).against(BY_HAND);
    let trust = Trust::in_key(&library.public_key());
    for round in 0..rounds {
        let digest = library.next();
        let signed = Signed::new(digest.as_bytes());
        for turn in 0..3 {
            if is_cold {
                library.cool();
            }
            match (round + turn) % 3 {
                0 => drop(timed(&mut table, BARE, || by_hand::load(&library.library))),
                1 => drop(timed(&mut table, BY_HAND, || signed.load(&library.library))),
                _ => {
                    let begun = Instant::now();
                    let (image, took) = steps::load(&library.library, &trust);
                    table.add(KEYWAY, begun.elapsed());
                    STEPS.iter().zip(took).for_each(|(step, took)| table.add(step, took));
                    assert!(matches!(Image::unload(image), Unloaded::Unmapped), "nothing of it ran");
                }
            }
        }
    }
    table
}

/// What a watcher asks all the time: is this file another one than before?
fn unchanged(library: &mut Fresh, rounds: usize) -> Table {
    let digest = library.next();
    let folder = library.library.parent().expect("a library lies in a folder");
    let name = library.library.file_name().expect("a library has a name");
    let folder = Folder::open(folder, FileRules::default()).expect("it is ours");
    // What was changed a moment ago is not remembered yet.
    std::thread::sleep(Duration::from_millis(2_500));
    let mut table = Table::new(format!("{:.1} MB: has it changed?", library.len() as f64 / f64::from(1 << 20)));
    for _ in 0..rounds {
        let mut cache = DigestCache::new();
        let first = timed(&mut table, "the first time: read, SHA-256", || cache.digest(&folder, name));
        let again = timed(&mut table, "again: device, inode, size and times", || cache.digest(&folder, name));
        assert!([first, again].into_iter().all(|seen| seen.is_ok_and(|seen| seen == digest)), "it has not changed");
        assert_eq!(cache.spared(), 1);
    }
    table
}

fn timed<T>(table: &mut Table, row: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    table.add(row, begun.elapsed());
    done
}
