//! `#[derive(Plugin)]`: reads and checks the manifest, and writes the descriptor, the registration and the permissions.

mod arguments;
mod descriptor;
mod events;
mod expand;
mod manifest;
mod native;
mod state;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;

/// The module that the derive writes beside a plugin and through which `host!` finds it.
///
/// The compiler shows the name where a second plugin stands in the module, and where a host looks for a plugin and finds none; it says why.
pub(crate) const MODULE: &str = "__keyway_only_plugin_of_this_public_module";

/// Expands the derive. When something is wrong, stubs stand in for what could not be made, so that one mistake gives one message.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    check_item(&input, &mut errors);
    let arguments = arguments::parse(&input, &mut errors);
    let manifest = manifest::read(&arguments, &input, &mut errors);
    let tracked = manifest::tracked(&arguments);
    let body = match (errors.finish(), manifest) {
        (None, Some(manifest)) => expand::plugin(&arguments, &input, &manifest),
        (errors, _) => {
            let stubs = expand::stubs(&arguments, &input);
            quote::quote!(#errors #stubs)
        }
    };
    quote::quote!(#tracked #body)
}

fn check_item(input: &DeriveInput, errors: &mut Errors) {
    let name = &input.ident;
    if !matches!(input.data, syn::Data::Struct(_)) {
        errors.at(name, "KW0201", &format!("`{name}` is no struct, and a plugin is one"), "derive `Plugin` on a struct");
    }
    if !input.generics.params.is_empty() {
        let message = format!("`{name}` is generic, and a plugin is one type with one manifest");
        errors.at(&input.generics, "KW0202", &message, "remove the parameters; choose the type by configuration if need be");
    }
    if !matches!(input.vis, syn::Visibility::Public(_)) {
        let message = format!("`{name}` is not `pub`, so that no host can name it");
        errors.at(name, "KW0203", &message, &format!("write `pub struct {name}`, at the root of the crate"));
    }
}
