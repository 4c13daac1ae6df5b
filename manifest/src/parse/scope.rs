//! The form of a scope, by the kind of its permission.

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
    }
}

/// Checks the form of one scope. This is the only place that knows it: manifests, `host.toml` and approvals all call it.
///
/// # Errors
/// The scope is empty, leaves the root, is malformed, or has the form of another kind.
pub fn check_scope(kind: ScopeKind, scope: &str) -> Result<(), ScopeProblem> {
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
    if let Some(other) = other_kind(kind, scope) {
        return Err(problem(ScopeProblemClass::WrongKind(other), format!("is {}", kind_name(other))));
    }
    match kind {
        ScopeKind::Path => path(scope),
        ScopeKind::Origin => origin(scope),
        ScopeKind::Address => address(scope),
        ScopeKind::Table => table(scope),
        ScopeKind::Program => program(scope),
        ScopeKind::Variable => variable(scope),
        ScopeKind::Route => route(scope),
        ScopeKind::Topic => topic(scope),
    }
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
    } else if address(scope).is_ok() {
        ScopeKind::Address
    } else {
        return None;
    };
    (other != kind).then_some(other)
}

fn path(scope: &str) -> Result<(), ScopeProblem> {
    if scope.contains('\\') {
        let slashes = scope.replace('\\', "/");
        let problem = malformed("holds a backslash; paths are divided by `/`");
        return Err(if path(&slashes).is_ok() { problem.suggest(slashes) } else { problem });
    }
    if scope.starts_with('/') {
        let relative = scope.trim_start_matches('/');
        let problem = outside("is absolute");
        return Err(if path(relative).is_ok() { problem.suggest(relative) } else { problem });
    }
    if scope.starts_with('~') {
        return Err(outside("begins with `~`, a home folder"));
    }
    if scope.as_bytes().get(1) == Some(&b':') {
        return Err(outside("names a drive"));
    }
    if scope.split('/').any(|segment| segment == "..") {
        return Err(outside("holds `..`"));
    }
    if scope.contains(':') {
        return Err(malformed("holds `:`"));
    }
    segments(scope.trim_end_matches('/'), '/')?;
    if scope.ends_with('/') {
        return Err(malformed("ends with `/`").suggest(format!("{}/**", scope.trim_end_matches('/'))));
    }
    Ok(())
}

fn route(scope: &str) -> Result<(), ScopeProblem> {
    let Some(below) = scope.strip_prefix('/') else {
        let rooted = format!("/{scope}");
        let problem = malformed("does not begin with `/`");
        return Err(if route(&rooted).is_ok() { problem.suggest(rooted) } else { problem });
    };
    if scope.contains(['?', '#']) {
        let bare: String = scope.chars().take_while(|c| !matches!(c, '?' | '#')).collect();
        return Err(malformed("holds a query or a fragment").suggest(bare));
    }
    if scope.contains(char::is_whitespace) || scope.contains('\\') {
        return Err(malformed("holds a space or a backslash"));
    }
    if below.split('/').any(|segment| segment == "..") {
        return Err(outside("holds `..`"));
    }
    if below.split('/').any(|segment| segment.starts_with(':') || segment.contains(['{', '}'])) {
        let parameter =
            |segment: &str| if segment.starts_with(':') || segment.contains(['{', '}']) { "*" } else { segment }.to_owned();
        let starred: Vec<String> = below.split('/').map(parameter).collect();
        return Err(malformed("holds a route parameter; `*` stands for one segment").suggest(format!("/{}", starred.join("/"))));
    }
    // `/` is the root and `/blog/` differs from `/blog`: one empty last segment is a segment.
    let below = below.strip_suffix('/').unwrap_or(below);
    if scope == "/" { Ok(()) } else { segments(below, '/') }
}

