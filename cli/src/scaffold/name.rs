//! The name of a package, and the names that follow from it.

use keyway_manifest::parse::id_problem;

use crate::failure::{Class, Failure, NAME};

/// Words that Rust or Cargo keep for themselves: no crate can be called so.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Names that Windows gives to devices: no folder can be called so there.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// What a new package takes from crates that are always there.
const TAKEN: &[&str] = &["keyway", "keyway-cms-sdk", "serde", "tokio"];

/// Types that the code of a new plugin names.
const IMPORTED: &[&str] = &[
    "Answer",
    "CmsError",
    "Context",
    "Error",
    "GreetError",
    "Greeter",
    "Job",
    "JobRun",
    "JobSpec",
    "Lifecycle",
    "Logger",
    "Option",
    "Plugin",
    "Request",
    "Result",
    "Route",
    "Schedule",
    "ScheduleError",
    "Self",
    "Settings",
    "String",
    "View",
];

/// The longest name that a registry takes.
const LONGEST: usize = 64;

/// The name of a package.
#[derive(Debug, Clone)]
pub(crate) struct Name(String);

impl Name {
    /// Takes a name that a crate can have.
    ///
    /// # Errors
    /// It cannot: with the reason.
    pub(crate) fn new(text: &str) -> Result<Self, Failure> {
        let wrong = |because: &str, help: &str| {
            let message = format!("`{}` cannot be the name of a package: {because}", text.escape_debug());
            Err(Failure::new(Class::Arguments, NAME, message).help(help))
        };
        let spelling = "write small ASCII letters, digits, `-` and `_`, a letter first, as in `site-plugin-search`";
        let mut letters = text.chars();
        if !letters.next().is_some_and(|first| first.is_ascii_lowercase()) {
            return wrong("it does not begin with a small letter", spelling);
        }
        if let Some(other) = letters.find(|letter| !matches!(letter, 'a'..='z' | '0'..='9' | '-' | '_')) {
            return wrong(&format!("it holds `{}`", other.escape_debug()), spelling);
        }
        if text.len() > LONGEST {
            return wrong(&format!("it has {} letters, more than {LONGEST}", text.len()), "choose a shorter one");
        }
        let spoken = text.replace('_', "-");
        if RESERVED.contains(&spoken.as_str()) {
            return wrong("Rust and Cargo keep this word for themselves", "choose another one, such as `site-plugin-search`");
        }
        if DEVICES.contains(&text) {
            return wrong("Windows has a device of this name", "choose another one, such as `site-plugin-search`");
        }
        if TAKEN.contains(&spoken.as_str()) {
            return wrong("the new package depends on one that is called so", "choose another one, such as `site-plugin-search`");
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The crate, as Rust code names it.
    pub(crate) fn krate(&self) -> String {
        self.0.replace('-', "_")
    }

    /// What its family is called: `site` of `site-plugin-search` and of `site-sdk`.
    pub(crate) fn group(&self) -> String {
        let name = self.0.replace('_', "-");
        let family = name.split_once("-plugin-").map_or(name.as_str(), |(family, _)| family);
        family.strip_suffix("-sdk").unwrap_or(family).to_owned()
    }

    /// What it is called within its family: `search` of `site-plugin-search`.
    pub(crate) fn segment(&self) -> String {
        let name = self.0.replace('_', "-");
        name.split_once("-plugin-").map_or(name.as_str(), |(_, segment)| segment).to_owned()
    }

    /// The struct of a plugin of this name: `Search`.
    pub(crate) fn type_name(&self) -> String {
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        };
        let joined: String = self.segment().split('-').map(capital).collect();
        match joined.chars().next() {
            // A digit cannot begin the name of a type.
            Some('0'..='9') => format!("Plugin{joined}"),
            _ if IMPORTED.contains(&joined.as_str()) => format!("{joined}Plugin"),
            _ => joined,
        }
    }

    /// The id of a plugin of this name, unless `id` is given: `site.search`.
    ///
    /// # Errors
    /// The id has not the form of one.
    pub(crate) fn id(&self, id: Option<&str>) -> Result<String, Failure> {
        let (group, segment) = (self.group(), self.segment());
        let made = match id {
            Some(id) => id.to_owned(),
            None if segment == group => format!("{segment}.plugin"),
            // A digit cannot begin a part of an id.
            None if segment.starts_with(|first: char| first.is_ascii_digit()) => format!("{group}.plugin-{segment}"),
            None => format!("{group}.{segment}"),
        };
        match id_problem(&made) {
            None => Ok(made),
            Some((problem, help)) => {
                let message = format!("`{}` cannot be the id of a plugin: it {problem}", made.escape_debug());
                let other = help.unwrap_or_else(|| "site.search".to_owned());
                Err(Failure::new(Class::Arguments, NAME, message)
                    .help(format!("give another one with `--id`, such as `{other}`")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_that_of_the_package() {
        let all = |name: &str| {
            let name = Name::new(name).unwrap();
            [name.krate(), name.group(), name.segment(), name.type_name(), name.id(None).unwrap()]
        };
        assert_eq!(
            all("site-plugin-link-check"),
            ["site_plugin_link_check", "site", "link-check", "LinkCheck", "site.link-check"]
        );
        assert_eq!(all("hello"), ["hello", "hello", "hello", "Hello", "hello.plugin"]);
        assert_eq!(all("my_shop_plugin_route"), ["my_shop_plugin_route", "my-shop", "route", "RoutePlugin", "my-shop.route"]);
        assert_eq!(all("site-plugin-404")[3..], ["Plugin404", "site.plugin-404"]);
        assert_eq!(Name::new("shop-sdk").unwrap().group(), "shop");
    }

    #[test]
    fn names_that_no_crate_can_have_are_refused_with_the_reason() {
        let long = "a".repeat(65);
        for (name, because) in [
            ("", "does not begin"),
            ("Site", "does not begin"),
            ("1-site", "does not begin"),
            ("my site", "it holds ` `"),
            ("site/x", "it holds `/`"),
            ("s\u{e9}", "it holds `\u{e9}`"),
            ("a\nb", "it holds `\\n`"),
            ("match", "keep this word"),
            ("proc_macro", "keep this word"),
            ("test", "keep this word"),
            ("nul", "a device"),
            ("keyway", "depends on one"),
            (long.as_str(), "65 letters"),
        ] {
            let failure = Name::new(name).unwrap_err();
            assert!(
                failure.message.contains(because) && !failure.message.contains('\n') && !failure.help.is_empty(),
                "{failure}"
            );
        }
        assert!(Name::new("site-plugin-x").unwrap().id(Some("site")).is_err());
    }
}
