//! The form of a scope, by the kind of its permission.

mod endpoint;
mod name;
mod pattern;

use crate::ScopeKind;

/// Characters that a scope may have at most.
pub const LONGEST_SCOPE: usize = 256;

/// Why a scope is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeProblem {
    /// Which sort of problem it is.
    pub class: ScopeProblemClass,
    /// What is wrong, a phrase that follows the scope: "begins with `/`".
    pub detail: String,
    /// A scope that would be right, when one can be guessed.
    pub suggestion: Option<String>,
}

/// The sorts of problem a scope may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeProblemClass {
    /// Nothing is written.
    Empty,
    /// A path that leaves the plugin's root: absolute, or with `..`.
    Outside,
    /// Not of the form that the kind asks for.
    Malformed,
    /// Of the form of another kind.
    WrongKind(ScopeKind),
}

/// Words for a kind of scope, in messages.
#[must_use]
pub const fn kind_name(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Path => "a relative path pattern",
        ScopeKind::Origin => "an origin",
        ScopeKind::Address => "an address to listen on",
        ScopeKind::Table => "a database table",
        ScopeKind::Program => "a program name",
        ScopeKind::Variable => "an environment variable",
        ScopeKind::Route => "a URL path",
        ScopeKind::Topic => "an event topic",
        ScopeKind::Name => "a plain name",
    }
}

/// A well-formed scope of a kind, for messages.
#[must_use]
pub const fn kind_example(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Path => "content/**",
        ScopeKind::Origin => "https://search.example",
        ScopeKind::Address => "127.0.0.1:1965",
        ScopeKind::Table => "comments",
        ScopeKind::Program => "git",
        ScopeKind::Variable => "SITE_TOKEN",
        ScopeKind::Route => "/sitemap.xml",
        ScopeKind::Topic => "content.*",
        ScopeKind::Name => "nightly-*",
    }
}

/// Checks the form of one scope. This is the only place that knows it: manifests, `host.toml` and approvals all call it.
///
/// # Errors
/// The scope is empty, leaves the root, is malformed, or has the form of another kind.
pub fn check_scope(kind: ScopeKind, scope: &str) -> Result<(), ScopeProblem> {
    form(kind, scope).map_err(|problem| {
        // A suggestion that is refused in its turn would be worse than none.
        let suggestion = problem.suggestion.filter(|suggestion| form(kind, suggestion).is_ok());
        ScopeProblem { suggestion, ..problem }
    })
}

fn form(kind: ScopeKind, scope: &str) -> Result<(), ScopeProblem> {
    if scope.trim().is_empty() {
        return Err(problem(ScopeProblemClass::Empty, "is empty"));
    }
    if scope.chars().nth(LONGEST_SCOPE).is_some() {
        return Err(malformed(format!("is longer than {LONGEST_SCOPE} characters")));
    }
    if scope.chars().any(|c| super::render::printable(c) != c) {
        return Err(malformed("holds a control character or an invisible one"));
    }
    let trimmed = scope.trim();
    if trimmed != scope {
        return Err(malformed("begins or ends with a space").suggest(trimmed));
    }
    if scope.split('/').any(is_placeholder) {
        return Err(malformed("is a placeholder and no scope"));
    }
    if let Some(other) = other_kind(kind, scope) {
        return Err(problem(ScopeProblemClass::WrongKind(other), format!("is {}", kind_name(other))));
    }
    match kind {
        ScopeKind::Path => pattern::path(scope),
        ScopeKind::Origin => endpoint::origin(scope),
        ScopeKind::Address => endpoint::address(scope),
        ScopeKind::Table => name::table(scope),
        ScopeKind::Program => name::program(scope),
        ScopeKind::Variable => name::variable(scope),
        ScopeKind::Route => pattern::route(scope),
        ScopeKind::Topic => pattern::topic(scope),
        ScopeKind::Name => name::plain(scope),
    }
}

