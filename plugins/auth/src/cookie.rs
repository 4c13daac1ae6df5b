//! The cookies: how they are called, written and read.

use keyway_cms_sdk::{HeaderMap, HeaderValue, header};

/// What the cookies are called, which says how safe the connection is.
///
/// A browser takes a cookie that begins with `__Host-` only from the site itself and only over HTTPS, so no other site below the same
/// domain can put one in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cookies {
    is_https: bool,
}

impl Cookies {
    pub(crate) const fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    /// The cookie of a session.
    pub(crate) const fn session(self) -> &'static str {
        if self.is_https { "__Host-session" } else { "session" }
    }

    /// The cookie that ties the form for signing in to its browser.
    pub(crate) const fn form(self) -> &'static str {
        if self.is_https { "__Host-login" } else { "login" }
    }

    /// Sets a cookie for so many seconds; without a number, until the browser is closed.
    pub(crate) fn set(self, name: &str, value: &str, seconds: Option<u64>) -> Option<HeaderValue> {
        let secure = if self.is_https { "; Secure" } else { "" };
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")).ok()
    }

    /// Takes a cookie away.
    pub(crate) fn remove(self, name: &str) -> Option<HeaderValue> {
        self.set(name, "", Some(0))
    }
}

/// The value of a cookie. Two of one name are none: one of them came from somebody else, and nothing tells which.
pub(crate) fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{HeaderMap, header};

    use super::{Cookies, read};

    #[test]
    fn one_cookie_is_read_and_two_are_none() {
        let headers = |lines: &[&str]| -> HeaderMap {
            lines.iter().map(|line| (header::COOKIE, line.parse().expect("a header"))).collect()
        };
        assert_eq!(read(&headers(&["a=1; session=x=y; b=2"]), "session"), Some("x=y"));
        assert_eq!(read(&headers(&["a=1", "session=x"]), "session"), Some("x"));
        assert_eq!(read(&headers(&["session=x; session=y"]), "session"), None);
        assert_eq!(read(&headers(&["session=x", "session=y"]), "session"), None);
        assert_eq!(read(&headers(&["Session=x; xsession=y; session"]), "session"), None);
    }

    #[test]
    fn over_https_cookies_are_the_sites_own() {
        let text = |cookies: Cookies| cookies.set(cookies.session(), "x", Some(60)).expect("a header");
        assert_eq!(text(Cookies::new(true)), "__Host-session=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
        assert_eq!(text(Cookies::new(false)), "session=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
    }
}
