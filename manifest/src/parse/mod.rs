//! Reads `plugin.toml` and `host.toml`: every independent mistake at once, each with its place, its code and the edit that mends it.
//!
//! [`read_file`] gets the text, [`parse_manifest`] and [`parse_policy`] understand it. What is refused and why is in the rules.

mod bounded;
mod config;
pub(crate) mod conflict;
mod descriptor;
mod diagnostic;
mod document;
mod file;
mod identifier;
mod lock_rules;
mod manifest;
mod native_policy;
mod near;
mod permission_names;
mod policy;
mod render;
mod scope;
mod source;
mod structure;
mod text;
mod unit;
mod version;

pub use crate::rules::file_too_large::LARGEST as LARGEST_FILE;
pub use bounded::{LARGEST_TEXT, read_bounded, read_bounded_text};
pub use descriptor::Parsed;
pub use diagnostic::{Diagnostic, Findings, Related, Report, Severity};
pub use file::{is_there, read_file, read_policy};
pub use identifier::{LONGEST_ID, id_problem};
pub use manifest::{Field, LimitLines, Manifest, PermissionLine, Relation};
pub use near::nearest;
pub use permission_names::ExtraPermission;
pub use policy::parse_policy;
pub use scope::{LONGEST_SCOPE, ScopeProblem, ScopeProblemClass, check_scope, kind_example, kind_name};
pub use source::{Place, Source, Spanned};
pub use unit::parse_duration_millis;
pub use version::parse_version;

#[cfg(feature = "lock")]
pub(crate) use config::quote as toml_string;
pub(crate) use descriptor::{is_service, leak, leak_slice, stability};
pub(crate) use document::{Entry, SyntaxError, Table, Value, parse as parse_document};
#[cfg(feature = "lock")]
pub(crate) use document::{Named, named};
#[cfg(feature = "lock")]
pub(crate) use file::read_text_or_none;
pub(crate) use identifier::{form_problem, look_alike};
pub(crate) use manifest::{read as read_manifest, strings};
pub(crate) use near::folded;
pub(crate) use permission_names::PermissionNames;
pub(crate) use render::{one_of, printable, quoted};
pub(crate) use scope::is_placeholder;
pub(crate) use structure::Fault;
#[cfg(feature = "lock")]
pub(crate) use structure::compare as compare_with_keys;
#[cfg(feature = "lock")]
pub(crate) use text::to_table;
pub(crate) use unit::{Measure, UnitProblem};

use crate::rules::{self, Input};
use crate::schema;

/// What Cargo.toml says about the plugin's package, so that the manifest need not repeat it.
///
/// `version` and `description` are defaults that the manifest may override (a plugin released on its own rhythm inside a bigger
/// package); the rest is always Cargo's. Empty strings stand for what Cargo.toml leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoFacts {
    /// `package.name`.
    pub package: String,
    /// `package.version`.
    pub version: String,
    /// `package.description`.
    pub description: String,
    /// `package.authors`, divided by `:` as Cargo gives them.
    pub authors: String,
    /// `package.license`.
    pub license: String,
    /// `package.repository`.
    pub repository: String,
}

/// Understands the text of a `plugin.toml`.
///
/// `shown_as` names the file in messages, `facts` is what Cargo.toml says, `permissions` are those that the host's SDK declares
/// beyond the built-in ones.
///
/// # Errors
/// Everything that is wrong, in file order. Only a text that is not TOML, or a `manifest-version` that this version does not
/// know, hides what comes after it.
pub fn parse_manifest(text: &str, shown_as: &str, facts: &CargoFacts, permissions: &[ExtraPermission]) -> Result<Parsed, Report> {
    let source = Source::new(text, shown_as);
    let mut findings = Findings::new();
    let document = text::to_document(&source, &mut findings);
    let mut manifest = Manifest::default();
    let names = PermissionNames { extra: permissions };
    if let Some(document) = document {
        manifest = manifest::read(&document, &source);
        let faults = structure::compare(&document, schema::MANIFEST, &source);
        let input = Input { source: &source, faults: &faults, manifest: &manifest, facts, names };
        rules::check_manifest(&input, &mut findings);
    }
    let warnings = findings.finish()?;
    let scope_kinds = descriptor::scope_kinds(&manifest, names);
    Ok(Parsed { manifest, warnings, source, facts: facts.clone(), scope_kinds })
}
