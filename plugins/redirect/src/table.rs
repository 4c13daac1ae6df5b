//! All redirects of a site, none of which leads in a ring.

use std::collections::BTreeMap;

use keyway::Error;
use keyway_cms_sdk::{Site, url_path};

use crate::address::{Target, comparable, not_a_status, status};
use crate::{RedirectConfig, Rule};

/// Targets by the path that leads to them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(BTreeMap<String, Target>);

impl Table {
    /// The redirects of the settings.
    ///
    /// # Errors
    /// All mistakes in them, one a line: malformed paths and targets, one path twice, rings.
    pub(crate) fn configured(config: &RedirectConfig) -> Result<Self, Error> {
        let mut table = Self::default();
        let mut problems = Vec::new();
        if status(config.status).is_none() {
            problems.push(format!("status: {}", not_a_status(config.status)));
        }
        for (from, rule) in &config.redirects {
            let (to, code) = match rule {
                Rule::To(to) => (to, config.status),
                Rule::With(rule) => (&rule.to, rule.status),
            };
            let read = source(from).and_then(|from| Ok((from, Target::new(to, code)?)));
            match read {
                Err(problem) => problems.push(format!("redirects.\"{from}\": {problem}")),
                Ok((path, target)) => {
                    if table.0.insert(path, target).is_some() {
                        problems.push(format!(
                            "redirects.\"{from}\": the same path stands there twice, with and without a final `/`"
                        ));
                    }
                }
            }
        }
        problems.extend(
            table.rings().into_iter().map(|ring| format!("redirects lead in a ring: {}; remove one of them", written(&ring))),
        );
        if problems.is_empty() { Ok(table) } else { Err(Error::message(problems.join("\n"))) }
    }

    /// Adds the former path of a page.
    ///
    /// # Errors
    /// A phrase that says why that would be wrong.
    pub(crate) fn add_alias(&mut self, site: &Site, alias: &str, page: &str, status: u16) -> Result<(), String> {
        let from = source(alias)?;
        if site.page(&from).is_some() {
            return Err("a page has this address".to_owned());
        }
        if let Some(other) = self.0.get(&from) {
            return Err(format!("it leads to `{}` already", other.location(None)));
        }
        let target = Target::new(&url_path::encode(page), status)?;
        self.0.insert(from.clone(), target);
        let ring = self.ring_from(&from);
        if let Some(ring) = ring {
            self.0.remove(&from);
            return Err(format!("it would lead in a ring: {}", written(&ring)));
        }
        Ok(())
    }

    /// Where a decoded path leads.
    pub(crate) fn get(&self, path: &str) -> Option<&Target> {
        if self.0.is_empty() { None } else { self.0.get(&comparable(path)) }
    }

    /// The rings, each once, beginning with its smallest path.
    fn rings(&self) -> Vec<Vec<String>> {
        let rings = self.0.keys().filter_map(|from| self.ring_from(from));
        rings.filter(|ring| ring.iter().min() == ring.first()).collect()
    }

    /// The ring that a path stands in. A path that only leads into one stands in none.
    fn ring_from(&self, from: &str) -> Option<Vec<String>> {
        let mut ring = vec![from.to_owned()];
        let mut at = self.0.get(from)?.path()?;
        while at != from {
            // More steps than redirects: this goes round in a ring that `from` only leads into.
            if ring.len() > self.0.len() {
                return None;
            }
            let next = self.0.get(&at)?.path()?;
            ring.push(std::mem::replace(&mut at, next));
        }
        Some(ring)
    }
}

/// A path that is redirected, as paths are compared.
fn source(path: &str) -> Result<String, String> {
    if !path.starts_with('/') || path.contains(['?', '#']) {
        return Err(format!("`{path}` is no path; begin it with `/` and leave out the query"));
    }
    url_path::decode(path).map(|path| comparable(&path)).ok_or_else(|| format!("`{path}` holds a malformed `%`"))
}

fn written(ring: &[String]) -> String {
    let steps = ring.iter().chain(ring.first());
    steps.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(" → ")
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;
    use crate::RuleWithStatus;

    fn configured(redirects: &[(&str, &str)]) -> Result<Table, String> {
        let redirects = redirects.iter().map(|(from, to)| ((*from).to_owned(), Rule::To((*to).to_owned()))).collect();
        Table::configured(&RedirectConfig { status: 308, redirects }).map_err(|error| error.to_string())
    }

    fn location(table: &Table, path: &str) -> Option<String> {
        table.get(path).map(|target| target.location(None))
    }

    #[test]
    fn a_chain_is_no_ring() {
        let table = configured(&[("/a", "/b"), ("/b/", "/c?x"), ("/é", "/a")]).unwrap();
        assert_eq!(location(&table, "/a/").as_deref(), Some("/b"));
        assert_eq!(location(&table, "/b").as_deref(), Some("/c?x"));
        assert_eq!(location(&table, "/é").as_deref(), Some("/a"));
        assert_eq!(location(&table, "/"), None);
    }

    #[test]
    fn each_ring_is_shown_once() {
        let error =
            configured(&[("/c", "/a"), ("/a", "/b?x"), ("/b", "/c/"), ("/self", "/self#top"), ("/into", "/a")]).unwrap_err();
        assert_eq!(
            error,
            "redirects lead in a ring: `/a` → `/b` → `/c` → `/a`; remove one of them\n\
             redirects lead in a ring: `/self` → `/self`; remove one of them"
        );
    }

    #[test]
    fn all_mistakes_are_told_with_their_key() {
        let error = configured(&[("old", "/new"), ("/x", "//evil.example"), ("/ok", "/fine")]).unwrap_err();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 2, "{error}");
        assert!(lines[0].starts_with("redirects.\"/x\": `//evil.example` is neither"), "{error}");
        assert!(lines[1].starts_with("redirects.\"old\": `old` is no path"), "{error}");
        let rule = Rule::With(RuleWithStatus { to: "/b".to_owned(), status: 303 });
        let config = RedirectConfig { status: 308, redirects: BTreeMap::from([("/a".to_owned(), rule)]) };
        assert!(Table::configured(&config).unwrap_err().to_string().contains("303 is no status of a redirect"));
        let config = RedirectConfig { status: 200, redirects: BTreeMap::new() };
        assert!(Table::configured(&config).unwrap_err().to_string().starts_with("status: 200 is no status of a redirect"));
    }

    #[test]
    fn aliases_never_hide_pages_or_close_rings() {
        let pages = ["/new", "/other"].map(|path| Page::new(Document::new(path, "content/a.md", Format::Html, "")));
        let site = Site::new("T", "https://example.org", pages.to_vec()).0;
        let mut table = configured(&[("/new", "/old"), ("/taken", "/x")]).unwrap();
        assert!(table.add_alias(&site, "/other", "/new", 308).unwrap_err().contains("a page has this address"));
        assert!(table.add_alias(&site, "/taken/", "/new", 308).unwrap_err().contains("leads to `/x` already"));
        assert_eq!(table.add_alias(&site, "/old", "/new", 308).unwrap_err(), "it would lead in a ring: `/old` → `/new` → `/old`");
        assert_eq!(location(&table, "/old"), None);
        table.add_alias(&site, "/former/", "/other", 301).unwrap();
        assert_eq!(location(&table, "/former").as_deref(), Some("/other"));
    }
}
