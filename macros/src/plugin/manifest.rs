//! Finding, reading and checking the manifest of a derive.

use std::path::PathBuf;

use keyway_manifest::Descriptor;
use keyway_manifest::host::{permission_as_written, relative};
use keyway_manifest::parse::{CargoFacts, LARGEST_FILE, Report, parse_manifest, read_file};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::DeriveInput;

use super::arguments::{Arguments, Manifest};
use crate::cargo;
use crate::errors::Errors;

/// A manifest in which nothing is wrong.
pub(crate) struct Checked {
    /// What it says.
    pub(crate) descriptor: Descriptor,
    /// The same as written.
    pub(crate) text: String,
    /// What is odd about it.
    pub(crate) warnings: Vec<String>,
    /// The attribute or struct that named it.
    pub(crate) span: Span,
}

/// Reads the manifest; all that is wrong with it goes to `errors`, on the attribute or the struct that named it.
pub(crate) fn read(arguments: &Arguments, input: &DeriveInput, errors: &mut Errors) -> Option<Checked> {
    if matches!(arguments.manifest, Manifest::Refused) {
        return None;
    }
    let span = arguments.manifest.span(input);
    let (text, shown_as) = match text(arguments) {
        Ok(found) => found,
        Err(report) => {
            errors.report(span, &report);
            return None;
        }
    };
    let declared = arguments.permissions.iter();
    let permissions: Vec<_> = declared.map(|(name, _)| permission_as_written(&text, &name.value())).collect();
    match parse_manifest(&text, &shown_as, &facts(), &permissions) {
        Ok(parsed) => {
            let warnings = parsed.warnings.iter().map(ToString::to_string).collect();
            Some(Checked { descriptor: parsed.descriptor(), text, warnings, span })
        }
        Err(report) => {
            errors.report(span, &report);
            None
        }
    }
}

fn text(arguments: &Arguments) -> Result<(String, String), Report> {
    if let Manifest::Text(literal) = &arguments.manifest {
        return Ok((literal.value(), "the manifest of this plugin".to_owned()));
    }
    let path = path(arguments);
    let shown_as = cargo::shown_as(&path);
    read_file(&path, &shown_as).map(|text| (text, shown_as))
}

fn path(arguments: &Arguments) -> PathBuf {
    let folder = cargo::manifest_dir();
    match &arguments.manifest {
        Manifest::File(literal) => folder.join(literal.value()),
        Manifest::Beside | Manifest::Text(_) | Manifest::Refused => folder.join("plugin.toml"),
    }
}

fn facts() -> CargoFacts {
    CargoFacts {
        package: cargo::variable("CARGO_PKG_NAME"),
        version: cargo::variable("CARGO_PKG_VERSION"),
        description: cargo::variable("CARGO_PKG_DESCRIPTION"),
        authors: cargo::variable("CARGO_PKG_AUTHORS"),
        license: cargo::variable("CARGO_PKG_LICENSE"),
        repository: cargo::variable("CARGO_PKG_REPOSITORY"),
    }
}

/// Makes rustc rebuild the crate when the manifest changes.
pub(crate) fn tracked(arguments: &Arguments) -> TokenStream {
    if matches!(arguments.manifest, Manifest::Text(_) | Manifest::Refused) {
        return TokenStream::new();
    }
    let path = path(arguments);
    // What is no file, or was refused for its size, is not read by rustc either.
    if !std::fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST_FILE as u64) {
        return TokenStream::new();
    }
    let way = format!("/{}", relative(&cargo::manifest_dir(), &path));
    quote! {
        const _: &[u8] = ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #way));
    }
}
