//! `keyway-audit.toml`: uses past Keyway that are meant, each with the reason.

use std::path::Path;

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use serde::Deserialize;

use super::class::Class;
use super::failure::FailureKind;
use crate::failure::Failure;

/// The file's name; it lies beside `host.toml`, or in the folder of a plugin that is looked at by itself.
pub(crate) const FILE: &str = "keyway-audit.toml";

/// All that is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowances {
    #[serde(default)]
    pub(crate) allow: Vec<Allowance>,
}

/// One use that is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowance {
    /// The plugin's id; every plugin when it is left out.
    pub(crate) plugin: Option<String>,
    /// The package whose code it is: the plugin's own, or one that it brings.
    pub(crate) package: String,
    /// What it does: one class, or several that belong together.
    pub(crate) classes: Vec<Class>,
    /// The functions that are meant, as the audit calls them; a last `*` stands for any rest. All of the class when it is left out.
    pub(crate) name: Option<String>,
    /// Why.
    pub(crate) reason: String,
}

impl Allowances {
    /// Reads the file; nothing is allowed where there is none.
    ///
    /// # Errors
    /// When it cannot be read, is not TOML, has a key that is not known, or an entry without a reason.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let told = |problem: &str| {
            let help = "an entry is `[[allow]]` with `package`, `classes`, `reason`, and if wanted `plugin` and `name`";
            let failure = FailureKind::Allowances.failure(format!("`{}` is wrong", file.display()), help);
            Failure { detail: problem.trim_end().to_owned(), ..failure }
        };
        let text = match read_bounded_text(file, LARGEST_TEXT) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(told(&error.to_string())),
        };
        let allowances: Self = toml::from_str(&text).map_err(|error| told(&error.to_string()))?;
        match allowances.allow.iter().find(|allowance| allowance.reason.trim().is_empty()) {
            Some(allowance) => Err(told(&format!("no reason is given for {}", allowance.shown()))),
            None => Ok(allowances),
        }
    }

    /// Which entry allows a use, by its place in the file.
    pub(crate) fn allowing(&self, plugin: &str, package: &str, class: Class, name: &str) -> Option<usize> {
        self.allow.iter().position(|allowance| {
            allowance.plugin.as_ref().is_none_or(|id| id == plugin)
                && allowance.package == package
                && allowance.classes.contains(&class)
                && allowance.name.as_ref().is_none_or(|pattern| fits(pattern, name))
        })
    }
}

impl Allowance {
    /// The entry in a few words.
    pub(crate) fn shown(&self) -> String {
        let plugin = self.plugin.as_deref().map(|id| format!(" in `{id}`")).unwrap_or_default();
        let name = self.name.as_deref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
        let classes: Vec<String> = self.classes.iter().map(|class| format!("`{class}`")).collect();
        format!("{} of `{}`{name}{plugin}", classes.join(", "), self.package)
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Allowances, Failure> {
        let file = std::env::temp_dir().join(format!("keyway-audit-allow-{}-{}.toml", std::process::id(), text.len()));
        std::fs::write(&file, text).unwrap();
        let read = Allowances::read(&file);
        std::fs::remove_file(&file).unwrap();
        read
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_none_is_not_read() {
        for (path, said) in [("/dev/zero", "it is not a regular file"), ("/dev", "it is a folder")] {
            let failure = Allowances::read(Path::new(path)).unwrap_err();
            assert_eq!((failure.message, failure.detail.as_str()), (format!("`{path}` is wrong"), said));
        }
    }

    #[test]
    fn what_is_allowed_is_allowed_and_nothing_else() {
        let allowances = read(
            "[[allow]]\nplugin = \"a.b\"\npackage = \"dep\"\nclasses = [\"fs\"]\nname = \"std::fs::read*\"\nreason = \"r\"\n\n[[allow]]\npackage = \
             \"dep\"\nclasses = [\"threads\", \"ffi\"]\nreason = \"r\"\n",
        )
        .unwrap();
        assert_eq!(allowances.allowing("a.b", "dep", Class::Fs, "std::fs::read_dir"), Some(0));
        assert_eq!(allowances.allowing("a.c", "dep", Class::Fs, "std::fs::read_dir"), None);
        assert_eq!(allowances.allowing("a.b", "dep", Class::Fs, "std::fs::write"), None);
        assert_eq!(allowances.allowing("a.b", "other", Class::Fs, "std::fs::read"), None);
        assert_eq!(allowances.allowing("any", "dep", Class::Threads, "x"), Some(1));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, said) in [
            ("[[alow]]\n", "unknown field `alow`"),
            ("[[allow]]\npackage = \"a\"\nclasses = [\"file\"]\nreason = \"r\"\n", "unknown variant `file`"),
            ("[[allow]]\npackage = \"a\"\nclasses = [\"fs\"]\n", "missing field `reason`"),
            ("[[allow]]\npackage = \"a\"\nclasses = [\"fs\"]\nreason = \" \"\n", "no reason is given for `fs` of `a`"),
            ("[[allow]\n", "TOML parse error at line 1"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.detail.contains(said), "{error}");
        }
        assert_eq!(Allowances::read(Path::new("/nowhere/keyway-audit.toml")), Ok(Allowances::default()));
    }
}
