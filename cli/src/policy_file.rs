//! A host's `host.toml`, as it is edited: what it says of one plugin, by lines, so that all else stays as it is.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use toml_edit::{Document, DocumentMut, Item, Key, Table, TableLike, Value, value};

use crate::failure::{Failure, FileVerb};
use crate::toml_file;

/// The file, which has been understood as a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyFile {
    path: PathBuf,
    text: String,
}

/// A permission with the scopes that are to be allowed.
pub(crate) type Allowed<'a> = (&'a str, &'a [String]);

impl PolicyFile {
    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text =
            read_bounded_text(path, LARGEST_TEXT).map_err(|error| Failure::file("the policy", FileVerb::Read, path, &error))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written; then it is as it was.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        toml_file::write(&self.path, &self.text)
            .map_err(|error| Failure::file("the policy", FileVerb::Written, &self.path, &error))
    }

    /// The lines that are about one plugin alone, counted from 1: its rules and the headers above them, as the first and the last of lines that
    /// follow each other.
    pub(crate) fn lines_about(&self, plugin: &str) -> Vec<(usize, usize)> {
        let Ok(document) = Document::parse(self.text.as_str()) else { return Vec::new() };
        let Some(plugins) = document.get("plugin").and_then(Item::as_table_like) else { return Vec::new() };
        let mut spans = Vec::new();
        collect_named(plugins, "", plugin, &mut spans);
        let line = |offset: usize| self.text[..offset].matches('\n').count() + 1;
        let lines: BTreeSet<usize> = spans.iter().flat_map(|span| line(span.start)..=line(span.end.max(1) - 1)).collect();
        let mut pieces: Vec<(usize, usize)> = Vec::new();
        for line in lines {
            match pieces.last_mut().filter(|(_, last)| last + 1 == line) {
                Some((_, last)) => *last = line,
                None => pieces.push((line, line)),
            }
        }
        pieces
    }

    /// The same without the lines about a plugin, and without the empty lines that would then follow each other.
    pub(crate) fn without(&self, plugin: &str) -> Self {
        let gone = self.lines_about(plugin);
        let mut text = String::new();
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            let number = index + 1;
            let is_gone = gone.iter().any(|(first, last)| (first..=last).contains(&&number));
            // Of the empty lines before and behind, one is enough.
            let is_second_gap = line.trim().is_empty()
                && gone.iter().any(|(_, last)| last + 1 == number)
                && (text.is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n"));
            if !is_gone && !is_second_gap {
                text.push_str(line);
            }
        }
        let kept = text.trim_end_matches(['\r', '\n']).len();
        let is_last = gone.last().is_some_and(|(_, last)| *last >= self.text.lines().count());
        let text = if is_last && kept < text.len() { format!("{}\n", &text[..kept]) } else { text };
        Self { text, ..self.clone() }
    }

    /// The same with permissions allowed to a plugin; `None` when the plugin's table is written in a form that is for a person to edit.
    pub(crate) fn allowing(&self, plugin: &str, allowed: &[Allowed<'_>]) -> Option<Self> {
        let list = |scopes: &[String]| Value::from_iter(scopes.iter().map(String::as_str));
        if self.lines_about(plugin).is_empty() {
            let rules = allowed.iter().map(|(permission, scopes)| format!("{} = {}\n", quoted(permission), list(scopes)));
            let gap = if self.text.is_empty() || self.text.ends_with("\n\n") { "" } else { "\n" };
            let end = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
            let header = format!("[plugin.{}.permissions.allow]\n", quoted(plugin));
            return Some(Self { text: format!("{}{end}{gap}{header}{}", self.text, rules.collect::<String>()), ..self.clone() });
        }
        let mut document: DocumentMut = self.text.parse().ok()?;
        let own = document.get_mut("plugin")?.as_table_like_mut()?.get_mut(plugin)?;
        let inner = |item: &'_ mut Item, key: &str| -> Option<()> {
            let table = item.as_table_like_mut()?;
            if !table.contains_key(key) {
                let mut new = Table::new();
                new.set_implicit(key == "permissions");
                table.insert(key, Item::Table(new));
            }
            Some(())
        };
        inner(own, "permissions")?;
        let permissions = own.get_mut("permissions")?;
        inner(permissions, "allow")?;
        let rules = permissions.get_mut("allow")?.as_table_like_mut()?;
        for (permission, scopes) in allowed {
            match rules.get_mut(permission).map(Item::as_array_mut) {
                None => {
                    rules.insert(permission, value(list(scopes)));
                }
                Some(rule) => {
                    let rule = rule?;
                    let new = scopes.iter().filter(|scope| !rule.iter().any(|other| other.as_str() == Some(scope.as_str())));
                    new.cloned().collect::<Vec<_>>().iter().for_each(|scope| toml_file::insert(rule, scope));
                }
            }
        }
        Some(Self { text: document.to_string(), ..self.clone() })
    }
}

fn quoted(key: &str) -> String {
    Value::from(key).to_string()
}

