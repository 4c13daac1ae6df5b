//! What the gate found.

use super::{Difference, PackageDifference};
use crate::parse::printable;
use crate::record::Record;

/// What the gate found out about a library. `Display` gives the whole text of a refusal, or what is to be told of a library that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub(super) package: String,
    pub(super) version: String,
    pub(super) differences: Vec<Difference>,
    pub(super) packages: Vec<PackageDifference>,
    unknown: Vec<String>,
    undescribed: Vec<String>,
    notes: Vec<String>,
}

impl Verdict {
    pub(super) fn new(plugin: &Record) -> Self {
        Self {
            package: plugin.package().package.chars().take(80).map(printable).collect(),
            version: plugin.package().version.clone(),
            differences: Vec::new(),
            packages: Vec::new(),
            unknown: Vec::new(),
            undescribed: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Whether the library fits: whether nothing differs that would harm.
    #[must_use]
    pub const fn fits(&self) -> bool {
        self.differences.is_empty()
    }

    /// Everything that keeps the library out.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// What could not be compared, one phrase each. It never keeps a library out.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Those of [`unknown`](Self::unknown) that are unknown because an SDK does not say what it depends on. Each plugin of that SDK has the
    /// same.
    #[must_use]
    pub fn undescribed(&self) -> &[String] {
        &self.undescribed
    }

    /// What differs and does no harm, one phrase each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The packages that program and library were built from in different versions: the likely cause of differing layouts.
    #[must_use]
    pub fn packages(&self) -> &[PackageDifference] {
        &self.packages
    }

    /// Adds a difference, or its places to the same one found before. Answers its position.
    pub(super) fn push(&mut self, difference: Difference) -> usize {
        let same = |known: &Difference| (known.kind, &known.message) == (difference.kind, &difference.message);
        if let Some(position) = self.differences.iter().position(same) {
            for place in &difference.places {
                self.place(position, place);
            }
            return position;
        }
        self.differences.push(difference);
        self.differences.len() - 1
    }

    /// Says where else a difference was met.
    pub(super) fn place(&mut self, position: usize, place: &str) {
        let places = &mut self.differences[position].places;
        if !places.iter().any(|known| known == place) {
            places.push(place.to_owned());
        }
    }

    pub(super) fn unknown_is(&mut self, text: String) {
        if !self.unknown.contains(&text) {
            self.unknown.push(text);
        }
    }

    /// Says of an SDK that one side does not know what it depends on.
    pub(super) fn is_undescribed(&mut self, text: String) {
        if !self.undescribed.contains(&text) {
            self.undescribed.push(text.clone());
        }
        self.unknown_is(text);
    }

    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Sorts what was found by kind.
    pub(super) fn finish(mut self, packages: Vec<PackageDifference>) -> Self {
        for difference in &mut self.differences {
            difference.without_same_rows();
        }
        self.differences.sort_by_key(|difference| difference.kind);
        self.packages = packages;
        self
    }

    /// The command that builds the plugin as a library, with a toolchain or a further flag if they are not empty.
    pub(super) fn command(&self, toolchain: &str, flag: &str) -> String {
        let package = if self.package.is_empty() { "PLUGIN" } else { &self.package };
        format!("`cargo {toolchain}rustc --release {flag}-p {package} --lib --crate-type cdylib -- --cfg keyway_native`")
    }
}
