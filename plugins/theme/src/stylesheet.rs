//! The style sheet and the icon, and the version by which browsers know them.

/// The style sheet.
pub(crate) const CSS: &str = include_str!("theme.css");

/// The icon: a keyway.
pub(crate) const ICON: &str = include_str!("icon.svg");

const HASH: u64 = fnv(ICON, fnv(CSS, 0xcbf2_9ce4_8422_2325));

/// The query under which the files are served for ever: `v=` and the hash of their content.
pub(crate) fn version() -> String {
    format!("v={HASH:016x}")
}

/// FNV-1a: enough to tell one release's style from the next, and computed while compiling.
const fn fnv(text: &str, seed: u64) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = seed;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv("foobar", 0xcbf2_9ce4_8422_2325), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        assert!(!CSS.contains("url(") && !CSS.contains("@import"));
        assert!(!ICON.contains("<script") && !ICON.contains("href"));
    }
}
