//! Collects what is wrong with a use of `host!`, each with the tokens it is about.

use keyway_manifest::parse::{Report, Severity};
use proc_macro2::{Span, TokenStream};

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<syn::Error>);

impl Problems {
    /// Adds a mistake: what was found, and the edit that mends it.
    pub(crate) fn push(&mut self, span: Span, code: &str, message: &str, help: &str) {
        self.0.push(syn::Error::new(span, format!("{code} {message}\n  help: {help}")));
    }

    /// Adds everything that is wrong with a file, one compile error for each mistake.
    pub(crate) fn push_report(&mut self, span: Span, report: &Report) {
        let errors = report.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        self.0.extend(errors.map(|diagnostic| syn::Error::new(span, diagnostic)));
    }

    /// Adds an error of the Rust parser.
    pub(crate) fn push_syntax(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// The compile errors; `None` when nothing is wrong.
    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        if self.0.is_empty() { None } else { Some(self.0.iter().map(syn::Error::to_compile_error).collect()) }
    }
}
