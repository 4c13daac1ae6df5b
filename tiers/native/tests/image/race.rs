//! Somebody exchanges the library while it is read and loaded: only what was approved is ever loaded.
//!
//! That sealed bytes are those of their digest whatever happens to the file is the subject of `tests/trust/race.rs`; here they are loaded.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway_native::image::Image;
use keyway_native::{Digest, FileRules, Folder};

use crate::fixture::{GOOD, call, compiled, constructor, numbered};

const ATTEMPTS: u32 = 10_000;
/// Every so many accepted copies the image is unmapped, so that the next one is loaded anew and not found among those in memory.
const KEPT_FOR: u32 = 50;

/// Puts the evil library in the place of the good one and takes it away again.
fn swap(turn: u32, folder: &Path, good: &[u8], evil: &[u8]) -> std::io::Result<()> {
    let (plugins, away) = (folder.join("plugins"), folder.join("away"));
    let (file, new) = (plugins.join("plugin.so"), plugins.join("new"));
    match turn % 4 {
        0 => {
            fs::write(&new, evil)?;
            fs::rename(&new, &file)?;
        }
        1 => fs::write(&file, evil)?,
        2 => {
            symlink(folder.join("aside/plugin.so"), &new)?;
            fs::rename(&new, &file)?;
        }
        _ => {
            fs::rename(&plugins, &away)?;
            symlink("aside", &plugins)?;
            fs::remove_file(&plugins)?;
            fs::rename(&away, &plugins)?;
        }
    }
    fs::write(&new, good)?;
    fs::rename(&new, &file)
}

#[test]
fn ten_thousand_swaps_never_get_an_unverified_library_loaded() {
    let folder = std::env::temp_dir().join(format!("keyway-image-race-{}", std::process::id()));
    let marker = folder.join("evil-was-here");
    let good = numbered(&compiled(GOOD, &[]), 70);
    let evil = compiled(
        &constructor(
            "let _ = std::fs::write(std::env::temp_dir().join(format!(\"keyway-image-race-{}\", std::process::id())).join(\"evil-was-here\"), b\"!\");",
        ),
        &[],
    );
    for (name, bytes) in [("plugins", &good), ("aside", &evil)] {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).expect("a folder for the test");
        fs::write(folder.join("plugin.so"), bytes).expect("a library");
        for path in [folder.join("plugin.so"), folder.clone(), folder.parent().expect("it has one").to_owned()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode can be set");
        }
    }
    let approved = Digest::of(&good);
    let stop = AtomicBool::new(false);
    let (mut loaded, mut other, mut refused) = (0_u32, 0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                swap(turn, &folder, &good, &evil).expect("nobody else changes the folder");
                turn += 1;
                // Now and then it is good for long enough to be read.
                for _ in 0..turn % 50 {
                    std::thread::yield_now();
                }
            }
        });
        for _ in 0..ATTEMPTS {
            let sealed =
                Folder::open(&folder.join("plugins"), FileRules::default()).and_then(|folder| folder.seal("plugin.so".as_ref()));
            match sealed {
                Err(_) => refused += 1,
                Ok(sealed) if sealed.digest() != approved => other += 1,
                Ok(sealed) => {
                    let image = Image::open(sealed).expect("what was approved");
                    assert_eq!(call(&image, c"number"), 70, "another library answers than the one that was approved");
                    loaded += 1;
                    if loaded.is_multiple_of(KEPT_FOR) {
                        // Whether it goes or stays: the next one must answer all the same.
                        let _ = Image::unload(image);
                    }
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let evil_ran = marker.exists();
    fs::remove_dir_all(&folder).expect("the folder of the test");
    println!("{ATTEMPTS} attempts: {loaded} loaded, {other} another digest, {refused} refused");
    assert!(!evil_ran, "a constructor of the other library ran");
    assert!(
        loaded > KEPT_FOR && other + refused > 0,
        "the test must see both: {loaded} loaded, {other} other, {refused} refused"
    );
}
