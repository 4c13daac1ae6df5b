//! A text buffer that can be filled inside rustc, so that a compile error can say everything at once.

use crate::Version;

/// How many bytes a [`Message`] holds.
pub const MESSAGE_BYTES: usize = 32 * 1024;

/// A text made by a `const fn`, for `panic!("{}", MESSAGE.as_str())`.
#[derive(Clone, Copy)]
pub struct Message {
    bytes: [u8; MESSAGE_BYTES],
    length: usize,
}

impl Message {
    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => panic!("a message consists of whole strings"),
        }
    }

    /// Makes a message from the first bytes of a buffer, which must be the whole strings that a [`Text`] wrote.
    pub(crate) const fn from_text(bytes: [u8; MESSAGE_BYTES], length: usize) -> Self {
        Self { bytes, length }
    }
}

impl core::fmt::Display for Message {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::fmt::Debug for Message {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// Writes strings into lent memory. A string that does not fit is left out whole, and so is all that follows.
pub(crate) struct Text<'b> {
    bytes: &'b mut [u8],
    length: usize,
    is_full: bool,
}

impl<'b> Text<'b> {
    pub(crate) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, length: 0, is_full: false }
    }

    /// How many bytes are written.
    pub(crate) const fn length(&self) -> usize {
        self.length
    }

    /// Whether something was left out.
    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Forgets what was written after `length`, which must come from [`Text::length`].
    pub(crate) const fn cut_back(&mut self, length: usize) {
        self.length = length;
        self.is_full = false;
    }

    /// How many bytes can still be written.
    pub(crate) const fn room(&self) -> usize {
        self.bytes.len() - self.length
    }

    pub(crate) const fn push(&mut self, text: &str) -> &mut Self {
        let bytes = text.as_bytes();
        if self.is_full || bytes.len() > self.room() {
            self.is_full = true;
            return self;
        }
        self.bytes.split_at_mut(self.length).1.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
        self.length += bytes.len();
        self
    }

    pub(crate) const fn push_number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        match core::str::from_utf8(digits.split_at(start).1) {
            Ok(text) => self.push(text),
            Err(_) => panic!("digits are ASCII"),
        }
    }

    /// Writes a version as in a manifest.
    pub(crate) const fn push_version(&mut self, version: &Version) -> &mut Self {
        let Version { major, minor, patch, pre, build } = *version;
        self.push_number(major).push(".").push_number(minor).push(".").push_number(patch);
        if !pre.is_empty() {
            self.push("-").push(pre);
        }
        if !build.is_empty() {
            self.push("+").push(build);
        }
        self
    }

    /// Writes a text several times.
    pub(crate) const fn push_times(&mut self, text: &str, times: u32) -> &mut Self {
        let mut index = 0;
        while index < times {
            self.push(text);
            index += 1;
        }
        self
    }
}
