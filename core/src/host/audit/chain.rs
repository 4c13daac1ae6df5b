//! How one line follows from the one before: each holds the hash of the former, and its own at the end.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::record::{Entry, Record};
use super::time::rfc3339;

/// What the first line of a chain holds in place of the hash of a former line.
pub(super) const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What stands between the content of a line and its hash.
const MARK: &str = ",\"hash\":\"";

/// The end of a chain: the number and the hash of its last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) sequence: u64,
    pub(super) hash: String,
}

impl End {
    /// The end of a chain without lines, the numbers of which go on after `sequence`.
    pub(super) fn nothing_after(sequence: u64) -> Self {
        Self { sequence, hash: NOTHING_BEFORE.to_owned() }
    }

    /// Appends the line of a record to `text` and moves on to it.
    pub(super) fn append(&mut self, record: &Record, text: &mut String) {
        let begin = text.len();
        self.sequence += 1;
        let mut line = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("writing to a string succeeds");
        line(format_args!("{{\"sequence\":{},\"previous\":\"{}\"", self.sequence, self.hash));
        line(format_args!(",\"time\":\"{}\",\"kind\":{}", rfc3339(record.time), Value::from(record.kind.as_str())));
        if let Some(descriptor) = record.plugin {
            let version = Value::from(descriptor.version.to_string());
            line(format_args!(",\"plugin\":{},\"version\":{version}", Value::from(descriptor.id.as_str())));
        }
        line(format_args!(",\"details\":{{"));
        for (index, (name, value)) in record.details.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            line(format_args!("{comma}{}:{}", Value::from(*name), Value::from(value.as_str())));
        }
        line(format_args!("}}"));
        self.hash = hash(&text.as_bytes()[begin..]);
        text.push_str(MARK);
        text.push_str(&self.hash);
        text.push_str("\"}\n");
    }
}

/// A line that is whole in itself.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) entry: Entry,
    pub(super) previous: String,
    pub(super) end: End,
}

/// Reads a line without its line break; answers what is wrong with it as a phrase.
pub(super) fn read_line(line: &[u8]) -> Result<Line, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "it is no UTF-8 text")?;
    // Only the last mark counts: the same text within a value is escaped, so it is none.
    let (content, rest) = line.rsplit_once(MARK).ok_or("it does not end with a hash")?;
    let said = rest.strip_suffix("\"}").ok_or("it does not end with a hash")?;
    if hash(content.as_bytes()) != said {
        return Err("it does not fit its hash");
    }
    let value = serde_json::from_str(&format!("{content}}}")).ok();
    let (entry, previous) = value.as_ref().and_then(entry_of).ok_or("it is no entry of an audit log")?;
    Ok(Line { end: End { sequence: entry.sequence, hash: said.to_owned() }, entry, previous })
}

/// The entry that a line holds, and the hash of the line before it.
fn entry_of(value: &Value) -> Option<(Entry, String)> {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let details = value.get("details")?.as_object()?.iter();
    let details: Option<BTreeMap<_, _>> = details.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    let entry = Entry {
        sequence: value.get("sequence")?.as_u64()?,
        time: text("time")?,
        kind: text("kind")?,
        plugin: text("plugin"),
        version: text("version"),
        details: details?,
    };
    Some((entry, text("previous")?))
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string succeeds");
        text
    })
}
