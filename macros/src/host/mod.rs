//! `host!`: reads the host's Cargo.toml, its policy and the manifests of its plugins; emits the table, the graph check and the census.

mod argument;
mod build;
mod concrete;
mod data;
mod expand;
mod input;
mod lock;
mod policy;

use proc_macro2::TokenStream;

/// Expands `host! { … }`. Every mistake becomes one compile error, and then an empty table stands in for the real one.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let (arguments, mut problems) = argument::parse(tokens);
    let input = input::read(&arguments, &mut problems);
    match problems.finish() {
        None => expand::host(&arguments, &input),
        Some(errors) => expand::stub(&arguments, &errors),
    }
}
