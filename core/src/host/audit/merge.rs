//! Counts what repeats into one record, so that a plugin that is refused a million times does not fill the disk.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keyway_manifest::PluginId;

use super::record::{Kind, Record};

/// What equals a record within this time is counted into the next one.
const WINDOW: Duration = Duration::from_mins(1);
/// So many different records of one kind about one plugin are written in that time; further ones are counted into one.
const DIFFERENT: usize = 32;

/// A plugin, a kind, and the details; those of the surplus are empty.
type Key = (Option<PluginId>, Kind, Vec<(&'static str, String)>);

/// The records that were written lately, with what has been counted since.
#[derive(Debug, Default)]
pub(super) struct Merger {
    lately: BTreeMap<Key, Lately>,
}

#[derive(Debug)]
struct Lately {
    end: Instant,
    count: u64,
    last: Record,
}

impl Merger {
    /// Answers the record when it is to be written, and else counts it.
    pub(super) fn add(&mut self, record: Record, now: Instant) -> Option<Record> {
        let plugin = record.plugin.map(|descriptor| descriptor.id);
        let mut key = (plugin, record.kind, record.details.clone());
        if !self.lately.contains_key(&key) {
            let first = (plugin, record.kind, Vec::new());
            let same = |(other, kind, _): &Key| (*other, *kind) == (plugin, record.kind);
            let different = self.lately.range(first..).take_while(|(key, _)| same(key)).count();
            if different < DIFFERENT {
                self.lately.insert(key, Lately { end: now + WINDOW, count: 0, last: record.clone() });
                return Some(record);
            }
            key.2 = Vec::new();
        }
        let lately = self.lately.entry(key).or_insert(Lately { end: now + WINDOW, count: 0, last: record.clone() });
        lately.count += 1;
        lately.last = record;
        None
    }

    /// When the next time of counting ends.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.lately.values().map(|lately| lately.end).min()
    }

    /// The records of what was counted until now, with the count; all of them, whether their time has ended or not, for `None`.
    pub(super) fn ended(&mut self, now: Option<Instant>) -> Vec<Record> {
        let ended = self.lately.extract_if(.., |_, lately| now.is_none_or(|now| lately.end <= now));
        let counted = ended.filter(|(_, lately)| lately.count > 0).map(|((.., details), lately)| {
            let mut record = lately.last;
            record.details.push(("count", lately.count.to_string()));
            if details.is_empty() {
                record.details.push(("also", "others of this kind; this is the last of them".to_owned()));
            }
            record
        });
        counted.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use keyway_manifest::Descriptor;

    use super::*;

    const PLUGIN: &Descriptor = &Descriptor { id: PluginId::new("site.a"), ..Descriptor::EMPTY };
    const OTHER: &Descriptor = &Descriptor { id: PluginId::new("site.b"), ..Descriptor::EMPTY };

    fn denied(plugin: &'static Descriptor, asked: &str) -> Record {
        Record::new(SystemTime::UNIX_EPOCH, Kind::Denied, Some(plugin), &[("asked", &asked)])
    }

    fn detail<'r>(record: &'r Record, name: &str) -> Option<&'r str> {
        record.details.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn what_repeats_is_counted_and_told_when_its_time_ends() {
        let (mut merger, now) = (Merger::default(), Instant::now());
        assert!(merger.add(denied(PLUGIN, "x"), now).is_some());
        assert!(merger.add(denied(PLUGIN, "y"), now).is_some());
        assert!((0..1_000).all(|_| merger.add(denied(PLUGIN, "x"), now).is_none()));
        assert!(merger.ended(Some(now + WINDOW / 2)).is_empty());
        assert_eq!(merger.next_end(), Some(now + WINDOW));
        let ended = merger.ended(Some(now + WINDOW));
        assert_eq!(ended.len(), 1, "what came once is told already");
        assert_eq!((detail(&ended[0], "asked"), detail(&ended[0], "count")), (Some("x"), Some("1000")));
        assert_eq!(merger.next_end(), None);
        assert!(merger.add(denied(PLUGIN, "x"), now + WINDOW).is_some(), "and then it begins anew");
    }

    #[test]
    fn many_different_ones_of_a_plugin_are_counted_together_and_leave_others_room() {
        let (mut merger, now) = (Merger::default(), Instant::now());
        let written = (0..100_000).filter(|number| merger.add(denied(PLUGIN, &number.to_string()), now).is_some()).count();
        assert_eq!(written, DIFFERENT);
        assert_eq!(merger.lately.len(), DIFFERENT + 1);
        assert!(merger.add(denied(OTHER, "x"), now).is_some());
        let ended = merger.ended(None);
        assert_eq!(ended.len(), 1);
        assert_eq!((detail(&ended[0], "asked"), detail(&ended[0], "count")), (Some("99999"), Some("99968")));
    }
}
