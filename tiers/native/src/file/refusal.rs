//! Why a file, a signature or a version is refused: a code, what was found, and what to do about it.

use std::fmt;

/// The kinds of [`Refusal`], one for each code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// KW0720: a file or folder is not there, or cannot be read.
    Unreadable,
    /// KW0721: a link stands where a file or folder is expected.
    Link,
    /// KW0722: it is a folder, a pipe, a socket or a device.
    NotAFile,
    /// KW0723: it is larger than the limit.
    TooLarge,
    /// KW0724: other users may write to it.
    Writable,
    /// KW0725: it belongs to another user.
    ForeignOwner,
    /// KW0726: the file has further names. Only ever a note, never a refusal.
    FurtherNames,
    /// KW0727: no sealed copy could be made, or the file changed meanwhile.
    NotSealed,
    /// KW0728: the content is not what its digest says.
    DigestDiffers,
    /// KW0729: the file of checksums cannot be understood.
    ChecksumsUnreadable,
    /// KW0730: no digest is known for the file, and one is expected.
    DigestMissing,
    /// KW0731: a signature is expected, and there is none.
    SignatureMissing,
    /// KW0732: a signature or a key cannot be understood.
    KeyUnreadable,
    /// KW0733: the key of a signature is not one that may sign this plugin.
    KeyNotTrusted,
    /// KW0734: a signature does not fit the file.
    SignatureWrong,
    /// KW0735: a signature says something else than what the plugin says of itself.
    StatementDiffers,
    /// KW0736: the key of a signature was revoked.
    KeyRevoked,
    /// KW0737: a key under which anybody could sign.
    KeyWeak,
    /// KW0738: an older version than one that was accepted before.
    Rollback,
    /// KW0739: the versions seen so far cannot be read or kept.
    VersionsUnreadable,
}

impl Reason {
    /// Its code, for example `KW0724`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "KW0720",
            Self::Link => "KW0721",
            Self::NotAFile => "KW0722",
            Self::TooLarge => "KW0723",
            Self::Writable => "KW0724",
            Self::ForeignOwner => "KW0725",
            Self::FurtherNames => "KW0726",
            Self::NotSealed => "KW0727",
            Self::DigestDiffers => "KW0728",
            Self::ChecksumsUnreadable => "KW0729",
            Self::DigestMissing => "KW0730",
            Self::SignatureMissing => "KW0731",
            Self::KeyUnreadable => "KW0732",
            Self::KeyNotTrusted => "KW0733",
            Self::SignatureWrong => "KW0734",
            Self::StatementDiffers => "KW0735",
            Self::KeyRevoked => "KW0736",
            Self::KeyWeak => "KW0737",
            Self::Rollback => "KW0738",
            Self::VersionsUnreadable => "KW0739",
        }
    }
}

/// One reason not to use a file, or a note about one that is used. Its `Display` form is `KW0724 what was found`, and the help on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    reason: Reason,
    message: String,
    help: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason, message: message.into(), help: help.into() }
    }

    /// The same, of something that is named first.
    pub(crate) fn of(self, subject: &str) -> Self {
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    pub(crate) fn with_help(self, help: String) -> Self {
        Self { help, ..self }
    }

    /// What kind of refusal it is.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Its code, for example `KW0724`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What was found.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}\n  help: {}", self.code(), self.message, self.help)
    }
}

impl std::error::Error for Refusal {}

/// All reasons at once why something is refused: one at least. Its `Display` form has each on its own lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// The value, unless something is wrong with it.
    pub(crate) fn unless_any<T>(found: Vec<Refusal>, value: T) -> Result<T, Self> {
        if found.is_empty() { Ok(value) } else { Err(Self(found)) }
    }

    /// Whether one of them is of this kind.
    #[must_use]
    pub fn has(&self, reason: Reason) -> bool {
        self.0.iter().any(|refusal| refusal.reason == reason)
    }

    /// Each of them, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Refusal> {
        self.0.iter()
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}

impl IntoIterator for Refusals {
    type Item = Refusal;
    type IntoIter = std::vec::IntoIter<Refusal>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Refusals {
    type Item = &'a Refusal;
    type IntoIter = std::slice::Iter<'a, Refusal>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            refusal.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}
