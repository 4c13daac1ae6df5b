//! Scopes against a slow matcher that follows the definition, and covering and overlap against all values of a small alphabet.

use keyway_manifest::ScopeKind::{Address, Name, Origin, Path, Program, Route, Table, Topic, Variable};
use keyway_manifest::{ScopeKind, scope_covers, scope_matches, scope_overlaps};

/// The definition: try every length for each star.
fn glob_by_definition(pattern: &[u8], value: &[u8]) -> bool {
    match pattern {
        [] => value.is_empty(),
        [b'*', rest @ ..] => (0..=value.len()).any(|taken| glob_by_definition(rest, &value[taken..])),
        [first, rest @ ..] => value.first() == Some(first) && glob_by_definition(rest, &value[1..]),
    }
}

fn segments_by_definition(pattern: &[&str], value: &[&str]) -> bool {
    match (pattern, value) {
        (["**"], [_, ..]) => true,
        ([first, pattern @ ..], [segment, value @ ..]) => {
            glob_by_definition(first.as_bytes(), segment.as_bytes()) && segments_by_definition(pattern, value)
        }
        ([], []) => true,
        _ => false,
    }
}

fn by_definition(kind: ScopeKind, pattern: &str, value: &str) -> bool {
    let split = |text: &'static str| -> Vec<&'static str> { text.split(if matches!(kind, Topic) { '.' } else { '/' }).collect() };
    match kind {
        Path | Route | Topic => segments_by_definition(&split(leak(pattern)), &split(leak(value))),
        Table | Program | Variable | Name | Origin | Address => glob_by_definition(pattern.as_bytes(), value.as_bytes()),
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// All strings over an alphabet up to a length.
fn all_strings(alphabet: &str, longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut start = 0;
    for _ in 0..longest {
        let end = all.len();
        for index in start..end {
            for letter in alphabet.chars() {
                all.push(format!("{}{letter}", all[index]));
            }
        }
        start = end;
    }
    all
}

/// Checks matching, covering and overlap of all pairs of patterns against all values.
fn check_all(kind: ScopeKind, patterns: &[String], values: &[String]) {
    let matched: Vec<Vec<bool>> =
        patterns.iter().map(|pattern| values.iter().map(|value| scope_matches(kind, pattern, value)).collect()).collect();
    for (pattern, row) in patterns.iter().zip(&matched) {
        for (value, &answer) in values.iter().zip(row) {
            if matches!(kind, Path | Route) && (value.split('/').any(|part| matches!(part, "" | "." | ".."))) {
                continue;
            }
            assert_eq!(answer, by_definition(kind, pattern, value), "{kind:?}: does `{pattern}` match `{value}`?");
        }
    }
    for (left, left_row) in patterns.iter().zip(&matched) {
        for (right, right_row) in patterns.iter().zip(&matched) {
            let escapes = left_row.iter().zip(right_row).position(|(&left, &right)| right && !left);
            if scope_covers(kind, left, right) {
                assert_eq!(escapes.map(|at| &values[at]), None, "{kind:?}: `{left}` covers `{right}`");
            }
            let shared = left_row.iter().zip(right_row).position(|(&left, &right)| right && left);
            if !scope_overlaps(kind, left, right) {
                assert_eq!(shared.map(|at| &values[at]), None, "{kind:?}: `{left}` and `{right}` do not overlap");
            }
        }
        assert!(scope_covers(kind, left, left), "{kind:?}: `{left}` covers itself");
    }
}

#[test]
fn names_follow_the_definition() {
    check_all(Variable, &all_strings("ab*", 4), &all_strings("ab", 6));
}

#[test]
fn paths_and_topics_follow_the_definition() {
    check_all(Path, &all_strings("a/*", 5), &all_strings("ab/", 5));
    check_all(Topic, &all_strings("a.*", 5), &all_strings("ab.", 5));
}

#[test]
fn overlap_is_exact_for_names() {
    // Values long enough to hold both patterns one behind the other.
    let values = all_strings("ab", 6);
    for left in &all_strings("ab*", 3) {
        for right in &all_strings("ab*", 3) {
            let shared = values.iter().any(|value| scope_matches(Table, left, value) && scope_matches(Table, right, value));
            assert_eq!(scope_overlaps(Table, left, right), shared, "`{left}` and `{right}`");
        }
    }
}

#[test]
fn covering_is_exact_for_names() {
    // A letter that no pattern holds tells a star from all that it might happen to equal.
    let values = all_strings("abz", 5);
    for wide in &all_strings("a*", 3) {
        for narrow in &all_strings("a*", 3) {
            let contained =
                values.iter().all(|value| !scope_matches(Program, narrow, value) || scope_matches(Program, wide, value));
            assert_eq!(scope_covers(Program, wide, narrow), contained, "`{wide}` and `{narrow}`");
        }
    }
}

#[test]
fn paths_that_could_leave_the_scope_never_match() {
    for value in [
        "content/../secret",
        "content/./a",
        "/etc/passwd",
        "content//a",
        "content/",
        "",
        "content\\..\\a",
        "content/c:stream",
        "a\0b",
    ] {
        assert!(!scope_matches(Path, "**", value), "{value:?}");
        assert!(!scope_matches(Path, "content/**", value), "{value:?}");
    }
    assert!(scope_matches(Path, "content/**", "content/blog/a.md"));
    assert!(scope_matches(Path, "content/*.md", "content/a.md"));
    assert!(!scope_matches(Path, "content/*.md", "content/blog/a.md"));
    assert!(!scope_matches(Path, "content/**", "content"));
    assert!(!scope_matches(Route, "/blog/**", "/blog/../admin"));
    assert!(!scope_matches(Route, "/**", "admin"));
    assert!(scope_matches(Route, "/**", "/admin"));
    assert!(scope_matches(Route, "/blog/**", "/blog/"));
}

#[test]
fn origins_match_by_part() {
    let yes = [
        ("https://search.example", "https://search.example"),
        ("https://search.example", "https://search.example:443"),
        ("https://search.example:443", "https://search.example"),
        ("http://search.example", "http://search.example:80"),
        ("HTTPS://Search.Example", "https://search.EXAMPLE"),
        ("https://*.example.com", "https://a.example.com"),
        ("https://api-*.example.com:8443", "https://api-1.example.com:8443"),
        ("https://*", "https://a.b.c"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://a.example:*", "https://a.example:9999"),
    ];
    for (pattern, value) in yes {
        assert!(scope_matches(Origin, pattern, value), "`{pattern}` matches `{value}`");
    }
    let no = [
        ("https://search.example", "http://search.example"),
        ("https://search.example", "https://search.example:8443"),
        ("https://*.example.com", "https://example.com"),
        ("https://*.example.com", "https://a.b.example.com"),
        ("https://*.example.com", "https://evil.com/.example.com"),
        ("https://*.example.com", "https://evil.com#.example.com"),
        ("https://*.example.com", "https://evil.com?.example.com"),
        ("https://*", "https://a@b"),
        ("https://search.example", "https://search.example@evil.com"),
        ("https://search.example*", "https://search.example.evil.com"),
        ("https://search.example", "https://search.example.evil.com"),
        ("https://search.example", "https://search.example:0443"),
        ("https://search.example", "https://search.example:"),
        ("https://search.example", "search.example"),
        ("https://*", "https://"),
        ("http://[::1]", "http://::1"),
    ];
    for (pattern, value) in no {
        assert!(!scope_matches(Origin, pattern, value), "`{pattern}` does not match `{value}`");
    }
    assert!(!scope_covers(Origin, "https://*.example.com", "https://*"));
    assert!(scope_covers(Origin, "https://*", "https://*.example.com"));
    assert!(!scope_covers(Origin, "https://a.example", "https://a.example:*"));
    assert!(scope_overlaps(Origin, "https://evil.EXAMPLE", "https://*.example"));
    assert!(!scope_overlaps(Origin, "https://evil.example", "https://good.example"));
}

#[test]
fn origins_cover_soundly() {
    let hosts = ["a", "b", "*", "*.a", "a.*", "b.a", "*.*", "a*", "*a.a", "a.b.a", "*.b.*"];
    let ports = ["", ":443", ":80", ":1", ":*"];
    let patterns: Vec<String> = hosts.iter().flat_map(|host| ports.map(|port| format!("https://{host}{port}"))).collect();
    let hosts = ["a", "b", "ab", "ba", "a.a", "b.a", "a.b", "ba.a", "aa.a", "a.b.a", "b.b.b", "a.a.a.a"];
    let values: Vec<String> =
        hosts.iter().flat_map(|host| ports[..4].iter().map(move |port| format!("https://{host}{port}"))).collect();
    for left in &patterns {
        for right in &patterns {
            for value in &values {
                let (in_left, in_right) = (scope_matches(Origin, left, value), scope_matches(Origin, right, value));
                assert!(!(scope_covers(Origin, left, right) && in_right && !in_left), "`{left}` covers `{right}`, not `{value}`");
                assert!(scope_overlaps(Origin, left, right) || !(in_left && in_right), "`{left}` and `{right}` share `{value}`");
            }
        }
    }
}

#[test]
fn addresses_match_by_host_and_port() {
    assert!(scope_matches(Address, "127.0.0.1:1965", "127.0.0.1:1965"));
    assert!(scope_matches(Address, "127.0.0.1:*", "127.0.0.1:80"));
    assert!(scope_matches(Address, "[::1]:*", "[::1]:80"));
    assert!(!scope_matches(Address, "127.0.0.1:*", "0.0.0.0:80"));
    assert!(!scope_matches(Address, "127.0.0.1:*", "127.0.0.1"));
    assert!(!scope_matches(Address, "127.0.0.1:1965", "127.0.0.1:1966"));
}

#[test]
fn many_stars_take_no_long_time() {
    let pattern = "a*".repeat(2_000) + "b";
    let value = "a".repeat(4_000);
    let begun = std::time::Instant::now();
    assert!(!scope_matches(Variable, &pattern, &value));
    assert!(begun.elapsed().as_secs() < 5, "an exponential search would not end at all");
}
