//! What the operating system tells of folders. It only ever says where to look.

use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{ErrorKind, Event, RecursiveMode, Watcher};

/// What the system told.
#[derive(Debug)]
pub(super) enum Hint {
    /// Something happened at these paths.
    At(Vec<PathBuf>),
    /// Something happened, and nobody knows where.
    Somewhere,
    /// A part of what is to be watched is not.
    Unwatched(String),
}

impl Hint {
    fn of(told: notify::Result<Event>) -> Option<Self> {
        match told {
            Ok(event) if event.need_rescan() => Some(Self::Somewhere),
            Ok(Event { kind: EventKind::Access(kind), .. }) if kind != AccessKind::Close(AccessMode::Write) => None,
            Ok(event) if event.paths.is_empty() => Some(Self::Somewhere),
            Ok(event) => Some(Self::At(event.paths)),
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Some(Self::Unwatched(why(&error))),
            Err(_) => Some(Self::Somewhere),
        }
    }
}

/// What watches; a test has others.
pub(super) type Maker = Box<dyn FnOnce(Teller) -> notify::Result<Box<dyn Watcher + Send>> + Send>;

/// Where hints go.
pub(super) type Teller = Box<dyn FnMut(notify::Result<Event>) + Send>;

/// The watches of the system, as far as it has some left.
pub(super) struct System {
    watcher: Result<Box<dyn Watcher + Send>, String>,
}

impl System {
    pub(super) fn new(make: Maker, tell: impl Fn(Hint) + Send + 'static) -> Self {
        let tell = move |told| {
            if let Some(hint) = Hint::of(told) {
                tell(hint);
            }
        };
        Self { watcher: make(Box::new(tell)).map_err(|error| why(&error)) }
    }

    /// What the operating system offers.
    pub(super) fn recommended() -> Maker {
        Box::new(|tell| Ok(Box::new(notify::recommended_watcher(tell)?)))
    }

    /// No system at all.
    pub(super) fn none() -> Maker {
        Box::new(|_| Err(notify::Error::generic("it was not asked to")))
    }

    /// Watches a folder, anew if it was watched before: another folder may have its name by now.
    ///
    /// # Errors
    /// Why it is not watched.
    pub(super) fn watch(&mut self, folder: &Path) -> Result<(), String> {
        let watcher = self.watcher.as_mut().map_err(|why| why.clone())?;
        // Fails where nothing is watched, which is as well.
        let _ = watcher.unwatch(folder);
        watcher.watch(folder, RecursiveMode::Recursive).map_err(|error| {
            // What was added before it failed would only use up what others need.
            let _ = watcher.unwatch(folder);
            why(&error)
        })
    }
}

fn why(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "no watches are left".to_owned(),
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::Generic(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{Flag, ModifyKind};

    use super::*;

    #[test]
    fn what_the_system_tells_says_where_to_look() {
        let told = |event| format!("{:?}", Hint::of(Ok(event)));
        let at = |kind| Event::new(kind).add_path("/plugins/a.so".into());
        assert_eq!(told(at(EventKind::Modify(ModifyKind::Any))), r#"Some(At(["/plugins/a.so"]))"#);
        assert_eq!(told(at(EventKind::Access(AccessKind::Close(AccessMode::Write)))), r#"Some(At(["/plugins/a.so"]))"#);
        assert_eq!(told(at(EventKind::Access(AccessKind::Open(AccessMode::Any)))), "None", "our own reading is no change");
        assert_eq!(
            told(Event::new(EventKind::Other).set_flag(Flag::Rescan)),
            "Some(Somewhere)",
            "the queue of the kernel was full"
        );
        let none_left = Hint::of(Err(notify::Error::new(ErrorKind::MaxFilesWatch)));
        assert_eq!(format!("{none_left:?}"), r#"Some(Unwatched("no watches are left"))"#);
    }
}
