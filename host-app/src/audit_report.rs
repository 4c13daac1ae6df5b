//! The audit log as a person reads it: a line for each entry, and whether anybody has changed the file.

use std::fmt::Write;
use std::io;
use std::path::Path;

use keyway::host::audit::{self, Entry, Verified};
use keyway::host::shown;

use crate::Failure;

/// An audit log as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// A line for each whole entry, oldest first.
    pub entries: String,
    /// How many there are and whether anybody has changed them; with a line for each damage.
    pub summary: String,
    /// Whether nothing is damaged.
    pub is_whole: bool,
}

/// Reads and checks the audit log in a data folder.
///
/// # Errors
/// When there is none, or it cannot be read. Damage is no error.
pub fn audit_report(folder: &Path) -> Result<AuditReport, Failure> {
    let cannot_be_read = |error: io::Error| {
        let failure = Failure::new(format!("the audit log in `{}` cannot be read: {error}", shown(folder)));
        if error.kind() == io::ErrorKind::NotFound {
            failure.help("name the data folder of the program with `--data DIR`, or its configuration with `--config FILE`")
        } else {
            failure
        }
    };
    let verified = audit::verify(folder).map_err(cannot_be_read)?;
    let entries = audit::read(folder).map_err(cannot_be_read)?;
    let mut summary = summary(&verified);
    for damage in &verified.damage {
        // Writing to a string cannot fail.
        let _ = writeln!(summary, "{damage}");
    }
    Ok(AuditReport { entries: entries.iter().map(line).collect(), summary, is_whole: verified.is_whole() })
}

/// `2026-11-21T12:00:00Z denied site.feed 0.1.0: asked=…, permission=…`
fn line(entry: &Entry) -> String {
    let plugin =
        [&entry.plugin, &entry.version].into_iter().flatten().fold(String::new(), |text, part| text + " " + &plain(part));
    let details: Vec<String> = entry.details.iter().map(|(name, value)| format!("{}={}", plain(name), plain(value))).collect();
    let colon = if details.is_empty() { "" } else { ": " };
    format!("{} {}{plugin}{colon}{}\n", entry.time, entry.kind, details.join(", "))
}

/// What a plugin or a visitor made up must not steer a terminal.
fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

fn summary(verified: &Verified) -> String {
    let (entries, files) = (verified.entries, verified.files.len());
    let noun = if files == 1 { "file" } else { "files" };
    let state = if verified.is_whole() { "the chain is whole" } else { "the log is damaged" };
    let last = verified.last.as_ref().map(|(number, hash)| format!("; line {number} has the hash {hash}")).unwrap_or_default();
    format!("{entries} entries in {files} {noun}, {state}{last}\n")
}