/// Whether a text is the dots that stand in examples and messages for what the author has to write.
pub(crate) fn is_placeholder(text: &str) -> bool {
    matches!(text.trim(), "…" | "...")
}

impl ScopeProblem {
    fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

fn problem(class: ScopeProblemClass, detail: impl Into<String>) -> ScopeProblem {
    ScopeProblem { class, detail: detail.into(), suggestion: None }
}

fn malformed(detail: impl Into<String>) -> ScopeProblem {
    problem(ScopeProblemClass::Malformed, detail)
}

fn outside(detail: &str) -> ScopeProblem {
    problem(ScopeProblemClass::Outside, detail)
}

/// The kind that a scope plainly has when it is not `kind`.
fn other_kind(kind: ScopeKind, scope: &str) -> Option<ScopeKind> {
    let other = if scope.contains("://") {
        ScopeKind::Origin
    } else if matches!(kind, ScopeKind::Path | ScopeKind::Program) {
        return None;
    } else if scope.starts_with('/') {
        ScopeKind::Route
    } else if scope.contains('/') && kind != ScopeKind::Route {
        ScopeKind::Path
    } else if endpoint::address(scope).is_ok() {
        ScopeKind::Address
    } else {
        return None;
    };
    (other != kind).then_some(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_scopes() {
        for (kind, scopes) in [
            (ScopeKind::Path, &["content/**", "a.md", "*.md", "**", "a b/ü*", "*"][..]),
            (
                ScopeKind::Origin,
                &[
                    "https://search.example",
                    "https://*.example.com:8443",
                    "http://[::1]:80",
                    "http://127.0.0.1",
                    "https://*",
                    "smtp://m.x:25",
                    "https://1a.x0",
                ],
            ),
            (ScopeKind::Address, &["127.0.0.1:1965", "[::1]:1965", "0.0.0.0:*"]),
            (ScopeKind::Table, &["comments", "comments_*", "*"]),
            (ScopeKind::Program, &["git", "git-*", "clang++", "python3.12"]),
            (ScopeKind::Variable, &["SITE_TOKEN", "SITE_*"]),
            (ScopeKind::Name, &["nightly", "smtp.password", "*"]),
            (ScopeKind::Route, &["/", "/sitemap.xml", "/blog/**", "/a/*/b", "/blog/"]),
            (ScopeKind::Topic, &["content.*", "content.page.saved", "**"]),
        ] {
            for scope in scopes {
                assert_eq!(check_scope(kind, scope), Ok(()), "{kind:?} {scope}");
                assert!(
                    crate::scope_covers(kind, scope, scope),
                    "{kind:?} {scope}: the resolver must understand what is accepted here"
                );
            }
        }
    }

    #[test]
    fn refused_scopes() {
        use ScopeProblemClass::{Empty, Malformed, Outside, WrongKind};
        for (kind, scope, class, suggestion) in [
            (ScopeKind::Path, "", Empty, None),
            (ScopeKind::Path, " ", Empty, None),
            (ScopeKind::Path, "/etc", Outside, Some("etc")),
            (ScopeKind::Path, "C:/x", Outside, None),
            (ScopeKind::Path, "~/x", Outside, None),
            (ScopeKind::Path, "a/../b", Outside, None),
            (ScopeKind::Path, "a\\b", Malformed, Some("a/b")),
            (ScopeKind::Path, "content/", Malformed, Some("content/**")),
            (ScopeKind::Path, "./content", Malformed, Some("content")),
            (ScopeKind::Path, ".", Malformed, Some("**")),
            (ScopeKind::Path, "a//b", Malformed, None),
            (ScopeKind::Path, "…", Malformed, None),
            (ScopeKind::Path, "content/...", Malformed, None),
            (ScopeKind::Origin, "https://…", Malformed, None),
            (ScopeKind::Route, "/…", Malformed, None),
            (ScopeKind::Topic, "...", Malformed, None),
            (ScopeKind::Path, "**/b", Malformed, None),
            (ScopeKind::Path, "a**", Malformed, None),
            (ScopeKind::Path, "a.{md,txt}", Malformed, None),
            (ScopeKind::Path, "a\u{202e}b", Malformed, None),
            (ScopeKind::Path, "https://x.example", WrongKind(ScopeKind::Origin), None),
            (ScopeKind::Origin, "search.example", Malformed, Some("https://search.example")),
            (ScopeKind::Origin, "https://x.example/path", Malformed, Some("https://x.example")),
            (ScopeKind::Origin, "https://x.example/", Malformed, Some("https://x.example")),
            (ScopeKind::Origin, "HTTPS://X.example", Malformed, Some("https://x.example")),
            (ScopeKind::Origin, "https://u@x.example", Malformed, None),
            (ScopeKind::Origin, "https://x.example:0", Malformed, None),
            (ScopeKind::Origin, "https://x.example:8*", Malformed, None),
            (ScopeKind::Origin, "https://a*.example", Malformed, None),
            (ScopeKind::Origin, "https://", Malformed, None),
            (ScopeKind::Origin, "ftp://x.example", Malformed, None),
            (ScopeKind::Origin, "http://[0:0:0:0:0:0:0:1]:80", Malformed, Some("http://[::1]:80")),
            (ScopeKind::Origin, "http://127.1", Malformed, None),
            (ScopeKind::Origin, "http://2130706433", Malformed, None),
            (ScopeKind::Origin, "http://0x7f000001", Malformed, None),
            (ScopeKind::Origin, "http://127.0.0.01", Malformed, None),
            (ScopeKind::Origin, "http://*.1", Malformed, None),
            (ScopeKind::Origin, "content/**", WrongKind(ScopeKind::Path), None),
            (ScopeKind::Origin, "/api", WrongKind(ScopeKind::Route), None),
            (ScopeKind::Address, "localhost:80", Malformed, Some("127.0.0.1:80")),
            (ScopeKind::Address, "127.0.0.1", Malformed, Some("127.0.0.1:*")),
            (ScopeKind::Address, "::1", Malformed, Some("[::1]:*")),
            (ScopeKind::Address, "127.0.0.1:99999", Malformed, None),
            (ScopeKind::Address, "[::0001]:80", Malformed, Some("[::1]:80")),
            (ScopeKind::Address, "[FE80::1]:*", Malformed, Some("[fe80::1]:*")),
            (ScopeKind::Table, "a-b", Malformed, None),
            (ScopeKind::Program, "/usr/bin/git", Malformed, Some("git")),
            (ScopeKind::Program, "git push", Malformed, Some("git")),
            (ScopeKind::Variable, "${HOME}", Malformed, Some("HOME")),
            (ScopeKind::Variable, "A=1", Malformed, Some("A")),
            (ScopeKind::Name, "nightly check", Malformed, Some("nightly-check")),
            (ScopeKind::Name, "a/b", WrongKind(ScopeKind::Path), None),
            (ScopeKind::Route, "sitemap.xml", Malformed, Some("/sitemap.xml")),
            (ScopeKind::Route, "blog/**", Malformed, Some("/blog/**")),
            (ScopeKind::Route, "/posts/{id}", Malformed, Some("/posts/*")),
            (ScopeKind::Route, "/a?b=1", Malformed, Some("/a")),
            (ScopeKind::Route, "/a/../b", Outside, None),
            (ScopeKind::Topic, "content*", Malformed, None),
            (ScopeKind::Topic, "content..x", Malformed, None),
            (ScopeKind::Topic, "127.0.0.1:80", WrongKind(ScopeKind::Address), None),
        ] {
            let problem = check_scope(kind, scope).expect_err(scope);
            assert_eq!(
                (problem.class, problem.suggestion.as_deref()),
                (class, suggestion),
                "{kind:?} {scope}: {}",
                problem.detail
            );
        }
    }
}
