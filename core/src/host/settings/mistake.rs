//! What is said of mistakes in the configuration.

use keyway_manifest::PluginId;
use toml::Value;

use crate::host::failure::Problem;
use crate::host::near::nearest;

pub(in crate::host) fn wrong_type(place: &str, expected: &str, found: &Value) -> Problem {
    let message = format!("`{place}` in the configuration must be {expected}, not {} `{found}`", found.type_str());
    Problem::new("KW0612", message, format!("write {expected}"))
}

/// Many configurations elsewhere say `plugins`; here the word is the same as in `host.toml`.
pub(super) fn plural(found: &Value) -> Problem {
    let id = found.as_table().and_then(|plugins| plugins.keys().next()).map_or("id", String::as_str);
    Problem::new("KW0612", "the configuration has the unknown key `plugins`", format!("write `[plugin.\"{id}\"]`"))
}

pub(in crate::host) fn unknown_key(prefix: &str, key: &str, known: &[&'static str]) -> Problem {
    let message = format!("the configuration has the unknown key `{prefix}{key}`");
    let near = nearest(key, known.iter().copied());
    Problem::new("KW0612", message, suggest(&near, "known are", known))
}

pub(in crate::host) fn unknown_plugin(place: &str, id: &str, known: &[PluginId]) -> Problem {
    let ids: Vec<_> = known.iter().map(PluginId::as_str).collect();
    let message = format!("{place} is about a plugin `{id}`, which this host does not have");
    let near = nearest(id, ids.iter().copied());
    Problem::new("KW0611", message, suggest(&near, "it has", &ids))
}

fn suggest(near: &[&'static str], otherwise: &str, all: &[&'static str]) -> String {
    let quote = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !near.is_empty() {
        return format!("a similar name exists: {}", quote(near));
    }
    match all.len() {
        0 => format!("{otherwise} none"),
        1..=8 => format!("{otherwise} {}", quote(all)),
        more => format!("{otherwise} {more} others, the first of them {}", quote(&all[..3])),
    }
}
