//! What browsers understand in each header. What they would silently ignore is an error here.

/// Seconds of a year, from which browsers take a site into their built-in lists.
const YEAR: u64 = 31_536_000;

/// [RFC 6797](https://www.rfc-editor.org/rfc/rfc6797#section-6.1), and the rules of the lists that browsers bring along.
pub(crate) fn strict_transport_security(value: &str) -> Result<(), String> {
    let (mut max_age, mut has_subdomains, mut has_preload) = (None, false, false);
    for directive in value.split(';').map(str::trim).filter(|directive| !directive.is_empty()) {
        let (name, argument) = directive.split_once('=').map_or((directive, None), |(name, argument)| (name, Some(argument)));
        match (name.to_ascii_lowercase().as_str(), argument) {
            ("max-age", Some(seconds)) if max_age.is_none() && is_number(seconds) => {
                max_age = Some(seconds.parse::<u64>().unwrap_or(u64::MAX));
            }
            ("includesubdomains", None) if !has_subdomains => has_subdomains = true,
            ("preload", None) if !has_preload => has_preload = true,
            _ => {
                return Err(format!(
                    "`{directive}` means nothing there, or stands there twice; write `max-age=<seconds>`, then `includeSubDomains` \
                     and `preload` if they are wanted, divided by `;`"
                ));
            }
        }
    }
    let Some(max_age) = max_age else {
        return Err("`max-age` is missing; write it like `max-age=31536000`".to_owned());
    };
    if has_preload && !(has_subdomains && max_age >= YEAR) {
        return Err(format!("`preload` needs `includeSubDomains` and a `max-age` of {YEAR} at least"));
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// [Referrer Policy](https://www.w3.org/TR/referrer-policy/): a list, of which a browser takes the last that it knows.
pub(crate) fn referrer_policy(value: &str) -> Result<(), String> {
    const POLICIES: [&str; 8] = [
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    ];
    value.split(',').try_for_each(|policy| one_of(policy.trim(), &POLICIES))
}

/// [Cross-Origin-Opener-Policy](https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies).
pub(crate) fn cross_origin_opener_policy(value: &str) -> Result<(), String> {
    one_of(value, &["noopener-allow-popups", "same-origin", "same-origin-allow-popups", "unsafe-none"])
}

/// [Cross-Origin-Resource-Policy](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header).
pub(crate) fn cross_origin_resource_policy(value: &str) -> Result<(), String> {
    one_of(value, &["cross-origin", "same-origin", "same-site"])
}

fn one_of(value: &str, known: &[&str]) -> Result<(), String> {
    if known.contains(&value) {
        return Ok(());
    }
    let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
    Err(format!("browsers do not know `{value}`; write one of {}", known.join(", ")))
}

/// [Permissions Policy](https://www.w3.org/TR/permissions-policy/): features with their allowlists, divided by commas. A browser that
/// finds one mistake ignores the whole header.
pub(crate) fn permissions_policy(value: &str) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for member in value.split(',').map(str::trim) {
        let wrong = || format!("`{member}` is no feature with its allowlist; write it like `camera=()` or `fullscreen=(self)`");
        let (feature, allowlist) = member.split_once('=').ok_or_else(wrong)?;
        if !is_feature(feature) || !is_allowlist(allowlist) {
            return Err(wrong());
        }
        if seen.contains(&feature) {
            return Err(format!("`{feature}` stands there twice"));
        }
        seen.push(feature);
    }
    Ok(())
}

fn is_feature(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_allowlist(written: &str) -> bool {
    if matches!(written, "*" | "self") {
        return true;
    }
    let Some(inner) = written.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return false };
    inner
        .split(' ')
        .filter(|entry| !entry.is_empty())
        .all(|entry| matches!(entry, "*" | "self" | "src") || is_quoted_origin(entry))
}

fn is_quoted_origin(entry: &str) -> bool {
    let quoted = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let host = quoted.and_then(|origin| origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:*[]".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transport_security_is_checked_as_browsers_read_it() {
        for good in [
            "max-age=0",
            "max-age=31536000",
            "Max-Age=31536000; includeSubDomains",
            "max-age=63072000;includesubdomains ; preload;",
            "max-age=99999999999999999999999",
        ] {
            assert_eq!(strict_transport_security(good), Ok(()), "{good}");
        }
        for (bad, part) in [
            ("includeSubDomains", "`max-age` is missing"),
            ("max-age", "means nothing"),
            ("max-age=", "means nothing"),
            ("max-age=1y", "means nothing"),
            ("max-age=-1", "means nothing"),
            ("max-age=1; max-age=2", "twice"),
            ("max-age=1, includeSubDomains", "means nothing"),
            ("max-age=31536000; preload", "needs `includeSubDomains`"),
            ("max-age=31535999; includeSubDomains; preload", "of 31536000 at least"),
        ] {
            let problem = strict_transport_security(bad).unwrap_err();
            assert!(problem.contains(part), "{bad}: {problem}");
        }
    }

    #[test]
    fn referrer_policies_may_be_a_list() {
        for good in ["no-referrer", "no-referrer, strict-origin-when-cross-origin"] {
            assert_eq!(referrer_policy(good), Ok(()), "{good}");
        }
        for bad in ["none", "no-referrer,", "no-referrer origin", "No-Referrer"] {
            assert!(referrer_policy(bad).unwrap_err().contains("`same-origin`"), "{bad}");
        }
    }

    #[test]
    fn permissions_are_checked_as_structured_fields() {
        for good in [
            "camera=()",
            "camera=(), microphone=(self)",
            "fullscreen=*",
            "fullscreen=self",
            "geolocation=(self \"https://maps.example\" \"https://*.example.org:8443\")",
        ] {
            assert_eq!(permissions_policy(good), Ok(()), "{good}");
        }
        for bad in [
            "camera",
            "camera 'none'",
            "camera=none",
            "camera=(none)",
            "camera=(self",
            "Camera=()",
            "camera=(),",
            "camera=(https://a.example)",
            "camera=(\"ftp://a.example\")",
            "camera=(\"https://a.example/path\")",
            "=()",
        ] {
            assert!(permissions_policy(bad).unwrap_err().contains("write it like"), "{bad}");
        }
        assert!(permissions_policy("camera=(), camera=*").unwrap_err().contains("twice"));
    }

    #[test]
    fn one_word_is_one_of_the_known() {
        assert_eq!(cross_origin_opener_policy("same-origin-allow-popups"), Ok(()));
        assert_eq!(cross_origin_resource_policy("same-site"), Ok(()));
        assert!(cross_origin_opener_policy("same-site").is_err() && cross_origin_resource_policy("unsafe-none").is_err());
    }
}
