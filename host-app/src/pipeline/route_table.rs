//! Which route is asked for which path.

use std::cmp::Reverse;

use keyway::manifest::{ScopeKind, scope_matches};

/// Routes by the scopes that were granted to their plugins, the most exact scope first.
#[derive(Debug)]
pub(super) struct RouteTable<R> {
    routes: Vec<R>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    scope: String,
    route: usize,
}

/// Orders scopes: those without a star, then those with one, then those that end in `**`; within each the longer text first, then
/// start order.
type Exactness = (bool, bool, Reverse<usize>, usize);

fn exactness(scope: &str, route: usize) -> Exactness {
    (scope.ends_with("/**"), scope.contains('*'), Reverse(scope.len()), route)
}

impl<R> RouteTable<R> {
    /// Makes the table from routes in start order, each with the scopes it may answer.
    pub(super) fn new<S: Into<String>>(granted: impl IntoIterator<Item = (R, Vec<S>)>) -> Self {
        let (mut routes, mut entries) = (Vec::new(), Vec::new());
        for (route, scopes) in granted {
            entries.extend(scopes.into_iter().map(|scope| Entry { scope: scope.into(), route: routes.len() }));
            routes.push(route);
        }
        entries.sort_by_cached_key(|entry| exactness(&entry.scope, entry.route));
        Self { routes, entries }
    }

    /// The routes for a path in the order in which they are asked; a route with several matching scopes comes once.
    pub(super) fn matching(&self, path: &str) -> impl Iterator<Item = &R> {
        let mut asked: Vec<usize> = Vec::new();
        self.entries.iter().filter_map(move |entry| {
            if asked.contains(&entry.route) || !scope_matches(ScopeKind::Route, &entry.scope, path) {
                return None;
            }
            asked.push(entry.route);
            Some(&self.routes[entry.route])
        })
    }

    /// The paths that some route answers by name, not by a pattern.
    pub(super) fn exact_paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.scope.as_str()).filter(|scope| !scope.contains('*'))
    }

    /// Whether no route may answer anything.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::RouteTable;

    fn table() -> RouteTable<&'static str> {
        RouteTable::new([
            ("content", vec!["/**"]),
            ("tags", vec!["/tags/*", "/tags"]),
            ("api", vec!["/api/**", "/api/v1/**"]),
            ("search", vec!["/search", "/search.json"]),
            ("late", vec!["/search"]),
        ])
    }

    fn asked(path: &str) -> Vec<&'static str> {
        table().matching(path).copied().collect()
    }

    #[test]
    fn the_most_exact_scope_is_asked_first() {
        assert_eq!(asked("/search"), ["search", "late", "content"]);
        assert_eq!(asked("/search/"), ["content"]);
        assert_eq!(asked("/tags/rust"), ["tags", "content"]);
        assert_eq!(asked("/tags/rust/x"), ["content"]);
        assert_eq!(asked("/api/v1/x"), ["api", "content"]);
        assert_eq!(asked("/"), ["content"]);
    }

    #[test]
    fn paths_that_climb_match_nothing() {
        for path in ["/../etc/passwd", "/a/../b", "/a/./b", "/a\\b", "/a\0", "a", ""] {
            assert!(asked(path).is_empty(), "{path:?}");
        }
    }

    #[test]
    fn paths_by_name() {
        assert_eq!(table().exact_paths().collect::<Vec<_>>(), ["/search.json", "/search", "/search", "/tags"]);
        assert!(RouteTable::<()>::new(Vec::<((), Vec<String>)>::new()).is_empty());
    }
}
