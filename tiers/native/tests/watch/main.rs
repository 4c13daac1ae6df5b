//! Folders that are really watched, by what the system offers. Times are short; how long anything takes is not looked at.

use std::env::consts::DLL_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use keyway_native::watch::{Answer, Note, Place, Told, WatchTerms, Watcher};
use keyway_native::{Digest, FileRules};

const HOUR: Duration = Duration::from_secs(3600);
/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A second is too long for a test. Only the system tells, because looking through the folders would take an hour.
fn terms() -> WatchTerms {
    let short = Duration::from_millis(50);
    WatchTerms { debounce: short, cool_down: short, poll: short, sweep: HOUR, ..WatchTerms::default() }
}

struct World {
    path: PathBuf,
    told: Receiver<Told>,
    watcher: Watcher,
}

impl World {
    /// A watched folder with one plugin, `site.clock`, that was told as first.
    fn new(terms: WatchTerms) -> Self {
        let path = scratch();
        write(&path.join("site.clock"), "one");
        let world = Self::of(path, terms);
        assert!(world.changed("site.clock", "one"), "all that are there are told once");
        world
    }

    fn of(path: PathBuf, terms: WatchTerms) -> Self {
        let (sender, told) = channel();
        let tell = move |told| sender.send(told).expect("the test listens");
        let watcher = Watcher::start(vec![path.clone()], FileRules::default(), terms, tell).expect("a thread can be started");
        Self { path, told, watcher }
    }

    fn place(&self, name: &str) -> Place {
        Place { folder: self.path.clone(), name: name.into() }
    }

    fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("something is told")
    }

    /// Waits for the next thing that is told, which must be this change, and answers it. Says whether it was the first of its place.
    fn changed(&self, name: &str, content: &str) -> bool {
        let told = self.next();
        let Told::Changed { place, seen, is_first } = told else { panic!("{told:?} in place of a change to {content}") };
        assert_eq!((&place, seen.library()), (&self.place(name), Some(Digest::of(content.as_bytes()))));
        self.watcher.answer(place, Answer::Tried { took: Duration::ZERO });
        is_first
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("keyway-watch-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let _ = fs::remove_dir_all(&path);
    folder(&path);
    path
}

fn folder(path: &Path) {
    fs::create_dir_all(path).expect("a folder can be made");
    mode(path, 0o755);
}

fn mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode can be set");
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
}

fn library(folder: &Path) -> PathBuf {
    folder.join(format!("libclock{DLL_SUFFIX}"))
}

/// Writes the library of a plugin, whose folder is made when it is not there.
fn write(plugin: &Path, content: &str) {
    folder(plugin);
    fs::write(library(plugin), content).expect("a file can be written");
    mode(&library(plugin), 0o644);
}

#[test]
fn other_bytes_are_told_and_the_same_bytes_are_not() {
    let world = World::new(terms());
    let plugin = world.path.join("site.clock");
    write(&plugin, "one");
    fs::write(plugin.join("README.md"), "what it is").expect("a file can be written");
    write(&plugin, "two");
    assert!(!world.changed("site.clock", "two"));
    // A new version is written beside the old one and renamed into place.
    let beside = world.path.join("new");
    fs::write(&beside, "three").expect("a file can be written");
    mode(&beside, 0o644);
    fs::rename(&beside, library(&plugin)).expect("it can be renamed");
    world.changed("site.clock", "three");
    // What lies beside the library belongs to it.
    fs::write(plugin.join("SHA256SUMS"), "").expect("a file can be written");
    world.changed("site.clock", "three");
}

#[test]
fn what_goes_and_comes_back_is_told() {
    let world = World::new(terms());
    let plugin = world.path.join("site.clock");
    fs::remove_dir_all(&plugin).expect("it is ours");
    assert_eq!(world.next(), Told::Gone { place: world.place("site.clock") });
    write(&plugin, "two");
    assert!(!world.changed("site.clock", "two"));
    write(&world.path.join("site.other"), "other");
    assert!(!world.changed("site.other", "other"), "it was not there when the watching began");
}

#[test]
fn a_folder_of_plugins_that_is_made_anew_is_watched_again() {
    let world = World::new(terms());
    fs::remove_dir_all(&world.path).expect("it is ours");
    let (gone, note) =
        (Told::Gone { place: world.place("site.clock") }, Told::Note(Note::FolderGone { folder: world.path.clone() }));
    let told = [world.next(), world.next()];
    assert!(told.contains(&gone) && told.contains(&note), "{told:?}");
    write(&world.path.join("site.clock"), "two");
    // The folder itself was made with the modes of this process.
    mode(&world.path, 0o755);
    world.changed("site.clock", "two");
    // Told by the system again: looking through the folder would take an hour.
    write(&world.path.join("site.clock"), "three");
    world.changed("site.clock", "three");
}

#[test]
fn libraries_that_lie_side_by_side_are_places_of_their_own() {
    let path = scratch();
    write(&path, "one");
    let world = World::of(path, terms());
    let name = format!("libclock{DLL_SUFFIX}");
    assert!(world.changed(&name, "one"));
    write(&world.path, "two");
    world.changed(&name, "two");
    fs::write(world.path.join("SHA256SUMS"), "").expect("a file can be written");
    world.changed(&name, "two");
    fs::remove_file(library(&world.path)).expect("it is ours");
    assert_eq!(world.next(), Told::Gone { place: world.place(&name) });
}

#[test]
fn a_folder_is_followed_without_the_system_too() {
    let world = World::new(WatchTerms { only_poll: true, ..terms() });
    write(&world.path.join("site.clock"), "two");
    assert!(!world.changed("site.clock", "two"), "and nothing was told of the polling, which was asked for");
    fs::remove_dir_all(world.path.join("site.clock")).expect("it is ours");
    assert_eq!(world.next(), Told::Gone { place: world.place("site.clock") });
}

#[test]
#[cfg(unix)]
fn a_mode_that_keeps_a_library_out_is_a_change_too() {
    let world = World::new(terms());
    let library = library(&world.path.join("site.clock"));
    mode(&library, 0o666);
    let told = world.next();
    let Told::Changed { place, seen, .. } = told else { panic!("{told:?}") };
    assert_eq!(seen.library(), None, "nobody is to read it");
    world.watcher.answer(place, Answer::Tried { took: Duration::ZERO });
    mode(&library, 0o644);
    world.changed("site.clock", "one");
}

#[test]
fn a_pass_reads_no_more_than_it_may() {
    let path = scratch();
    let small = WatchTerms { bytes: 10, ..terms() };
    for name in ["site.a", "site.b", "site.c"] {
        write(&path.join(name), "sixteen");
    }
    write(&path.join("site.d"), "more than ten bytes");
    let world = World::of(path, small);
    let (mut first, mut notes) = (Vec::new(), Vec::new());
    while first.len() < 3 || notes.len() < 2 {
        match world.next() {
            Told::Changed { place, .. } => {
                first.push(place.name.clone());
                world.watcher.answer(place, Answer::Nothing);
            }
            Told::Note(note) => notes.push(note.code()),
            told => panic!("{told:?}"),
        }
    }
    first.sort();
    notes.sort_unstable();
    assert_eq!(first, ["site.a", "site.b", "site.c"], "all come to their turn");
    assert_eq!(notes, ["KW0792", "KW0793"], "each told once");
}
