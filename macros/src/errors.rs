//! A bag of errors, so that all independent mistakes are reported at once.

use keyway_manifest::parse::{Report, Severity};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects the errors of one expansion.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds a coded error at `tokens`, with the edit that mends it.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, code: &str, message: &str, help: &str) {
        self.push(syn::Error::new_spanned(tokens, text(code, message, help)));
    }

    /// Adds a coded error at `span`, with the edit that mends it.
    pub(crate) fn at_span(&mut self, span: Span, code: &str, message: &str, help: &str) {
        self.push(syn::Error::new(span, text(code, message, help)));
    }

    /// Adds an error as it is.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Adds everything that is wrong with a manifest, one compile error for each mistake, all at `span`.
    pub(crate) fn report(&mut self, span: Span, report: &Report) {
        for diagnostic in report.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            self.push(syn::Error::new(span, diagnostic));
        }
        if report.omitted() > 0 {
            self.push(syn::Error::new(span, format!("and {} more mistakes in the same file", report.omitted())));
        }
    }

    /// The compile errors; `None` when there are none.
    pub(crate) fn finish(self) -> Option<TokenStream> {
        self.0.map(syn::Error::into_compile_error)
    }
}

fn text(code: &str, message: &str, help: &str) -> String {
    format!("{code} {message}\n  help: {help}")
}
