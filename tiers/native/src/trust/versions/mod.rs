//! The highest signed version of each plugin that was ever accepted, so that nobody brings back an older one with a hole in it.

mod disk;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use keyway_manifest::{shown, shown_text};
use semver::Version;
use serde_json::{Value, json};

use self::disk::{Disk, RealDisk, replace};
use crate::file::{Digest, Reason, Refusal};

/// The highest signed version of each plugin that this host accepted, kept in a file.
///
/// An older version has an honest signature too: that of its own day. So a signature alone does not tell somebody who puts back an old
/// release from a publisher, and this does. Build metadata (`+…`) counts for nothing. Who may write to the folder of the file can make
/// the host forget; an absent file is one of a new host.
#[derive(Debug)]
pub struct Versions {
    path: PathBuf,
    highest: BTreeMap<String, Version>,
}

/// How the file is laid out.
const FORMAT: u64 = 1;
/// Bytes that are read at most: thousands of plugins.
const LARGEST: u64 = 1 << 20;

impl Versions {
    /// Reads the versions from a file, most often in the host's data folder; none when there is no such file.
    ///
    /// # Errors
    /// KW0739 when the file cannot be read or was changed by somebody else: never are its contents taken for none.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Refusal> {
        let path = path.into();
        let highest = match read(&path) {
            Ok(Some(bytes)) => parse(&bytes).map_err(|problem| damaged(&path, problem))?,
            Ok(None) => BTreeMap::new(),
            Err(problem) => return Err(unreadable(&path, &problem)),
        };
        Ok(Self { path, highest })
    }

    /// The highest version of a plugin that was accepted.
    #[must_use]
    pub fn highest(&self, id: &str) -> Option<String> {
        self.highest.get(id).map(Version::to_string)
    }

    /// Remembers that a signed version is in use. To be called when the plugin runs, so that a version that does not even start keeps nobody from going
    /// back. A lower version than the highest changes nothing.
    ///
    /// # Errors
    /// KW0739 when it is no semantic version, or cannot be kept; what was remembered before still is.
    pub fn accept(&mut self, id: &str, version: &str) -> Result<(), Refusal> {
        self.accept_on(&RealDisk, id, version)
    }

    fn accept_on(&mut self, disk: &impl Disk, id: &str, version: &str) -> Result<(), Refusal> {
        let version = Version::parse(version).map_err(|problem| {
            let message = format!("`{}` is no version to remember for `{id}`: {problem}", shown_text(version));
            Refusal::new(Reason::VersionsUnreadable, message, "give the plugin a version such as `1.2.0`")
        })?;
        if self.highest.get(id).is_some_and(|highest| highest.cmp_precedence(&version).is_ge()) {
            return Ok(());
        }
        let mut changed = self.highest.clone();
        changed.insert(id.to_owned(), version);
        self.keep(disk, changed)
    }

    /// Forgets a plugin, for example after a wrong release with a far too high number was revoked. Only a person should ask for it.
    ///
    /// # Errors
    /// KW0739 when that cannot be kept.
    pub fn forget(&mut self, id: &str) -> Result<(), Refusal> {
        let mut changed = self.highest.clone();
        if changed.remove(id).is_none() {
            return Ok(());
        }
        self.keep(&RealDisk, changed)
    }

    /// Refuses a version that is older than the highest that was accepted.
    pub(super) fn check(&self, id: &str, version: &str) -> Result<(), Refusal> {
        let Some(highest) = self.highest.get(id) else { return Ok(()) };
        let older = match Version::parse(version) {
            Ok(version) => version.cmp_precedence(highest).is_lt(),
            // What cannot be compared is not known to be newer.
            Err(_) => true,
        };
        if !older {
            return Ok(());
        }
        let message = format!("plugin `{id} {}` is older than `{highest}`, which ran here before", shown_text(version));
        let help = format!(
            "install the newer version again; if the older one is meant, the program asks for it with `Reload::of(\"{id}\").allow_older()` or \
             `native_older(\"{id}\")`; where it does not, stop it and remove `{}`, and older versions of all plugins are taken once more",
            shown(&self.path)
        );
        Err(Refusal::new(Reason::Rollback, message, help))
    }

    fn keep(&mut self, disk: &impl Disk, changed: BTreeMap<String, Version>) -> Result<(), Refusal> {
        replace(disk, &self.path, render(&changed).as_bytes()).map_err(|problem| {
            let message = format!("the versions seen so far cannot be kept in `{}`: {problem}", shown(&self.path));
            Refusal::new(
                Reason::VersionsUnreadable,
                message,
                "see that the host may write to the folder, and that the disk is not full",
            )
        })?;
        self.highest = changed;
        Ok(())
    }
}

