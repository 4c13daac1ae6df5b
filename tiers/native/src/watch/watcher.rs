//! The thread that watches folders of plugins.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::look::{Budget, Seen, look};
use super::note::Note;
use super::place::{Concern, Place, is_hidden};
use super::schedule::{Answer, Outcome, Schedule, Sight, Time};
use super::system::{Hint, Maker, System};
use super::terms::WatchTerms;
use crate::file::{DigestCache, FileRules, Folder};

/// What the watching tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// Other files lie at a place, and have for as long as the terms ask. The place is left alone until [`Watcher::answer`].
    Changed {
        /// Where.
        place: Place,
        /// What lies there now.
        seen: Seen,
        /// Whether this only says what was there when the watching began: each of those places is told once.
        is_first: bool,
    },
    /// The plugin that lay at a place is gone.
    Gone {
        /// Where.
        place: Place,
    },
    /// Something about the watching itself.
    Note(Note),
}

/// Watches folders of plugins, in a thread of its own that ends soon after this is dropped.
///
/// It loads nothing and trusts nothing that it sees: it says where it is worth to look. A library is verified from the bytes that are loaded,
/// and [`Seen::library`] tells whether they are those that did not change for a while.
///
/// ```no_run
/// use std::sync::mpsc::channel;
/// use keyway_native::FileRules;
/// use keyway_native::watch::{Answer, Told, WatchTerms, Watcher};
///
/// let (sender, told) = channel();
/// let folders = vec!["extensions".into()];
/// let watcher = Watcher::start(folders, FileRules::default(), WatchTerms::default(), move |told| {
///     let _ = sender.send(told);
/// })?;
/// for told in told {
///     match told {
///         Told::Changed { place, .. } => {
///             println!("{} is another one now", place.path().display());
///             watcher.answer(place, Answer::Nothing);
///         }
///         Told::Gone { place } => println!("{} is gone", place.path().display()),
///         Told::Note(note) => eprintln!("warning: {note}"),
///         _ => {}
///     }
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Watcher {
    messages: Sender<Message>,
}

enum Message {
    Hint(Hint),
    Answer(Place, Answer),
    Resume(Place),
    End,
}

impl Watcher {
    /// Watches folders, which need not exist yet, from the moment on at which this returns. `tell` is called here and in the watching
    /// thread, and must not wait for it.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        folders: Vec<PathBuf>,
        rules: FileRules,
        terms: WatchTerms,
        tell: impl FnMut(Told) + Send + 'static,
    ) -> io::Result<Self> {
        let make = if terms.only_poll { System::none() } else { System::recommended() };
        Self::start_with(make, folders, rules, terms, tell)
    }

    pub(super) fn start_with(
        make: Maker,
        folders: Vec<PathBuf>,
        rules: FileRules,
        terms: WatchTerms,
        tell: impl FnMut(Told) + Send + 'static,
    ) -> io::Result<Self> {
        let (messages, inbox) = channel();
        let hints = messages.clone();
        let system = System::new(make, move |hint| {
            let _ = hints.send(Message::Hint(hint));
        });
        let folders = folders.into_iter().map(Watched::new).collect();
        let (schedule, cache, begun) = (Schedule::new(terms), DigestCache::new(), Instant::now());
        let mut thread = Thread { folders, rules, terms, tell, system, schedule, cache, begun, is_postponed: false };
        thread.look_through_folders();
        thread.schedule.begin();
        std::thread::Builder::new().name("keyway-watch".to_owned()).spawn(move || thread.run(&inbox))?;
        Ok(Self { messages })
    }

    /// Says what became of a change.
    pub fn answer(&self, place: Place, answer: Answer) {
        // The thread ends before this only by a panic.
        let _ = self.messages.send(Message::Answer(place, answer));
    }

    /// Says that the plugin at a place was reloaded by somebody else: a pause ends.
    pub fn resume(&self, place: Place) {
        let _ = self.messages.send(Message::Resume(place));
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Not waited for: a file system that does not answer would keep the program from ending.
        let _ = self.messages.send(Message::End);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watcher").finish_non_exhaustive()
    }
}

/// A folder of plugins.
struct Watched {
    path: PathBuf,
    is_watched: bool,
    was_there: bool,
    /// Whether it was told that the system does not watch it.
    is_told: bool,
    /// When it is looked through next.
    next: Time,
}

