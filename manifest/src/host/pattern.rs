//! Patterns of package names, such as `cms-plugin-*`.

/// A pattern over Cargo package names: `*` stands for any characters, also none; everything else for itself. As in Cargo's crate
/// names, `-` and `_` are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a pattern as written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether a package name matches as a whole.
    #[must_use]
    pub fn matches(&self, package: &str) -> bool {
        let (pattern, name) = (self.0.replace('_', "-"), package.replace('_', "-"));
        let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
        let Some(mut name) = name.strip_prefix(head) else { return false };
        let mut pieces: Vec<&str> = rest.split('*').collect();
        let tail = pieces.pop().unwrap_or("");
        // The leftmost place is always a right one for a piece between two stars.
        for piece in pieces {
            let Some(place) = name.find(piece) else { return false };
            name = &name[place + piece.len()..];
        }
        name.ends_with(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, expected) in [
            ("cms-plugin-*", "cms-plugin-sitemap", true),
            ("cms-plugin-*", "cms-plugin-", true),
            ("cms-plugin-*", "cms-plugin", false),
            ("cms_plugin_*", "cms-plugin-feed", true),
            ("*", "anything", true),
            ("*-plugin", "mail-plugin", true),
            ("*-plugin", "mail-plugin-sdk", false),
            ("a*b*c", "axbxc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("", "x", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern} on {name}");
        }
    }
}
