//! Ids that are only known at run time, kept as long as the program runs: each text once, however often it is met.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use keyway_manifest::PluginId;

/// The id of this text. What is given here must be few in number, such as names of plugins in one database, or of folders.
pub(super) fn interned(text: &str) -> PluginId {
    static KNOWN: Mutex<BTreeMap<&'static str, PluginId>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = known.get(text) {
        return *id;
    }
    let kept: &'static str = String::leak(text.to_owned());
    let id = PluginId::new(kept);
    known.insert(kept, id);
    id
}

#[cfg(test)]
mod tests {
    use super::interned;

    #[test]
    fn a_text_is_kept_once() {
        let [one, again] = [String::from("site.kept"), String::from("site.kept")].map(|text| interned(&text));
        assert!(std::ptr::eq(one.as_str(), again.as_str()));
        assert_ne!(one, interned("site.other"));
    }
}
