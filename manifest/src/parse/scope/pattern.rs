//! Scopes made of segments: relative paths, URL paths and event topics.

use super::{ScopeProblem, malformed, outside};

pub(super) fn path(scope: &str) -> Result<(), ScopeProblem> {
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

pub(super) fn route(scope: &str) -> Result<(), ScopeProblem> {
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

pub(super) fn topic(scope: &str) -> Result<(), ScopeProblem> {
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