impl Watched {
    fn new(path: PathBuf) -> Self {
        let path = std::path::absolute(&path).unwrap_or(path);
        Self { path, is_watched: false, was_there: false, is_told: false, next: Time::ZERO }
    }
}

struct Thread<F> {
    folders: Vec<Watched>,
    rules: FileRules,
    terms: WatchTerms,
    tell: F,
    system: System,
    schedule: Schedule<Place, Seen>,
    cache: DigestCache,
    begun: Instant,
    /// Whether it was told that the rest is read in the next pass.
    is_postponed: bool,
}

impl<F: FnMut(Told)> Thread<F> {
    fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            self.look_through_folders();
            self.pass();
            let wake = self.folders.iter().map(|folder| folder.next).chain(self.schedule.wake()).min();
            let wait = wake.map_or(self.terms.sweep, |wake| wake.saturating_sub(self.now()));
            let first = match inbox.recv_timeout(wait.max(Duration::from_millis(1))) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            for message in std::iter::once(first).chain(inbox.try_iter()) {
                match message {
                    Message::Hint(hint) => self.hinted(hint),
                    Message::Answer(place, answer) => {
                        let outcome = self.schedule.answered(&place, answer, self.now());
                        self.tell_outcome(place, outcome);
                    }
                    Message::Resume(place) => self.schedule.resumed(place, self.now()),
                    Message::End => return,
                }
            }
        }
    }

    fn now(&self) -> Time {
        self.begun.elapsed()
    }

    fn hinted(&mut self, hint: Hint) {
        let now = self.now();
        match hint {
            Hint::At(paths) => paths.iter().for_each(|path| self.stirred(path, now)),
            Hint::Somewhere => self.folders.iter_mut().for_each(|folder| folder.next = now),
            Hint::Unwatched(why) => {
                for index in 0..self.folders.len() {
                    self.folders[index].is_watched = false;
                    self.folders[index].next = now + self.terms.poll;
                    self.tell_polling(index, &why);
                }
            }
        }
    }

    fn stirred(&mut self, path: &Path, now: Time) {
        for folder in &mut self.folders {
            match Concern::of(&folder.path, path) {
                Concern::Nothing => {}
                Concern::Folder => folder.next = now,
                Concern::Place(name) => self.schedule.stirred(Place { folder: folder.path.clone(), name }, now),
                Concern::Libraries => {
                    let is_here = |place: &&Place| place.folder == folder.path && place.is_library();
                    let places: Vec<_> = self.schedule.places().filter(is_here).cloned().collect();
                    places.into_iter().for_each(|place| self.schedule.stirred(place, now));
                }
            }
        }
    }

    /// Looks through the folders whose time has come, for what the system did not tell.
    fn look_through_folders(&mut self) {
        let now = self.now();
        for index in 0..self.folders.len() {
            if self.folders[index].next <= now {
                self.look_through(index, now);
            }
        }
    }

    fn look_through(&mut self, index: usize, now: Time) {
        let path = self.folders[index].path.clone();
        let known = self.schedule.places().filter(|place| place.folder == path);
        let mut names: Vec<_> = known.map(|place| place.name.clone()).collect();
        if path.is_dir() {
            self.folders[index].was_there = true;
            // Watched before it is looked through, so that nothing happens between both.
            let watched = self.system.watch(&path);
            self.folders[index].is_watched = watched.is_ok();
            match watched {
                Ok(()) => self.folders[index].is_told = false,
                Err(why) if !self.terms.only_poll => self.tell_polling(index, &why),
                Err(_) => {}
            }
        } else {
            self.folders[index].is_watched = false;
            if std::mem::replace(&mut self.folders[index].was_there, false) {
                (self.tell)(Told::Note(Note::FolderGone { folder: path.clone() }));
            }
        }
        let entries = Folder::open(&path, self.rules.clone()).and_then(|folder| folder.entries());
        names.extend(entries.into_iter().flatten().map(|(name, _)| name).filter(|name| !is_hidden(name)));
        for name in names {
            self.schedule.doubted(Place { folder: path.clone(), name }, now);
        }
        let folder = &mut self.folders[index];
        folder.next = now + if folder.is_watched { self.terms.sweep } else { self.terms.poll };
    }

    fn tell_polling(&mut self, index: usize, why: &str) {
        let folder = &mut self.folders[index];
        if !std::mem::replace(&mut folder.is_told, true) {
            (self.tell)(Told::Note(Note::Polling { folder: folder.path.clone(), why: why.to_owned(), terms: self.terms }));
        }
    }

    /// Looks at the places whose time has come, until the pass has read enough.
    fn pass(&mut self) {
        let mut budget = Budget::new(&self.terms);
        while let Some(place) = self.schedule.due(self.now()) {
            let sight = look(&place, &self.rules, &mut self.cache, &mut budget);
            let is_last = sight == Sight::Later;
            let outcome = self.schedule.looked(&place, sight, self.now());
            if is_last {
                if !std::mem::replace(&mut self.is_postponed, true) {
                    (self.tell)(Told::Note(Note::Postponed { place, terms: self.terms }));
                }
                return;
            }
            self.tell_outcome(place, outcome);
        }
        if self.schedule.wake().is_none() {
            self.is_postponed = false;
        }
    }

    fn tell_outcome(&mut self, place: Place, outcome: Outcome<Seen>) {
        let terms = self.terms;
        (self.tell)(match outcome {
            Outcome::Nothing => return,
            Outcome::Changed { seen, is_first } => Told::Changed { place, seen, is_first },
            Outcome::Gone => Told::Gone { place },
            Outcome::TooMuch => Told::Note(Note::TooMuch { place, terms }),
            Outcome::Paused => Told::Note(Note::Paused { place, terms }),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use notify::{Config, ErrorKind, EventHandler, RecursiveMode, WatcherKind};

    use super::*;

    /// A system without a watch that is left.
    #[derive(Debug)]
    struct UsedUp;

    impl notify::Watcher for UsedUp {
        fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
            Ok(Self)
        }

        fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
            Err(notify::Error::new(ErrorKind::MaxFilesWatch))
        }

        fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
            Ok(())
        }

        fn kind() -> WatcherKind {
            WatcherKind::NullWatcher
        }
    }

    /// What is told of a folder that one of these systems watches, until a plugin in it has changed.
    fn told_with(make: Maker, name: &str) -> Vec<String> {
        let path = std::env::temp_dir().join(format!("keyway-unwatched-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).expect("a folder can be made");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode can be set");
        }
        let library = path.join(format!("libclock{}", std::env::consts::DLL_SUFFIX));
        let short = Duration::from_millis(20);
        let terms = WatchTerms { debounce: short, poll: short, cool_down: short, ..WatchTerms::default() };
        let (sender, told) = channel();
        let tell = move |told| sender.send(told).expect("the test listens");
        let watcher = Watcher::start_with(make, vec![path.clone()], FileRules::default(), terms, tell).expect("it starts");
        let mut lines = Vec::new();
        for content in ["one", "two"] {
            std::fs::write(&library, content).expect("a file can be written");
            loop {
                match told.recv_timeout(Duration::from_secs(60)).expect("something is told") {
                    Told::Changed { place, .. } => {
                        watcher.answer(place, Answer::Nothing);
                        break;
                    }
                    Told::Note(note) => lines.push(note.to_string().replace(&*path.to_string_lossy(), "extensions")),
                    told @ Told::Gone { .. } => panic!("{told:?}"),
                }
            }
        }
        std::fs::remove_dir_all(&path).expect("it is ours");
        lines
    }

    #[test]
    fn a_folder_that_the_system_does_not_watch_is_looked_through_and_told_once() {
        let expected = |why: &str| {
            [format!(
                "KW0790 the system does not watch `extensions`: {why}; it is looked through every 20ms\n  help: raise \
                 `fs.inotify.max_user_watches` or `fs.inotify.max_user_instances`, if that is what is used up; nothing is missed \
                 meanwhile"
            )]
        };
        assert_eq!(told_with(Box::new(|_| Ok(Box::new(UsedUp))), "used-up"), expected("no watches are left"));
        let none = Box::new(|_| Err(notify::Error::generic("too many open files")));
        assert_eq!(told_with(none, "none"), expected("too many open files"));
    }
}
