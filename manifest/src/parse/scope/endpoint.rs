//! Scopes that name an end of a connection: origins and addresses to listen on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
        check_port(port)?;
    } else if !matches!(scheme, "http" | "https" | "ws" | "wss") {
        return Err(malformed(format!("has no port, and `{scheme}` has no default that Keyway knows")));
    }
    host_pattern(host, scope)
}

/// Splits `host:port` at the last colon outside brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn check_port(port: &str) -> Result<(), ScopeProblem> {
    if port == "*" {
        return Ok(());
    }
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    if digits && port.parse::<u16>().is_ok() {
        return Ok(());
    }
    Err(malformed(format!("has port `{port}`, and ports are 1 to 65535, or `*` for any")))
}

fn host_pattern(host: &str, scope: &str) -> Result<(), ScopeProblem> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let Ok(known) = address.parse::<Ipv6Addr>() else { return Err(malformed("has a malformed IPv6 address")) };
        return shortest(known, address, scope);
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
    // Whoever connects reads such a host as an IPv4 address, and `127.1` or `2130706433` as another spelling of `127.0.0.1`.
    let last = labels.rsplit('.').next().unwrap_or_default();
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_number && host.parse::<Ipv4Addr>().is_err() {
        return Err(malformed("has a host that ends in a number and is no IPv4 address of four plain numbers"));
    }
    if labels.split('.').all(label) {
        return Ok(());
    }
    Err(malformed("has a malformed host (lowercase letters, digits, `-` and dots; other scripts as punycode)"))
}

/// One address has one spelling, so that a rule about it cannot be avoided by another.
fn shortest(address: Ipv6Addr, written: &str, scope: &str) -> Result<(), ScopeProblem> {
    let short = address.to_string();
    if short == written {
        return Ok(());
    }
    Err(malformed("has an IPv6 address that is not in its shortest form").suggest(scope.replacen(written, &short, 1)))
}

pub(super) fn address(scope: &str) -> Result<(), ScopeProblem> {
    let (host, port) = split_port(scope);
    if host == "localhost" {
        let numeric = format!("127.0.0.1:{}", port.unwrap_or("*"));
        return Err(malformed("holds a name; a socket listens on a numeric address").suggest(numeric));
    }
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let known = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().map(IpAddr::V4),
    };
    if let (Ok(IpAddr::V6(known)), Some(address)) = (known.as_ref(), bracketed) {
        shortest(*known, address, scope)?;
    }
    let known = known.is_ok();
    match port {
        Some(port) if known => check_port(port),
        None if known => Err(malformed("has no port").suggest(format!("{scope}:*"))),
        _ if scope.parse::<Ipv6Addr>().is_ok() => {
            Err(malformed("is an IPv6 address without brackets").suggest(format!("[{scope}]:*")))
        }
        _ => Err(malformed("is not a numeric address and port")),
    }
}
