//! Publishers: whose signatures count, and for which plugins.

use std::collections::BTreeSet;

use keyway_manifest::shown_text;

use super::minisign::{KeyId, PublicKey};
use crate::file::{Reason, Refusal};

/// Somebody whose signatures are believed for some plugins.
#[derive(Debug, Clone)]
pub struct Publisher {
    name: String,
    keys: Vec<PublicKey>,
    ids: Vec<String>,
}

impl Publisher {
    /// A publisher with the keys that may sign (one is enough for a signature; several are for changing keys), and the plugins they may
    /// sign: `site.sitemap` is that one, `site.*` is all whose ids begin with `site.`, `*` is all.
    ///
    /// # Errors
    /// KW0732 for a pattern of another form, and for a publisher without a key or a pattern.
    pub fn new<'a>(
        name: &str,
        keys: impl IntoIterator<Item = PublicKey>,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Refusal> {
        let publisher =
            Self { name: name.to_owned(), keys: keys.into_iter().collect(), ids: ids.into_iter().map(str::to_owned).collect() };
        let refuse = |what: String, help: &str| {
            Err(Refusal::new(Reason::KeyUnreadable, format!("publisher `{}` {what}", shown_text(name)), help))
        };
        if publisher.keys.is_empty() {
            return refuse("has no key".to_owned(), "name a public key of the publisher");
        }
        if publisher.ids.is_empty() {
            return refuse("may sign no plugin".to_owned(), "name ids, such as `site.sitemap` or `site.*`");
        }
        match publisher.ids.iter().find(|pattern| !is_pattern(pattern)) {
            Some(pattern) => {
                let what = format!("has the pattern `{}`, which no id can match", shown_text(pattern));
                refuse(what, "write an id, the beginning of ids with `.*` behind it, or `*`")
            }
            None => Ok(publisher),
        }
    }

    /// The name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the publisher may sign the plugin with this id.
    #[must_use]
    pub fn may_sign(&self, id: &str) -> bool {
        self.ids.iter().any(|pattern| matches(pattern, id))
    }
}

/// A star stands alone or for what follows a dot, so that `site.a*` does not also cover the `site.auth` of somebody else.
fn is_pattern(pattern: &str) -> bool {
    let fixed = pattern.strip_suffix(".*").unwrap_or(pattern);
    pattern == "*"
        || (!fixed.is_empty()
            && fixed.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte)))
}

fn matches(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => id.len() > beginning.len() && id.starts_with(beginning),
        None => pattern == id,
    }
}

/// The publishers a host trusts, and the keys that no longer count.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    publishers: Vec<Publisher>,
    revoked: BTreeSet<KeyId>,
    revoked_keys: Vec<PublicKey>,
}

/// What a keyring says of a signature's key.
pub(super) enum Standing<'a> {
    /// These may have made it: numbers of keys are not unique, so there can be several.
    Trusted(Vec<(&'a Publisher, &'a PublicKey)>),
    /// The key was revoked.
    Revoked,
    /// The key is that of these publishers, who may not sign this plugin.
    ForOthers(Vec<&'a Publisher>),
    /// Nobody's.
    Unknown,
}

impl Keyring {
    /// Trusts these publishers.
    #[must_use]
    pub fn new(publishers: impl IntoIterator<Item = Publisher>) -> Self {
        Self { publishers: publishers.into_iter().collect(), ..Self::default() }
    }

    /// Believes no signature of a key any more, whosever it is; nor of the same key under another number.
    #[must_use]
    pub fn revoke(mut self, key: KeyId) -> Self {
        self.revoked.insert(key);
        self
    }

    /// Believes no signature of a key any more, also when no publisher has it.
    #[must_use]
    pub fn revoke_key(mut self, key: PublicKey) -> Self {
        self.revoked.insert(key.id());
        self.revoked_keys.push(key);
        self
    }

    /// The publishers who may sign a plugin. If there is one, a plugin with that id is only taken when it is signed.
    pub fn publishers_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Publisher> {
        self.publishers.iter().filter(move |publisher| publisher.may_sign(id))
    }

    pub(super) fn standing(&self, signed_with: KeyId, id: &str) -> Standing<'_> {
        if self.revoked.contains(&signed_with) {
            return Standing::Revoked;
        }
        let keys = || self.publishers.iter().flat_map(|publisher| publisher.keys.iter().map(move |key| (publisher, key)));
        let named = keys().filter(|(_, key)| key.id() == signed_with);
        let (revoked, valid): (Vec<_>, Vec<_>) = named.partition(|(_, key)| {
            let same_and_revoked = keys().map(|(_, other)| other).filter(|other| self.revoked.contains(&other.id()));
            same_and_revoked.chain(&self.revoked_keys).any(|other| other.is_same_key(key))
        });
        let (own, others): (Vec<_>, Vec<_>) = valid.into_iter().partition(|(publisher, _)| publisher.may_sign(id));
        if !own.is_empty() {
            Standing::Trusted(own)
        } else if !revoked.is_empty() {
            Standing::Revoked
        } else if !others.is_empty() {
            Standing::ForOthers(others.into_iter().map(|(publisher, _)| publisher).collect())
        } else {
            Standing::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_pattern, matches};

    #[test]
    fn patterns_cover_whole_segments() {
        for (pattern, id, expected) in [
            ("site.sitemap", "site.sitemap", true),
            ("site.sitemap", "site.sitemaps", false),
            ("site.*", "site.sitemap", true),
            ("site.*", "site.a.b", true),
            ("site.*", "site.", false),
            ("site.*", "site", false),
            ("site.*", "sitemap.a", false),
            ("*", "anything.at-all", true),
            ("*", "", false),
        ] {
            assert_eq!(matches(pattern, id), expected, "{pattern} {id}");
        }
        for pattern in ["", ".*", "site.a*", "*.a", "site.*.*", "Site.*", "site *", "**"] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
        for pattern in ["*", "site.*", "site.sitemap", "a-1.b"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
    }
}
