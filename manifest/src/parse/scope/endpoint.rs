//! Scopes that name an end of a connection: origins and addresses to listen on.

use super::{ScopeProblem, malformed};

pub(super) fn origin(scope: &str) -> Result<(), ScopeProblem> {
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

pub(super) fn address(scope: &str) -> Result<(), ScopeProblem> {
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
