//! One of the two things that are compared: found, read, and made a lock of.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyway_manifest::LockedTier;
use keyway_manifest::host::{PackageFacts, parse_descriptor};
use keyway_manifest::lock::{Digest, LOCK_FILE, LockEntry, LockFile, Permissions, PluginSource, parse_lock, read_lock};
use keyway_manifest::parse::{Report, read_file};

use crate::failure::{Class, Failure, LOCK_BROKEN, MISTAKES, NOT_COMPARABLE, PROGRAM};
use crate::session::Session;

/// The manifest of a plugin, by its usual name.
const MANIFEST: &str = "plugin.toml";

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole lock.
    Lock,
    /// The manifest of one plugin.
    Manifest,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Manifest => "manifest",
        }
    }

    /// A manifest says so itself; everything else is read as a lock, which then says what is wrong.
    fn of(text: &str) -> Self {
        let begins = |key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
        if begins("manifest-version") || (begins("[plugin]") && !begins("lock-version")) { Self::Manifest } else { Self::Lock }
    }
}

/// One of the two that are compared.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) lock: LockFile,
}

impl Side {
    /// The lock of the host, as it is now.
    pub(super) fn lock_of_project(session: &Session) -> Result<Self, Failure> {
        let store = session.project_with_mistakes()?.lock_store();
        let name = store.shown_as().to_owned();
        let Some(parsed) = store.read()? else {
            let message = format!("`{name}` is not there to be compared");
            return Err(Failure::new(Class::Lock, NOT_COMPARABLE, message).help("make it with `cargo keyway lock`"));
        };
        Ok(Self { name, kind: Kind::Lock, lock: parsed.file })
    }

    /// What a person has named: a file, a folder that holds one, or something that Git knows.
    pub(super) fn read(name: &str, session: &Session) -> Result<Self, Failure> {
        let path = Path::new(name);
        if path.is_dir() {
            let inside = [LOCK_FILE, MANIFEST].map(|file| path.join(file));
            let Some(file) = inside.iter().find(|file| file.is_file()) else {
                let message = format!("the folder `{name}` has neither a `{LOCK_FILE}` nor a `{MANIFEST}`");
                return Err(Failure::new(Class::File, NOT_COMPARABLE, message).help("name the file itself"));
            };
            return Self::parse(&read_text(file)?, &file.to_string_lossy());
        }
        if path.is_file() {
            return Self::parse(&read_text(path)?, name);
        }
        Self::parse(&from_git(name, session)?, name)
    }

    fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let kind = Kind::of(text);
        let lock = match kind {
            Kind::Lock => parse_lock(text, name).map(|parsed| parsed.file),
            Kind::Manifest => lock_of_manifest(text, name),
        };
        match lock {
            Ok(lock) => Ok(Self { name: name.to_owned(), kind, lock }),
            Err(report) => Err(refused(name, kind, &report)),
        }
    }
}

/// Longer manifests than a lock may be there are none.
fn read_text(file: &Path) -> Result<String, Failure> {
    let name = file.to_string_lossy();
    let unreadable = |report: &Report| {
        let failure = Failure::new(Class::File, NOT_COMPARABLE, format!("`{name}` cannot be read"));
        Failure { detail: report.to_string(), ..failure.help("name a lock or a manifest") }
    };
    match read_lock(file, &name) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => read_file(file, &name).map_err(|report| unreadable(&report)),
        Err(report) => Err(unreadable(&report)),
    }
}

/// A manifest is compared as the lock of a host with that plugin alone. What Cargo.toml adds is not known, and the same for both.
fn lock_of_manifest(text: &str, name: &str) -> Result<LockFile, Report> {
    let facts = PackageFacts { name: "plugin".to_owned(), version: "0.0.0".to_owned(), ..PackageFacts::default() };
    let descriptor = parse_descriptor(text, name, &facts)?.descriptor();
    let entry = LockEntry {
        version: descriptor.version.to_string(),
        package: facts.name,
        source: PluginSource::Path(".".to_owned()),
        checksum: None,
        tier: LockedTier::Static,
        manifest: Digest::of_manifest(text),
        permissions: Permissions::requested(descriptor.permissions),
        artifacts: [].into(),
        approval: None,
    };
    Ok(LockFile { order: Vec::new(), plugins: [(descriptor.id.to_string(), entry)].into() })
}

/// A file as it was in a revision: `REVISION:PATH` from the folder of the repository as Git takes it, or the host's lock in `REVISION`.
fn from_git(name: &str, session: &Session) -> Result<String, Failure> {
    let folder = match session.project_with_mistakes() {
        Ok(project) => project.folder().to_owned(),
        Err(_) if name.contains(':') => PathBuf::from("."),
        Err(failure) => return Err(failure),
    };
    let object = if name.contains(':') { name.to_owned() } else { format!("{name}:./{LOCK_FILE}") };
    let failed = |said: &str| {
        let message = format!("`{name}` is no file, and Git does not know it: {said}");
        Failure::new(Class::Program, PROGRAM, message)
            .help("name a file that is there, a revision that has a lock, or `REVISION:PATH`")
    };
    let mut git = Command::new("git");
    git.args(["cat-file", "blob", &object]).current_dir(&folder).env("LC_ALL", "C").stdin(Stdio::null());
    let output = git.output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().next().unwrap_or("it said nothing").trim_start_matches("fatal: ")));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("what it has there is no text"))
}

fn refused(name: &str, kind: Kind, report: &Report) -> Failure {
    let (class, code) = match kind {
        Kind::Lock => (Class::Lock, LOCK_BROKEN),
        Kind::Manifest => (Class::Project, MISTAKES),
    };
    let failure = Failure::new(class, code, format!("the {} `{name}` cannot be used", kind.word()));
    Failure { detail: report.to_string(), ..failure.help("mend what is shown") }
}