fn topic(scope: &str) -> Result<(), ScopeProblem> {
    let partial = |segment: &str| segment.contains('*') && segment != "*" && segment != "**";
    if let Some(segment) = scope.split('.').find(|segment| partial(segment)) {
        return Err(malformed(format!("holds `{segment}`; in a topic, `*` stands for a whole segment")));
    }
    if !scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*')) {
        return Err(malformed("holds a character other than letters, digits, `-`, `_`, `.` and `*`"));
    }
    segments(scope, '.')
}

/// Checks the segments of a pattern: none empty or `.`, `**` only as the last one, no glob other than `*`.
fn segments(pattern: &str, divider: char) -> Result<(), ScopeProblem> {
    if let Some(character) = pattern.chars().find(|c| matches!(c, '?' | '[' | ']' | '{' | '}')) {
        return Err(malformed(format!(
            "holds `{character}`; patterns know `*` and a last `**`, write one scope for each alternative"
        )));
    }
    let count = pattern.split(divider).count();
    for (index, segment) in pattern.split(divider).enumerate() {
        if segment.is_empty() {
            return Err(malformed("has an empty segment"));
        }
        if segment == "." {
            let without: Vec<&str> = pattern.split(divider).filter(|segment| *segment != ".").collect();
            let problem = malformed("has a segment `.`");
            return Err(if without.is_empty() { problem.suggest("**") } else { problem.suggest(without.join("/")) });
        }
        if segment == "**" && index + 1 < count {
            return Err(malformed("has `**` before its last segment"));
        }
        if segment != "**" && segment.contains("**") {
            return Err(malformed("has `**` inside a segment; it must be a whole one, the last"));
        }
    }
    Ok(())
}

fn origin(scope: &str) -> Result<(), ScopeProblem> {
    let Some((scheme, rest)) = scope.split_once("://") else {
        let https = format!("https://{scope}");
        let problem = malformed("has no scheme");
        return Err(if origin(&https).is_ok() { problem.suggest(https) } else { problem });
    };
    if scope.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(malformed("has a capital letter").suggest(scope.to_ascii_lowercase()));
    }
    if !scheme.starts_with(|c: char| c.is_ascii_lowercase())
        || !scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    {
        return Err(malformed("has a malformed scheme"));
    }
    if let Some(end) = rest.find(['/', '?', '#']) {
        return Err(malformed("has a path; an origin ends after host and port").suggest(format!("{scheme}://{}", &rest[..end])));
    }
    if rest.contains('@') {
        return Err(malformed("holds a user name"));
    }
    let (host, port) = split_port(rest);
    if let Some(port) = port {
        check_port(port, false)?;
    } else if !matches!(scheme, "http" | "https" | "ws" | "wss") {
        return Err(malformed(format!("has no port, and `{scheme}` has no default that Keyway knows")));
    }
    host_pattern(host)
}

/// Splits `host:port` at the last colon outside brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn check_port(port: &str, any: bool) -> Result<(), ScopeProblem> {
    if any && port == "*" {
        return Ok(());
    }
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    if digits && port.parse::<u16>().is_ok() {
        return Ok(());
    }
    let any = if any { ", or `*` for any" } else { "" };
    Err(malformed(format!("has port `{port}`, and ports are 1 to 65535{any}")))
}

fn host_pattern(host: &str) -> Result<(), ScopeProblem> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let known = address.parse::<std::net::Ipv6Addr>().is_ok();
        return if known { Ok(()) } else { Err(malformed("has a malformed IPv6 address")) };
    }
    if host.is_empty() {
        return Err(malformed("has no host"));
    }
    let labels = host.strip_prefix("*.").unwrap_or(host);
    if host == "*" {
        return Ok(());
    }
    if labels.contains('*') {
        return Err(malformed("has `*` inside its host; only a whole first label may be `*`"));
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if labels.split('.').all(label) {
        return Ok(());
    }
    Err(malformed("has a malformed host (lowercase letters, digits, `-` and dots; other scripts as punycode)"))
}

