//! One of the two things that are compared: found and read.

use std::path::Path;

use keyway_manifest::LockedTier;
use keyway_manifest::host::{PackageFacts, parse_descriptor};
use keyway_manifest::lock::{Digest, LOCK_FILE, LockEntry, LockFile, Permissions, PluginSource, parse_lock, read_lock};
use keyway_manifest::parse::{Report, read_file};

use super::git;
use crate::binary;
use crate::failure::{Class, Failure, LOCK_BROKEN, MISTAKES, NOT_COMPARABLE};
use crate::session::Session;
use crate::surface::{Surface, read_program, surface_in};

/// The manifest of a plugin, by its usual name.
const MANIFEST: &str = "plugin.toml";

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole lock.
    Lock,
    /// The manifest of one plugin.
    Manifest,
    /// The program of a host.
    Program,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Manifest => "manifest",
            Self::Program => "program",
        }
    }

    /// What a text is. Both say so themselves; one that ought to be a lock by its name is read as one, which then says what is wrong.
    fn of(text: &str, name: &str) -> Option<Self> {
        let begins = |key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
        if begins("manifest-version") || (begins("[plugin]") && !begins("lock-version")) {
            return Some(Self::Manifest);
        }
        // A revision alone is that of the host's lock.
        let is_named_so = name.ends_with(".lock") || (!name.contains(':') && !Path::new(name).exists());
        (is_named_so || begins("lock-version")).then_some(Self::Lock)
    }
}

/// What there is to compare.
#[derive(Debug)]
pub(super) enum Content {
    /// A lock, or the manifest of a plugin as the lock of a host with that plugin alone.
    Lock(LockFile),
    /// What the compiler wrote into a program.
    Program(Box<Surface>),
}

/// One of the two that are compared.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) content: Content,
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
        Ok(Self { name, kind: Kind::Lock, content: Content::Lock(parsed.file) })
    }

    /// What a person has named: a file, a folder that holds one, or something that Git knows.
    pub(super) fn read(name: &str, session: &Session) -> Result<Self, Failure> {
        let path = Path::new(name);
        let package = session.global().package.as_deref();
        if path.is_dir() {
            let inside = [LOCK_FILE, MANIFEST].map(|file| path.join(file));
            let Some(file) = inside.iter().find(|file| file.is_file()) else {
                let message = format!("the folder `{name}` has neither a `{LOCK_FILE}` nor a `{MANIFEST}`");
                return Err(Failure::new(Class::File, NOT_COMPARABLE, message).help("name the file itself"));
            };
            return Self::parse(&read_text(file)?, &file.to_string_lossy());
        }
        if path.exists() {
            return match binary::begins_as_program(path) {
                true => Ok(Self::of_program(name, read_program(path, package)?)),
                false => Self::parse(&read_text(path)?, name),
            };
        }
        let bytes = git::read(name, session)?;
        if binary::is_program(&bytes) {
            return Ok(Self::of_program(name, surface_in(&bytes, name, package)?));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::new(Class::File, NOT_COMPARABLE, format!("what Git has as `{name}` is neither a program nor UTF-8"))
                .help("name a lock, a manifest or a program")
        })?;
        Self::parse(&text, name)
    }

    /// The plugin of which this is the manifest.
    pub(super) fn plugin(&self) -> Option<&str> {
        match (self.kind, &self.content) {
            (Kind::Manifest, Content::Lock(lock)) => lock.plugins.keys().next().map(String::as_str),
            _ => None,
        }
    }

    fn of_program(name: &str, surface: Surface) -> Self {
        Self { name: name.to_owned(), kind: Kind::Program, content: Content::Program(Box::new(surface)) }
    }

    fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let Some(kind) = Kind::of(text, name) else {
            let message = format!("`{name}` is neither a lock nor the manifest of a plugin");
            return Err(Failure::new(Class::Arguments, NOT_COMPARABLE, message)
                .help("name a lock, a manifest, a program, or the folder of a lock or manifest"));
        };
        let lock = match kind {
            Kind::Manifest => lock_of_manifest(text, name),
            _ => parse_lock(text, name).map(|parsed| parsed.file),
        };
        match lock {
            Ok(lock) => Ok(Self { name: name.to_owned(), kind, content: Content::Lock(lock) }),
            Err(report) => Err(refused(name, kind, &report)),
        }
    }
}

/// Longer manifests than a lock may be there are none.
fn read_text(file: &Path) -> Result<String, Failure> {
    let name = file.to_string_lossy();
    let unreadable = |report: &Report| {
        let failure = Failure::new(Class::File, NOT_COMPARABLE, format!("`{name}` cannot be read"));
        Failure { detail: report.to_string(), ..failure.help("name a lock, a manifest or a program") }
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

fn refused(name: &str, kind: Kind, report: &Report) -> Failure {
    let (class, code) = if kind == Kind::Lock { (Class::Lock, LOCK_BROKEN) } else { (Class::Project, MISTAKES) };
    let failure = Failure::new(class, code, format!("the {} `{name}` cannot be used", kind.word()));
    Failure { detail: report.to_string(), ..failure.help("mend what is shown") }
}
