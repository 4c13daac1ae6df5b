//! What holds for every lock and every text.

use std::collections::BTreeSet;

use keyway_manifest::lock::{Extent, LockFile, Permission, Permissions, differences, parse_lock, permission_changes};
use keyway_manifest::{ScopeKind, scope_matches};
use proptest::prelude::*;

use super::maker::{any_lock, any_paths, any_permissions};

fn reads(text: &str) -> LockFile {
    let parsed = parse_lock(text, "keyway.lock").unwrap_or_else(|report| panic!("{report}\n{text}"));
    assert!(parsed.is_canonical(), "{text}");
    parsed.file
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_written_again(lock in any_lock()) {
        let text = lock.to_text();
        let read = reads(&text);
        prop_assert_eq!(&read, &lock);
        prop_assert_eq!(read.to_text(), text);
    }

    #[test]
    fn other_line_ends_are_the_same_lock(lock in any_lock()) {
        prop_assert_eq!(reads(&lock.to_text().replace('\n', "\r\n")), lock);
    }

    #[test]
    fn the_const_form_says_what_the_file_says(lock in any_lock()) {
        let parsed = parse_lock(&lock.to_text(), "keyway.lock").expect("what is written is read");
        let leaked = parsed.to_lock(20_778);
        prop_assert_eq!((leaked.plugins.len(), leaked.file, leaked.today), (lock.plugins.len(), "keyway.lock", 20_778));
        prop_assert!(leaked.plugins.windows(2).all(|pair| pair[0].id < pair[1].id));
        for plugin in leaked.plugins {
            let entry = &lock.plugins[plugin.id.as_str()];
            prop_assert_eq!(plugin.version.to_string(), entry.version.as_str());
            prop_assert_eq!(plugin.manifest, entry.manifest.as_str());
            prop_assert_eq!(plugin.approval.as_str(), entry.approval.as_ref().map_or("pending", |decision| decision.verdict.as_str()));
            let about = entry.approval.as_ref().map_or(&entry.permissions, |decision| &decision.permissions);
            let approved: Vec<(&str, BTreeSet<String>, bool)> = plugin
                .approved
                .iter()
                .map(|permission| (permission.name, permission.scopes.iter().map(|scope| (*scope).to_owned()).collect(), permission.optional))
                .collect();
            let expected: Vec<(&str, BTreeSet<String>, bool)> = about
                .by_name
                .iter()
                .map(|(name, permission)| (name.as_str(), permission.scopes.clone(), permission.optional))
                .collect();
            prop_assert_eq!(approved, expected);
            let header = format!("[plugin.\"{}\"]", plugin.id);
            prop_assert_eq!(plugin.location.snippet, header);
        }
    }

    #[test]
    fn locks_differ_exactly_when_they_say_different_things(one in any_lock(), other in any_lock()) {
        prop_assert!(differences(&one, &one, &[]).is_empty());
        let differences = differences(&one, &other, &[]);
        prop_assert_eq!(differences.is_empty(), one == other);
        prop_assert_eq!(differences.to_string().is_empty(), one == other);
    }

    #[test]
    fn an_order_differs_when_anything_in_it_does(lock in any_lock(), seed in any::<u64>()) {
        let mut other = lock.clone();
        if !other.order.is_empty() {
            let count = other.order.len();
            other.order.rotate_left((seed % count as u64) as usize);
            other.order.truncate(count - (seed / 7 % 2) as usize);
        }
        prop_assert_eq!(differences(&lock, &other, &[]).is_empty(), lock == other);
    }

    #[test]
    fn the_permission_hash_tells_every_two_sets_apart(one in any_permissions(), other in any_permissions()) {
        prop_assert_eq!(one.hash("site.a") == other.hash("site.a"), one == other);
        prop_assert_ne!(one.hash("site.a"), one.hash("site.b"));
    }

    /// What a permission reaches is the set of all paths that its scopes match; the oracle asks for each path of a small world.
    #[test]
    fn wider_and_narrower_are_what_the_reachable_paths_say(
        (from, to) in (any_paths(), any_paths()),
        optional in any::<(bool, bool)>(),
    ) {
        let reach = |scopes: &BTreeSet<String>| -> BTreeSet<String> {
            let names = ["a", "b", "c"];
            let deeper = |paths: &[String]| paths.iter().flat_map(|path| names.map(|name| format!("{path}/{name}"))).collect::<Vec<_>>();
            let first = names.map(str::to_owned).to_vec();
            let second = deeper(&first);
            let third = deeper(&second);
            let fourth = deeper(&third);
            let matched = |path: &String| scopes.iter().any(|scope| scope_matches(ScopeKind::Path, scope, path));
            [first, second, third, fourth].concat().into_iter().filter(matched).collect()
        };
        let set = |scopes: &BTreeSet<String>, optional| {
            let permission = Permission { scopes: scopes.clone(), optional };
            Permissions { by_name: [("filesystem.read".to_owned(), permission)].into() }
        };
        let changes = permission_changes(&set(&from, optional.0), &set(&to, optional.1), &[]);
        let (before, now) = (reach(&from), reach(&to));
        let extent = changes.first().map_or(Extent::Same, |change| change.extent);
        let becomes_required = optional == (true, false);
        if !now.is_subset(&before) || becomes_required {
            prop_assert_eq!(extent, Extent::Wider);
        }
        if extent != Extent::Wider {
            prop_assert!(now.is_subset(&before));
            // A scope of before that only several together cover counts as given up, so that the reverse does not hold.
            prop_assert!(extent != Extent::Same || (before == now && optional.0 == optional.1));
        }
        let Some(change) = changes.first() else { return Ok(()) };
        // A scope counts as covered by one scope, not by several together, so that it can be said by which.
        for scope in &change.gained {
            prop_assert!(!from.contains(scope) && to.contains(scope));
        }
        for scope in to.difference(&change.gained.iter().cloned().collect()) {
            prop_assert!(reach(&BTreeSet::from([scope.clone()])).is_subset(&before));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = parse_lock(&text, "keyway.lock");
    }

    #[test]
    fn what_is_damaged_is_refused_with_its_place_or_is_still_a_lock(
        lock in any_lock(),
        damages in proptest::collection::vec((any::<prop::sample::Index>(), 0..6_usize, 0..PIECES.len()), 1..4),
    ) {
        let mut text = lock.to_text();
        for (at, length, piece) in damages {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, PIECES[piece]);
        }
        match parse_lock(&text, "keyway.lock") {
            Ok(parsed) => prop_assert_eq!(reads(&parsed.file.to_text()), parsed.file),
            Err(report) => {
                prop_assert!(!report.diagnostics().is_empty() && !report.to_string().is_empty());
                for place in report.diagnostics().iter().map(|diagnostic| &diagnostic.place).filter(|place| place.line > 0) {
                    let line = text.split('\n').nth(place.line as usize - 1).expect("the line is in the text");
                    prop_assert_eq!(&place.snippet, line.strip_suffix('\r').unwrap_or(line));
                }
            }
        }
    }
}

const PIECES: [&str; 24] = [
    "",
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r",
    "\0",
    "😀",
    "\\",
    "0",
    "[plugin.a]\n",
    "[plugin.\"a.b\".approval]\n",
    "scopes",
    "approved",
    "<<<<<<< ",
    "=======\n",
    "sha256:",
    "2027-01-31",
];
