//! What a piece of code is, and the class that themes know it by.

use std::ops::Range;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Attribute,
    Comment,
    Deleted,
    Function,
    Heading,
    Inserted,
    Key,
    Keyword,
    Number,
    Prompt,
    String,
    Tag,
    Type,
}

impl Class {
    /// The name in `class="…"`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Attribute => "hl-attribute",
            Self::Comment => "hl-comment",
            Self::Deleted => "hl-deleted",
            Self::Function => "hl-function",
            Self::Heading => "hl-heading",
            Self::Inserted => "hl-inserted",
            Self::Key => "hl-key",
            Self::Keyword => "hl-keyword",
            Self::Number => "hl-number",
            Self::Prompt => "hl-prompt",
            Self::String => "hl-string",
            Self::Tag => "hl-tag",
            Self::Type => "hl-type",
        }
    }
}

/// A piece of code with a class: byte positions, in order and without overlap. What lies between is plain.
pub(crate) type Span = (Range<usize>, Class);
