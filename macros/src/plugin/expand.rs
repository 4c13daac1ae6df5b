//! Writes the code of `#[derive(Plugin)]`.

use keyway_manifest::{Descriptor, PERMISSIONS};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

use super::arguments::Arguments;
use super::descriptor;

/// Everything a checked plugin needs.
pub(crate) fn plugin(arguments: &Arguments, input: &DeriveInput, descriptor: &Descriptor) -> TokenStream {
    let keyway = &arguments.keyway;
    let name = &input.ident;
    let data = descriptor::tokens(descriptor, arguments);
    let implemented = implemented(arguments, name);
    let extends = extends(arguments, name);
    let permissions = descriptor.permissions.iter().filter_map(|request| permission_trait(request.name, arguments));
    let named = arguments.permissions.iter().map(|(text, path)| {
        let message = format!("KW0208 this trait does not stand for the permission `{}`", text.value());
        quote!(const _: () = ::core::assert!(#keyway::__private::same_text(#path.name, #text), #message);)
    });
    quote! {
        #[automatically_derived]
        impl #keyway::Plugin for #name {
            const DESCRIPTOR: &'static #keyway::manifest::Descriptor = {
                use #keyway::manifest as m;
                const { &#data }
            };

            #implemented
        }

        #extends

        #(
            #[automatically_derived]
            impl #permissions for #name {}
        )*

        #(#named)*

        #[doc(hidden)]
        #[allow(unreachable_pub, missing_docs, reason = "a host names it through the crate")]
        pub mod __keyway {
            pub type Plugin = super::#name;
            pub static REGISTRATION: #keyway::__private::Registration = #keyway::__private::Registration::of::<Plugin>();
        }

        const _: () = {
            #keyway::__register!(<#name as #keyway::Plugin>::DESCRIPTOR);
        };
    }
}

/// What stands in for a plugin whose manifest or attribute is wrong, so that its own code still compiles.
pub(crate) fn stubs(arguments: &Arguments, input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let keyway = &arguments.keyway;
    let name = &input.ident;
    let extends = extends(arguments, name);
    let built_in = PERMISSIONS.iter().filter_map(|spec| permission_trait(spec.name, arguments));
    let declared = arguments.permissions.iter().map(|(_, path)| quote!(#path));
    let permissions = built_in.chain(declared);
    quote! {
        #[automatically_derived]
        impl #keyway::Plugin for #name {
            const DESCRIPTOR: &'static #keyway::manifest::Descriptor = &#keyway::manifest::Descriptor::EMPTY;

            fn __extensions(_: &::std::sync::Arc<Self>) -> ::std::vec::Vec<#keyway::__private::Extension> {
                ::std::vec::Vec::new()
            }
        }

        #extends

        #(
            #[automatically_derived]
            impl #permissions for #name {}
        )*

        #[doc(hidden)]
        #[allow(unreachable_pub, missing_docs, reason = "a host names it through the crate")]
        pub mod __keyway {
            pub type Plugin = super::#name;
            pub static REGISTRATION: #keyway::__private::Registration = #keyway::__private::Registration::of::<Plugin>();
        }
    }
}

/// The extensions behind their shields; the trait bound is checked at the name in `provides(…)`.
fn implemented(arguments: &Arguments, name: &Ident) -> TokenStream {
    let keyway = &arguments.keyway;
    let extensions = arguments.provides.iter().map(|point| {
        quote_spanned! {point.span()=>
            #keyway::__private::Extension::new::<dyn #point>(<dyn #point as #keyway::__private::Carries<#name>>::shield(instance))
        }
    });
    quote! {
        fn __extensions(instance: &::std::sync::Arc<Self>) -> ::std::vec::Vec<#keyway::__private::Extension> {
            let _ = instance;
            ::std::vec![#(#extensions),*]
        }
    }
}

fn extends(arguments: &Arguments, name: &Ident) -> TokenStream {
    let keyway = &arguments.keyway;
    let points = &arguments.provides;
    quote! {
        #(
            #[automatically_derived]
            impl #keyway::Extends<dyn #points> for #name {}
        )*
    }
}

/// The trait of a permission: Keyway's own by its name, an SDK's as the attribute says.
fn permission_trait(permission: &str, arguments: &Arguments) -> Option<TokenStream> {
    if let Some((_, path)) = arguments.permissions.iter().find(|(name, _)| name.value() == permission) {
        return Some(quote!(#path));
    }
    keyway_manifest::PermissionSpec::find(permission)?;
    let keyway = &arguments.keyway;
    let name = format_ident!("{}", camel_case(permission));
    Some(quote!(#keyway::permission::#name))
}

/// `filesystem.read` → `FilesystemRead`.
fn camel_case(dotted: &str) -> String {
    let mut name = String::new();
    for part in dotted.split('.') {
        let mut characters = part.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(characters);
    }
    name
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_permission_traits() {
        assert_eq!(super::camel_case("filesystem.read"), "FilesystemRead");
        assert_eq!(super::camel_case("http.routes"), "HttpRoutes");
    }
}
