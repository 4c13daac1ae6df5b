//! The refusal of a use that no grant covers.

use std::fmt;

use keyway_manifest::{PluginId, shown_text};

/// A use of a capability that the plugin's grants do not cover. The host counts every one.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
pub struct Denied {
    /// The plugin that asked.
    pub plugin: PluginId,
    /// The permission that would be needed, for example `filesystem.read`.
    pub permission: &'static str,
    /// What was asked for, as the plugin wrote it.
    pub asked: String,
    /// Which rule refused it, as a phrase.
    pub rule: String,
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, permission, asked, rule } = self;
        // Whatever a plugin asks for, and whatever a file is called to which a link leads: it stays one line of a log.
        let (asked, rule) = (shown_text(asked), shown_text(rule));
        write!(formatter, "KW0610 plugin `{plugin}` was denied `{permission}` for `{asked}`: {rule}")
    }
}

impl std::error::Error for Denied {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_cannot_write_lines_of_its_own_into_the_log() {
        let (plugin, asked) = (PluginId::new("site.a"), "x\nKW0000 all is well".to_owned());
        let rule = "it is a link to `a\u{1b}[2J`, outside the grant".to_owned();
        let denied = Denied { plugin, permission: "filesystem.read", asked, rule };
        assert_eq!(
            denied.to_string(),
            "KW0610 plugin `site.a` was denied `filesystem.read` for `x\\nKW0000 all is well`: it is a link to `a\\u{1b}[2J`, outside the grant"
        );
    }
}
