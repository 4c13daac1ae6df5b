//! Reads a plugin's manifest in full, as the plugin's own derive does.

use std::path::Path;

use keyway_manifest::host::{PackageFacts, parse_descriptor, parse_descriptor_declaring};
use keyway_manifest::parse::{Diagnostic, Parsed, Report, read_file};
use keyway_manifest::{Descriptor, PermissionSpec};

/// A manifest in which nothing is wrong.
#[derive(Debug)]
pub struct ReadManifest {
    /// What it says; what only code tells (extensions, hooks, events) is empty. It lives as long as the process.
    pub descriptor: &'static Descriptor,
    /// Its text.
    pub text: String,
    /// What is odd about it.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the file of a manifest; `shown_as` names it in messages.
///
/// # Errors
/// The file cannot be read, or everything that is wrong with it.
pub fn read_manifest(manifest: &Path, shown_as: &str, facts: &PackageFacts) -> Result<ReadManifest, Report> {
    let text = read_file(manifest, shown_as)?;
    parse_manifest(text, shown_as, facts)
}

/// Reads the file of a manifest where it is known which permissions of an SDK the plugin's code declares: others are mistakes.
///
/// # Errors
/// The file cannot be read, or everything that is wrong with it.
pub fn read_manifest_declaring(
    manifest: &Path,
    shown_as: &str,
    facts: &PackageFacts,
    permissions: &[String],
) -> Result<ReadManifest, Report> {
    let text = read_file(manifest, shown_as)?;
    parse_manifest_declaring(text, shown_as, facts, permissions)
}

/// Understands the text of a manifest; `shown_as` names it in messages.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_manifest(text: String, shown_as: &str, facts: &PackageFacts) -> Result<ReadManifest, Report> {
    parse_descriptor(&text, shown_as, facts).map(|parsed| ReadManifest::new(parsed, text))
}

/// Understands the text of a manifest where it is known which permissions of an SDK the plugin's code declares: others are mistakes.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_manifest_declaring(
    text: String,
    shown_as: &str,
    facts: &PackageFacts,
    permissions: &[String],
) -> Result<ReadManifest, Report> {
    parse_descriptor_declaring(&text, shown_as, facts, permissions).map(|parsed| ReadManifest::new(parsed, text))
}

impl ReadManifest {
    fn new(parsed: Parsed, text: String) -> Self {
        Self { descriptor: Box::leak(Box::new(parsed.descriptor())), warnings: parsed.warnings, text }
    }

    /// Whether it asks for permissions that Keyway does not know. They are an SDK's, or misspelt: the plugin's code says which.
    #[must_use]
    pub fn asks_for_more(&self) -> bool {
        self.descriptor.permissions.iter().any(|request| PermissionSpec::find(request.name).is_none())
    }

    /// Reads it again, knowing which permissions of an SDK the plugin's code declares.
    ///
    /// # Errors
    /// It asks for others.
    pub fn declaring(&self, permissions: &[String], facts: &PackageFacts) -> Result<Self, Report> {
        parse_manifest_declaring(self.text.clone(), self.descriptor.location.file, facts, permissions)
    }
}

/// A file in a registry by its package.
pub(crate) fn shown_by_package(manifest: &Path, facts: &PackageFacts) -> String {
    let file = manifest.file_name().unwrap_or_default().to_string_lossy();
    format!("{}-{}/{file}", facts.name, facts.version)
}
