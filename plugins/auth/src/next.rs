//! Where a visitor is led after signing in: to a path of this site, whatever the address says.

/// Bytes that a path may have.
const LONGEST: usize = 2048;

/// The path itself when it is safe to be led there, else the start page.
///
/// A browser takes `//host` and `/\host` for another site, and drops line breaks and tabs wherever they stand.
pub(crate) fn path(wanted: &str) -> &str {
    let is_of_this_site = wanted.starts_with('/') && !wanted.starts_with("//");
    let is_plain = wanted.len() <= LONGEST && wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let first = wanted.split(['?', '#']).next().unwrap_or_default();
    let leads_in_a_circle = matches!(first, "/login" | "/logout");
    if is_of_this_site && is_plain && !leads_in_a_circle { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn nobody_is_led_to_another_site() {
        for good in ["/", "/edit", "/edit/a%20b.md?x=1&y=/z#end", "/login-help", "/a//b", "/?next=https://a.example"] {
            assert_eq!(path(good), good);
        }
        for bad in [
            "",
            "edit",
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: a=b",
            "/ü",
            "/login",
            "/login?next=/",
            "/logout#x",
        ] {
            assert_eq!(path(bad), "/", "{bad:?}");
        }
        assert_eq!(path(&format!("/{}", "a".repeat(3000))), "/");
    }
}
