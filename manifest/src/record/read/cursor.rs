//! Reads numbers and texts from bytes that may be anything.

use super::RecordError;
use crate::record::format::NO_OFFSET;

/// Bytes that are read from the front. Nothing is taken that is not there.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    /// What the bytes are about, for errors.
    of: &'static str,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8], of: &'static str) -> Self {
        Self { rest: bytes, of }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn damaged(&self, problem: &str) -> RecordError {
        RecordError::damaged(format!("{} {problem}", self.of))
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], RecordError> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else { return Err(self.damaged("is cut off")) };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, RecordError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, RecordError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, RecordError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, RecordError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn count(&mut self) -> Result<usize, RecordError> {
        let count = self.u32()?;
        usize::try_from(count).map_err(|_| self.damaged("has a number that is too large"))
    }

    pub(super) fn flag(&mut self) -> Result<bool, RecordError> {
        self.choice(&[false, true])
    }

    /// A number that stands for one of several things.
    pub(super) fn choice<T: Copy>(&mut self, choices: &[T]) -> Result<T, RecordError> {
        let number = usize::from(self.u8()?);
        choices.get(number).copied().ok_or_else(|| self.damaged("has a number that stands for nothing"))
    }

    pub(super) fn text(&mut self) -> Result<String, RecordError> {
        let length = self.count()?;
        let bytes = self.take(length)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.damaged("has a text that is not UTF-8")),
        }
    }

    /// As many things as a number in front says. Each takes a byte at least, so that a huge number ends with the bytes.
    pub(super) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, RecordError>) -> Result<Vec<T>, RecordError> {
        let count = self.count()?;
        if count > self.rest.len() {
            return Err(self.damaged("is cut off"));
        }
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(one(self)?);
        }
        Ok(list)
    }

    /// The position of something of which `known` were read before.
    pub(super) fn position(&mut self, known: usize) -> Result<usize, RecordError> {
        let position = self.count()?;
        if position < known { Ok(position) } else { Err(self.damaged("refers to something that does not stand before it")) }
    }

    pub(super) fn offset(&mut self) -> Result<Option<u64>, RecordError> {
        let offset = self.u64()?;
        Ok((offset != NO_OFFSET).then_some(offset))
    }

    pub(super) fn version(&mut self) -> Result<semver::Version, RecordError> {
        let (major, minor, patch) = (self.u64()?, self.u64()?, self.u64()?);
        let (pre, build) = (self.text()?, self.text()?);
        let (Ok(pre), Ok(build)) = (semver::Prerelease::new(&pre), semver::BuildMetadata::new(&build)) else {
            return Err(self.damaged("has a version that is none"));
        };
        Ok(semver::Version { major, minor, patch, pre, build })
    }
}
