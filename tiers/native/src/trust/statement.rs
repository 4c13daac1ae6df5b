//! What a publisher says by signing a plugin: which plugin, in which version, for which target, with which content.

use std::fmt;

use keyway_manifest::shown_text;

use crate::file::{Digest, Reason, Refusal};

/// What a publisher says by signing a library: the trusted comment of the signature. A signature says nothing about a file under another name, so
/// what counts is in here:
///
/// ```text
/// keyway id=site.sitemap version=1.2.0 target=x86_64-unknown-linux-gnu sha256=<64 digits>
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    id: String,
    version: String,
    target: String,
    digest: Digest,
}

/// The first word, so that a signature for something else is never taken for one of a plugin.
const WORD: &str = "keyway";

impl Statement {
    /// Says that the library with this digest is this plugin.
    #[must_use]
    pub fn new(id: &str, version: &str, target: &str, digest: Digest) -> Self {
        Self { id: id.to_owned(), version: version.to_owned(), target: target.to_owned(), digest }
    }

    /// Reads a trusted comment: the word `keyway`, then each of the four fields once, in any order, with one space between.
    ///
    /// # Errors
    /// KW0735, which says what is wrong with it.
    pub fn parse(comment: &str) -> Result<Self, Refusal> {
        let malformed = |what: &str| {
            let message = format!("the trusted comment `{}` {what}", shown_text(comment));
            Refusal::new(Reason::StatementDiffers, message, HELP)
        };
        let mut words = comment.split(' ');
        if words.next() != Some(WORD) {
            return Err(malformed("does not begin with `keyway`"));
        }
        let mut values: [Option<&str>; 4] = [None; 4];
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| malformed("has a word that is no `name=value`"))?;
            let place = FIELDS.iter().position(|field| *field == name).ok_or_else(|| malformed("has an unknown field"))?;
            if value.is_empty() || values[place].replace(value).is_some() {
                return Err(malformed("has a field twice, or an empty one"));
            }
        }
        let [Some(id), Some(version), Some(target), Some(digest)] = values else {
            return Err(malformed("does not have all of `id`, `version`, `target` and `sha256`"));
        };
        let digest =
            Digest::from_hex(digest).ok_or_else(|| malformed("has a `sha256` other than 64 lowercase hexadecimal digits"))?;
        Ok(Self::new(id, version, target, digest))
    }

    /// The command that signs a library with this statement; `None` when a part of it comes from the library and could mean something to a shell.
    pub(super) fn command(&self, library: &str) -> Option<String> {
        let is_plain = |text: &str| {
            !text.is_empty() && text.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-' | '+'))
        };
        let parts = [library, &self.id, &self.version, &self.target];
        (parts.into_iter().all(is_plain) && !library.starts_with('-'))
            .then(|| format!("`minisign -S -m {library} -t \"{self}\"`"))
    }

    /// What it says differently from what the plugin says of itself: a line for each field.
    pub(super) fn differences(&self, plugin: &Self) -> Vec<Refusal> {
        let (digest, other) = (self.digest.hex(), plugin.digest.hex());
        let pairs = [
            ("id", &self.id, &plugin.id),
            ("version", &self.version, &plugin.version),
            ("target", &self.target, &plugin.target),
            ("sha256", &digest, &other),
        ];
        pairs
            .into_iter()
            .filter(|(_, signed, present)| signed != present)
            .map(|(field, signed, present)| {
                let message = format!(
                    "the signature is for `{field}={}`, and the library has `{}`",
                    shown_text(signed),
                    shown_text(present)
                );
                Refusal::new(Reason::StatementDiffers, message, HELP)
            })
            .collect()
    }
}

const FIELDS: [&str; 4] = ["id", "version", "target", "sha256"];
const HELP: &str = "put the signature that was made for this very library beside it";

impl fmt::Display for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, version, target, digest } = self;
        write!(formatter, "{WORD} id={id} version={version} target={target} sha256={}", digest.hex())
    }
}