fn address(scope: &str) -> Result<(), ScopeProblem> {
    let (host, port) = split_port(scope);
    if host == "localhost" {
        let numeric = format!("127.0.0.1:{}", port.unwrap_or("*"));
        return Err(malformed("holds a name; a socket listens on a numeric address").suggest(numeric));
    }
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let known = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.parse::<std::net::Ipv4Addr>().is_ok(),
    };
    match port {
        Some(port) if known => check_port(port, true),
        None if known => Err(malformed("has no port").suggest(format!("{scope}:*"))),
        _ if scope.parse::<std::net::Ipv6Addr>().is_ok() => {
            Err(malformed("is an IPv6 address without brackets").suggest(format!("[{scope}]:*")))
        }
        _ => Err(malformed("is not a numeric address and port")),
    }
}

fn table(scope: &str) -> Result<(), ScopeProblem> {
    if scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*')) {
        return no_double_star(scope);
    }
    Err(malformed("holds a character other than letters, digits, `_` and `*`"))
}

fn program(scope: &str) -> Result<(), ScopeProblem> {
    if scope.contains(['/', '\\']) {
        let name = scope.rsplit(['/', '\\']).next().unwrap_or("");
        let problem = malformed("holds a path; programs are named without one");
        return Err(if program(name).is_ok() { problem.suggest(name) } else { problem });
    }
    if let Some((name, _)) = scope.split_once(char::is_whitespace) {
        return Err(malformed("holds arguments; programs are named alone").suggest(name));
    }
    if scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '*'))
        && !matches!(scope, "" | "." | "..")
    {
        return no_double_star(scope);
    }
    Err(malformed("holds a character that program names do not have"))
}

fn variable(scope: &str) -> Result<(), ScopeProblem> {
    let bare = scope.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    if bare != scope {
        let problem = malformed("is written as in a shell; the name alone is meant");
        return Err(if variable(bare).is_ok() { problem.suggest(bare) } else { problem });
    }
    if scope.contains('=') {
        return Err(malformed("holds `=`; the name alone is meant").suggest(scope.split('=').next().unwrap_or("")));
    }
    if scope.starts_with(|c: char| c.is_ascii_digit())
        || !scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*'))
    {
        return Err(malformed("is not the name of a variable (letters, digits, `_` and `*`, not beginning with a digit)"));
    }
    no_double_star(scope)
}

fn no_double_star(scope: &str) -> Result<(), ScopeProblem> {
    if scope.contains("**") {
        return Err(malformed("has `**`; here `*` stands for any characters").suggest(scope.replace("**", "*")));
    }
    Ok(())
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
                &["https://search.example", "https://*.example.com:8443", "http://[::1]:80", "https://*", "smtp://m.x:25"],
            ),
            (ScopeKind::Address, &["127.0.0.1:1965", "[::1]:1965", "0.0.0.0:*"]),
            (ScopeKind::Table, &["comments", "comments_*", "*"]),
            (ScopeKind::Program, &["git", "git-*", "clang++", "python3.12"]),
            (ScopeKind::Variable, &["SITE_TOKEN", "SITE_*"]),
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
            (ScopeKind::Origin, "https://a*.example", Malformed, None),
            (ScopeKind::Origin, "https://", Malformed, None),
            (ScopeKind::Origin, "ftp://x.example", Malformed, None),
            (ScopeKind::Origin, "content/**", WrongKind(ScopeKind::Path), None),
            (ScopeKind::Origin, "/api", WrongKind(ScopeKind::Route), None),
            (ScopeKind::Address, "localhost:80", Malformed, Some("127.0.0.1:80")),
            (ScopeKind::Address, "127.0.0.1", Malformed, Some("127.0.0.1:*")),
            (ScopeKind::Address, "::1", Malformed, Some("[::1]:*")),
            (ScopeKind::Address, "127.0.0.1:99999", Malformed, None),
            (ScopeKind::Table, "a-b", Malformed, None),
            (ScopeKind::Program, "/usr/bin/git", Malformed, Some("git")),
            (ScopeKind::Program, "git push", Malformed, Some("git")),
            (ScopeKind::Variable, "${HOME}", Malformed, Some("HOME")),
            (ScopeKind::Variable, "A=1", Malformed, Some("A")),
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
