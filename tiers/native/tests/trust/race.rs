//! Somebody who changes files while they are read never gets a byte past the check: what is sealed is what its digest says, and what
//! is accepted is one of the contents that were approved.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway_native::{Digest, FileRules, Folder, Reason};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::pages::is_shown;
use crate::scratch::{Scratch, mode};

const ATTEMPTS: u32 = 10_000;
/// When a busy machine has not shown every case until then, something else is wrong.
const MOST_ATTEMPTS: u32 = 500_000;
const GOOD: u8 = b'g';
const EVIL: u8 = b'e';
/// Only ever the content of a file that everybody may write to.
const OPEN: u8 = b'o';
/// Only ever the content of a file to which a link leads.
const LINKED: u8 = b'l';

/// Longer than the pieces in which a file is read, so that a change can fall between two of them.
fn content(byte: u8) -> Vec<u8> {
    vec![byte; 150_000]
}

/// Makes `folder/plugins/libsite_sitemap.so` evil and good again, in one of the ways in which somebody with the right to write could.
fn swap(way: u32, folder: &Path) -> std::io::Result<()> {
    let (plugins, aside, away) = (folder.join("plugins"), folder.join("aside"), folder.join("away"));
    let (file, new) = (plugins.join("libsite_sitemap.so"), plugins.join("new"));
    let rename_into_place = |byte| {
        fs::write(&new, content(byte))?;
        mode(&new, 0o644);
        fs::rename(&new, &file)
    };
    match way % 6 {
        // Renamed into place.
        0 => {
            rename_into_place(EVIL)?;
            pause();
            rename_into_place(GOOD)
        }
        // Written over, piece by piece.
        1 => {
            fs::write(&file, content(EVIL))?;
            fs::write(&file, content(GOOD))
        }
        // A link put in its place, again and again.
        2 => {
            symlink("../linked", &new)?;
            exchange_often(&new, &file)
        }
        // The folder above exchanged.
        3 => {
            fs::rename(&plugins, &away)?;
            fs::rename(&aside, &plugins)?;
            pause();
            fs::rename(&plugins, &aside)?;
            fs::rename(&away, &plugins)
        }
        // A file put in its place that everybody may write to, again and again.
        4 => {
            fs::write(&new, [OPEN])?;
            mode(&new, 0o666);
            exchange_often(&new, &file)
        }
        // A link put in the place of the folder above.
        _ => {
            fs::rename(&plugins, &away)?;
            symlink("aside", &plugins)?;
            fs::remove_file(&plugins)?;
            fs::rename(&away, &plugins)
        }
    }
}

/// Long enough for a small file to be read.
fn pause() {
    for _ in 0..20 {
        std::thread::yield_now();
    }
}

/// Has two names change places, as fast as can be, so that it also happens between the look at a file and its opening. The first is gone
/// in the end.
fn exchange_often(one: &Path, other: &Path) -> std::io::Result<()> {
    for turn in 0..60 {
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?;
        // Now and then long enough for the file to be read: the exchange itself shows in its times.
        if turn % 4 == 0 {
            pause();
        }
    }
    fs::remove_file(one)
}

/// Ends the other thread, also when an assertion fails.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn ten_thousand_swaps_never_get_an_unverified_byte_accepted() {
    let scratch = Scratch::new();
    for (name, byte) in [("plugins", GOOD), ("aside", EVIL)] {
        let folder = scratch.path().join(name);
        fs::create_dir(&folder).expect("a folder can be made");
        mode(&folder, 0o755);
        fs::write(folder.join("libsite_sitemap.so"), content(byte)).expect("a file can be written");
        mode(&folder.join("libsite_sitemap.so"), 0o644);
    }
    scratch.write("linked", [LINKED]);
    let good = content(GOOD);
    let approved = Digest::of(&good);
    let real = fs::canonicalize(scratch.path().join("plugins")).expect("it is there");
    let stop = AtomicBool::new(false);
    let (mut accepted, mut other, mut refused, mut torn) = (0, 0, 0, 0);
    let mut attempts = 0;
    std::thread::scope(|scope| {
        let _ends_with_this = OnDrop(&stop);
        scope.spawn(|| {
            let mut turn = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                swap(turn, scratch.path()).expect("nobody else changes the folder");
                turn += 1;
                // Now and then it is good for long enough to be read.
                for _ in 0..turn % 8 {
                    pause();
                }
            }
        });
        // As many as promised, and as long as it takes to see every case, with a thousand copies that were sealed.
        let seen_all = |counts: [u32; 4]| !counts.contains(&0) && counts[0] + counts[1] >= 1_000;
        while attempts < ATTEMPTS || (attempts < MOST_ATTEMPTS && !seen_all([accepted, other, refused, torn])) {
            attempts += 1;
            let plugins = scratch.path().join("plugins");
            let sealed =
                Folder::open(&plugins, FileRules::default()).and_then(|folder| folder.seal("libsite_sitemap.so".as_ref()));
            let sealed = match sealed {
                Ok(sealed) => sealed,
                Err(refusals) => {
                    if let Some(told) = refusals.iter().find(|refusal| refusal.reason() == Reason::NotSealed) {
                        is_shown(told, &real);
                        torn += 1;
                    } else {
                        refused += 1;
                    }
                    continue;
                }
            };
            let bytes = sealed.bytes().expect("a copy can be read");
            assert_eq!(sealed.digest() == approved, bytes == good, "the digest stands for other bytes than those sealed");
            assert_ne!(bytes, [LINKED], "a link was followed");
            assert_ne!(bytes, [OPEN], "a file that everybody may write to was read");
            *if bytes == good { &mut accepted } else { &mut other } += 1;
        }
    });
    println!("{attempts} attempts: {accepted} good, {other} another digest, {torn} changed meanwhile, {refused} refused");
    assert!(
        attempts < MOST_ATTEMPTS,
        "the test must see every case: {accepted} good, {other} other, {torn} torn, {refused} refused"
    );
}