/// Collects what is written of the entry `wanted`, whose name may be written as one key or as several: `"site.mail"` and `site.mail` are one.
fn collect_named(table: &dyn TableLike, before: &str, wanted: &str, spans: &mut Vec<Range<usize>>) {
    for (part, item) in table.iter() {
        let name = if before.is_empty() { part.to_owned() } else { format!("{before}.{part}") };
        if name == wanted {
            collect(table.get_key_value(part).map(|(key, _)| key), item, spans);
        } else if wanted.starts_with(&format!("{name}."))
            && let Some(inner) = item.as_table_like()
        {
            collect_named(inner, &name, wanted, spans);
        }
    }
}

fn collect(key: Option<&Key>, item: &Item, spans: &mut Vec<Range<usize>>) {
    spans.extend(key.and_then(Key::span));
    match item {
        Item::Table(table) => {
            spans.extend(table.span().filter(|_| !table.is_implicit() && !table.is_dotted()));
            table.iter().for_each(|(name, inner)| collect(table.key(name), inner, spans));
        }
        Item::Value(value) => spans.extend(value.span()),
        Item::ArrayOfTables(_) | Item::None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> PolicyFile {
        PolicyFile { path: PathBuf::new(), text: text.to_owned() }
    }

    const POLICY: &str = "# What the plugins may do.\n\n[permissions.deny]\n\"process.execute\" = true\n\n[plugin.\"site.mail\".permissions.allow]\n\
                          \"mail.send\" = [\n    \"https://mail.example\", # ours\n]\n\n# The pages.\n[plugin.\"site.pages\".permissions.allow]\n\
                          \"http.routes\" = [\"/**\"]\n\n[plugin.\"site.pages\".permissions.deny]\n\"http.routes\" = [\"/admin\"]\n";

    #[test]
    fn the_lines_about_a_plugin_are_found_however_they_are_written() {
        let policy = file(POLICY);
        assert_eq!(policy.lines_about("site.mail"), [(6, 9)]);
        assert_eq!(policy.lines_about("site.pages"), [(12, 13), (15, 16)]);
        assert!(policy.lines_about("site").is_empty() && policy.lines_about("site.mai").is_empty());
        for (text, lines) in [
            ("[plugin.site.mail.permissions.allow]\n\"a.b\" = true\n", (1, 2)),
            (
                "[plugin]\n\"site.mail\".permissions.allow.\"a.b\" = true\n\"site.feed\".permissions.allow.\"a.b\" = true\n",
                (2, 2),
            ),
            ("[plugin.\"site.mail\"]\npermissions.allow = { \"a.b\" = true }\n\n[lock]\n", (1, 2)),
            ("plugin.\"site.mail\" = { permissions = { allow = { \"a.b\" = true } } }\n", (1, 1)),
            ("[plugin.\"site.mail\".permissions]\n[plugin.\"site.mail\".permissions.allow]\n# none yet\n", (1, 2)),
        ] {
            assert_eq!(file(text).lines_about("site.mail"), [lines], "{text}");
        }
    }

    #[test]
    fn what_is_about_others_stays() {
        let policy = file(POLICY);
        let gone = "[plugin.\"site.mail\".permissions.allow]\n\"mail.send\" = [\n    \"https://mail.example\", # ours\n]\n\n";
        assert_eq!(policy.without("site.mail").text, POLICY.replace(gone, ""));
        assert_eq!(policy.without("site.feed"), policy);
        let end = POLICY.find("[plugin.\"site.pages\"").unwrap();
        assert_eq!(policy.without("site.pages").text, POLICY[..end]);
    }

    #[test]
    fn what_is_allowed_comes_to_what_is_there() {
        let policy = file(POLICY);
        let (routes, keys) = (["/feed".to_owned(), "/**".to_owned()], ["seen/**".to_owned()]);
        let feed = policy.allowing("site.feed", &[("http.routes", &routes), ("storage.keys", &keys)]).unwrap();
        let added = "\n[plugin.\"site.feed\".permissions.allow]\n\"http.routes\" = [\"/feed\", \"/**\"]\n\"storage.keys\" = [\"seen/**\"]\n";
        assert_eq!(feed.text, format!("{POLICY}{added}"));
        assert_eq!(feed.without("site.feed"), policy, "what was added can go");
        let pages = policy.allowing("site.pages", &[("http.routes", &routes), ("storage.keys", &keys)]).unwrap();
        let allowed = "\"http.routes\" = [\"/**\", \"/feed\"]\n\"storage.keys\" = [\"seen/**\"]\n";
        assert_eq!(pages.text, POLICY.replace("\"http.routes\" = [\"/**\"]\n", allowed));
        let denied =
            file("[plugin.\"site.feed\".permissions.deny]\n\"a.b\" = true\n").allowing("site.feed", &[("c.d", &keys)]).unwrap();
        assert!(denied.text.contains("[plugin.\"site.feed\".permissions.allow]\n\"c.d\" = [\"seen/**\"]\n"), "{}", denied.text);
        assert_eq!(file("[plugin.site.feed.permissions.deny]\n\"a.b\" = true\n").allowing("site.feed", &[("c.d", &keys)]), None);
        assert_eq!(
            file("").allowing("a.b", &[("c.d", &keys)]).unwrap().text,
            "[plugin.\"a.b\".permissions.allow]\n\"c.d\" = [\"seen/**\"]\n"
        );
    }
}
