//! The codes of what can be wrong with a host's own Cargo.toml and its use of `host!`, each with the title of its page.

/// Cargo.toml cannot be read.
pub(crate) const UNREADABLE: &str = "KW0430";
/// `[package.metadata.keyway]` is missing or malformed.
pub(crate) const METADATA: &str = "KW0431";
/// A pattern matches no dependency.
pub(crate) const PATTERN: &str = "KW0432";
/// A dependency that should be a plugin has no manifest.
pub(crate) const NOT_A_PLUGIN: &str = "KW0433";
/// A dependency cannot be followed to its folder.
pub(crate) const DEPENDENCY: &str = "KW0434";
/// A target cannot be written as a `cfg`.
pub(crate) const TARGET: &str = "KW0435";

/// A plugin among the dependencies matches no pattern.
pub(crate) const UNMATCHED: &str = "KW0441";

/// Every code from KW0430 on in ascending order, with the title of its page in `docs/errors/`.
pub const CODES: &[(&str, &str)] = &[
    (UNREADABLE, "the host's Cargo.toml cannot be read"),
    (METADATA, "Cargo.toml does not say which dependencies are plugins"),
    (PATTERN, "a plugin pattern matches no dependency"),
    (NOT_A_PLUGIN, "a dependency that should be a plugin has no manifest"),
    (DEPENDENCY, "a plugin dependency cannot be followed"),
    (TARGET, "a target table cannot be written as a `cfg`"),
    ("KW0436", "`host!` does not understand an argument"),
    ("KW0437", "`host!` was not told a policy"),
    ("KW0438", "a plugin is listed twice"),
    ("KW0439", "the host is built with `panic = \"abort\"`"),
    ("KW0440", "`cargo metadata` cannot be asked"),
    (UNMATCHED, "a plugin matches no plugin pattern"),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_ascend_and_each_has_its_page() {
        assert!(CODES.is_sorted_by(|(left, _), (right, _)| left < right));
        for (code, title) in CODES {
            let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors/").to_owned() + code + ".md";
            let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("docs/errors/{code}.md: {error}"));
            assert_eq!(text.lines().next(), Some(format!("# {code}: {title}").as_str()), "docs/errors/{code}.md");
        }
    }
}