/// The content of the file, `None` when there is none.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        // No JSON in any case; where it is cut does not matter.
        bytes.clear();
    }
    Ok(Some(bytes))
}

fn render(highest: &BTreeMap<String, Version>) -> String {
    let versions: serde_json::Map<String, Value> =
        highest.iter().map(|(id, version)| (id.clone(), Value::String(version.to_string()))).collect();
    let file = json!({ "format": FORMAT, "versions": versions, "sha256": check_digest(highest).hex() });
    format!("{file:#}\n")
}

fn parse(bytes: &[u8]) -> Result<BTreeMap<String, Version>, &'static str> {
    let file: Value = serde_json::from_slice(bytes).map_err(|_| "it is no JSON")?;
    let fields = file.as_object().filter(|fields| fields.len() == 3).ok_or("it does not have the three fields it should have")?;
    if fields.get("format").and_then(Value::as_u64) != Some(FORMAT) {
        return Err("it is of a format that this version does not know");
    }
    let versions = fields.get("versions").and_then(Value::as_object).ok_or("it has no versions")?;
    let version = |text: &Value| Version::parse(text.as_str()?).ok();
    let highest = versions
        .iter()
        .map(|(id, text)| Some((id.clone(), version(text)?)))
        .collect::<Option<BTreeMap<_, _>>>()
        .ok_or("it has something that is no version")?;
    let digest = fields.get("sha256").and_then(Value::as_str).and_then(Digest::from_hex);
    if digest != Some(check_digest(&highest)) {
        return Err("its `sha256` is not that of its versions");
    }
    // Nothing but what this module writes: a second field of one name would have gone unseen.
    if render(&highest).as_bytes() == bytes { Ok(highest) } else { Err("it was not written by a host") }
}

/// Tells damage, not a deliberate change: whoever may write the file can compute it.
fn check_digest(highest: &BTreeMap<String, Version>) -> Digest {
    let mut lines = String::new();
    for (id, version) in highest {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{id} {version}");
    }
    Digest::of(lines.as_bytes())
}

/// It may be whole: somebody else's, or no file at all. Nobody is told to remove it.
fn unreadable(path: &Path, problem: &io::Error) -> Refusal {
    let message = format!("the versions seen so far cannot be read from `{}`: {problem}", shown(path));
    let owner = path.parent().and_then(owner);
    let help = match (owner, crate::platform::this_user()) {
        (Some(owner), Some(user)) if problem.kind() == io::ErrorKind::PermissionDenied => format!(
            "the data folder belongs to user {owner}, and the host runs as user {user}: name another data folder, or run the host as \
             user {owner}"
        ),
        _ => "name another data folder, or see what keeps the host from reading the file".to_owned(),
    };
    Refusal::new(Reason::VersionsUnreadable, message, help)
}

/// The user to whom a folder belongs, where there are such, also when it may not be entered.
fn owner(folder: &Path) -> Option<u32> {
    #[cfg(unix)]
    return std::fs::metadata(folder).ok().map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata));
    #[cfg(not(unix))]
    return None;
}

fn damaged(path: &Path, problem: &str) -> Refusal {
    let message = format!("the versions seen so far cannot be read from `{}`: {problem}", shown(path));
    let help = "put the file back from a backup; removing it allows every version once more";
    Refusal::new(Reason::VersionsUnreadable, message, help)
}
