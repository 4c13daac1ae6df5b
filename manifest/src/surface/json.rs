//! Writes JSON inside rustc, in few steps.

use crate::Version;

/// Takes the bytes of a text, or only counts them.
pub(super) struct Json<'b> {
    bytes: Option<&'b mut [u8]>,
    length: usize,
}

/// From here on one call that copies costs rustc less than a loop.
const LONG: usize = 48;

impl<'b> Json<'b> {
    pub(super) const fn counting() -> Self {
        Self { bytes: None, length: 0 }
    }

    pub(super) const fn into(bytes: &'b mut [u8]) -> Self {
        Self { bytes: Some(bytes), length: 0 }
    }

    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Writes text as it is: JSON, or what needs no escape.
    pub(super) const fn raw(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(super) const fn bytes(&mut self, written: &[u8]) -> &mut Self {
        if let Some(bytes) = &mut self.bytes {
            let mut place = self.length;
            if written.len() >= LONG {
                bytes.split_at_mut(place).1.split_at_mut(written.len()).0.copy_from_slice(written);
            } else {
                let mut rest = written;
                while let [a, b, c, d, others @ ..] = rest {
                    bytes[place] = *a;
                    bytes[place + 1] = *b;
                    bytes[place + 2] = *c;
                    bytes[place + 3] = *d;
                    place += 4;
                    rest = others;
                }
                while let [first, others @ ..] = rest {
                    bytes[place] = *first;
                    place += 1;
                    rest = others;
                }
            }
        }
        self.length += written.len();
        self
    }

    /// Writes a string of letters that need no escape: ids, words, versions.
    pub(super) const fn word(&mut self, word: &str) -> &mut Self {
        self.raw("\"").raw(word).raw("\"")
    }

    /// Writes any string.
    pub(super) const fn string(&mut self, text: &str) -> &mut Self {
        self.raw("\"");
        let mut rest = text.as_bytes();
        loop {
            let plain = plain_length(rest);
            if plain == rest.len() {
                return self.bytes(rest).raw("\"");
            }
            let (before, after) = rest.split_at(plain);
            self.bytes(before);
            if let [first, others @ ..] = after {
                self.escaped(*first);
                rest = others;
            }
        }
    }

    const fn escaped(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        match byte {
            b'"' => self.raw("\\\""),
            b'\\' => self.raw("\\\\"),
            b'\n' => self.raw("\\n"),
            b'\t' => self.raw("\\t"),
            _ => self.raw("\\u00").bytes(&[DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]),
        };
    }

    pub(super) const fn number(&mut self, number: u64) -> &mut Self {
        if number < 10 {
            return self.bytes(&[b'0' + number as u8]);
        }
        self.number(number / 10).bytes(&[b'0' + (number % 10) as u8])
    }

    pub(super) const fn truth(&mut self, truth: bool) -> &mut Self {
        self.raw(if truth { "true" } else { "false" })
    }

    pub(super) const fn version(&mut self, version: &Version) -> &mut Self {
        let Version { major, minor, patch, pre, build } = *version;
        self.raw("\"").number(major).raw(".").number(minor).raw(".").number(patch);
        if !pre.is_empty() {
            self.raw("-").raw(pre);
        }
        if !build.is_empty() {
            self.raw("+").raw(build);
        }
        self.raw("\"")
    }
}

/// A byte that needs no escape, as a pattern.
macro_rules! plain {
    () => {
        0x20..=0x21 | 0x23..=0x5b | 0x5d..=0xff
    };
}

/// How many bytes at the beginning need no escape.
const fn plain_length(text: &[u8]) -> usize {
    let (mut length, mut rest) = (0, text);
    while let [plain!(), plain!(), plain!(), plain!(), plain!(), plain!(), plain!(), plain!(), others @ ..] = rest {
        length += 8;
        rest = others;
    }
    while let [plain!(), others @ ..] = rest {
        length += 1;
        rest = others;
    }
    length
}
