//! The macros of Keyway. Use them through the crate `keyway`, which re-exports them.

mod cargo;
mod errors;
mod host;
mod permission;
mod plugin;
mod point;

use proc_macro::TokenStream;

/// Declares permissions of an SDK's own, each as a trait with a compile error that names the manifest line to add.
///
/// See `keyway::permission`.
#[proc_macro]
pub fn permission(input: TokenStream) -> TokenStream {
    permission::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct a plugin.
#[proc_macro_derive(Plugin, attributes(plugin))]
pub fn derive_plugin(input: TokenStream) -> TokenStream {
    plugin::expand(input.into()).into()
}

/// Makes a trait an extension point.
#[proc_macro_attribute]
pub fn extension_point(attribute: TokenStream, item: TokenStream) -> TokenStream {
    point::expand(attribute.into(), item.into()).into()
}

/// Makes a program a host: finds its plugins, checks that they go together, and writes the table to start them from.
///
/// See `keyway::host`.
#[proc_macro]
pub fn host(input: TokenStream) -> TokenStream {
    host::expand(input.into()).into()
}
