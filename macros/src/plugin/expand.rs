//! Writes the code of `#[derive(Plugin)]`.

use keyway_manifest::parse::{check_scope, kind_name};
use keyway_manifest::surface::manifest_part;
use keyway_manifest::{Descriptor, JOBS_PERMISSION, PERMISSIONS, PermissionRequest, ScopeKind};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

use super::arguments::{Arguments, quote_path};
use super::descriptor;
use super::manifest::Checked;

/// Everything a checked plugin needs.
pub(crate) fn plugin(arguments: &Arguments, input: &DeriveInput, manifest: &Checked) -> TokenStream {
    let descriptor = &manifest.descriptor;
    let keyway = &arguments.keyway;
    let name = &input.ident;
    let data = descriptor::tokens(descriptor, arguments);
    // Of a permission that the attribute names, only the compiler knows what its scopes are written as.
    let surface = if arguments.permissions.is_empty() { manifest_part(descriptor) } else { String::new() };
    let implemented = implemented(arguments);
    let extends = extends(arguments, name);
    let table = table(arguments, name);
    let requested = descriptor.permissions.iter().filter_map(|request| permission_trait(request.name, arguments));
    let permissions = requested.map(|path| permission_impl(&path, arguments, name));
    let warnings = manifest.warnings.iter().map(|warning| warning_at(manifest.span, warning));
    let declared = descriptor.permissions.iter().filter_map(|request| declared_check(request, arguments));
    let services = services(arguments, name);
    let jobs = jobs(descriptor, arguments, name);
    let subscriptions = arguments.events.subscriptions(keyway);
    let state = arguments.state.as_ref();
    let carried = state.map(|state| state.carried(keyway));
    let keeps_state = state.map(|_| keeps_state(keyway, name));
    let events = arguments.events.items(keyway, name);
    let module = module(arguments, name);
    let registered = Ident::new(super::MODULE, name.span());
    let library = super::native::export(arguments, name, manifest);
    quote! {
        #[automatically_derived]
        impl #keyway::Plugin for #name {
            const DESCRIPTOR: &'static #keyway::manifest::Descriptor = {
                use #keyway::manifest as m;
                &#data
            };
            const SURFACE: &'static str = #surface;

            #implemented
            #subscriptions
            #carried
        }

        #keeps_state

        #table
        #extends
        #(#permissions)*
        #(#declared)*
        #services
        #jobs
        #events
        #(#warnings)*
        #module

        const _: () = {
            #keyway::__register!(#registered::REGISTRATION.descriptor);
        };

        #library
    }
}

/// What lets the plugin implement `Stateful`.
fn keeps_state(keyway: &TokenStream, name: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #keyway::state::KeepsState for #name {}
    }
}

/// Macros cannot warn on stable Rust, but the use of something deprecated does, with a text of our choice.
fn warning_at(span: Span, text: &str) -> TokenStream {
    let warned = Ident::new("__KeywayManifest", span);
    quote! {
        const _: () = {
            #[deprecated(note = #text)]
            struct #warned;
            let _ = #warned;
        };
    }
}

/// Compares what the attribute says about a permission of an SDK with what the SDK says. Only the compiler sees both.
fn declared_check(request: &PermissionRequest, arguments: &Arguments) -> Option<TokenStream> {
    let (_, path) = arguments.permissions.iter().find(|(name, _)| name.value() == request.name)?;
    let keyway = &arguments.keyway;
    let (permission, written) = (request.name, quote_path(path));
    let other_name = format!(
        "\n  KW0208 the trait `{written}` does not stand for the permission `{permission}`\n  help: name the trait that was declared with \
         `= \"{permission}\"` in `permission!`, or correct the name\n"
    );
    let fits = |kind: &ScopeKind| request.scopes.iter().all(|scope| check_scope(*kind, scope).is_ok());
    let kinds: Vec<ScopeKind> = ScopeKind::ALL.into_iter().filter(fits).collect();
    let written: Vec<&str> = kinds.iter().map(|kind| kind_name(*kind)).collect();
    let other_kind = format!(
        "\n  KW0208 the scopes of the permission `{permission}` are not of the kind that `{}` declares in `permission!`\n  help: correct them in \
         the manifest; what is written there has the form of {}\n",
        quote_path(path),
        written.join(", "),
    );
    let kinds = kinds.iter().map(|kind| format_ident!("{kind:?}"));
    let named = quote_spanned!(path.span()=> ::core::assert!(#keyway::__private::stands_for(&#path, #permission), #other_name));
    let fitting = quote_spanned! {path.span()=>
        ::core::assert!(#keyway::__private::has_kind(&#path, &[#(#keyway::manifest::ScopeKind::#kinds),*]), #other_kind)
    };
    Some(quote! {
        const _: () = {
            #named;
            #fitting;
        };
    })
}

/// Compares what the manifest and the attribute say about services. Only the compiler sees the ids and versions of the traits.
fn services(arguments: &Arguments, name: &Ident) -> TokenStream {
    let keyway = &arguments.keyway;
    let descriptor = quote!(<#name as #keyway::Plugin>::DESCRIPTOR);
    let check = |problem: TokenStream, span: Span| {
        quote_spanned! {span=>
            const _: () = if let ::core::option::Option::Some(message) = #problem {
                ::core::panic!("{}", message.as_str())
            };
        }
    };
    let provided =
        (!arguments.provides.is_empty()).then(|| check(quote!(#keyway::manifest::provision_problem(#descriptor)), name.span()));
    let used = arguments.uses.iter().map(|service| {
        let info = quote_spanned!(service.span()=> <dyn #service as #keyway::ExtensionPoint>::INFO);
        check(quote!(#keyway::manifest::use_problem(#descriptor, #info)), service.span())
    });
    quote!(#provided #(#used)*)
}

/// Compares a manifest that asks for jobs with the points of the plugin. Only the compiler sees the ids of the traits.
fn jobs(manifest: &Descriptor, arguments: &Arguments, name: &Ident) -> Option<TokenStream> {
    manifest.permissions.iter().find(|request| request.name == JOBS_PERMISSION)?;
    let keyway = &arguments.keyway;
    Some(quote_spanned! {name.span()=>
        const _: () = if let ::core::option::Option::Some(message) =
            #keyway::manifest::job_problem(<#name as #keyway::Plugin>::DESCRIPTOR)
        {
            ::core::panic!("{}", message.as_str())
        };
    })
}

/// What stands in for a plugin whose manifest or attribute is wrong, so that its own code still compiles.
pub(crate) fn stubs(arguments: &Arguments, input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let keyway = &arguments.keyway;
    let name = &input.ident;
    let extends = extends(arguments, name);
    let publishes = arguments.events.publishes(keyway, name);
    let built_in = PERMISSIONS.iter().filter_map(|spec| permission_trait(spec.name, arguments));
    let declared = arguments.permissions.iter().map(|(_, path)| quote!(#path));
    let permissions = built_in.chain(declared).map(|path| permission_impl(&path, arguments, name));
    let keeps_state = arguments.state.as_ref().map(|_| keeps_state(keyway, name));
    let module = module(arguments, name);
    quote! {
        #keeps_state

        #[automatically_derived]
        impl #keyway::Plugin for #name {
            const DESCRIPTOR: &'static #keyway::manifest::Descriptor = &#keyway::manifest::Descriptor::EMPTY;
        }

        #extends
        #publishes
        #(#permissions)*
        #module
    }
}

/// The module through which a host names the plugin. It bears the struct's span, so that two plugins in one module are both marked.
fn module(arguments: &Arguments, name: &Ident) -> TokenStream {
    let keyway = &arguments.keyway;
    let module = Ident::new(super::MODULE, name.span());
    quote! {
        #[doc(hidden)]
        #[allow(unreachable_pub, missing_docs, reason = "a host names it through the crate")]
        pub mod #module {
            pub type Plugin = super::#name;
            pub static REGISTRATION: #keyway::__private::Registration = #keyway::__private::Registration::of::<Plugin>();
        }
    }
}

fn permission_impl(path: &TokenStream, arguments: &Arguments, name: &Ident) -> TokenStream {
    let keyway = &arguments.keyway;
    quote! {
        #[automatically_derived]
        impl #path for #name {
            type DeclaredInTheManifest = #keyway::__private::Declared<Self>;
        }
    }
}

/// The extensions behind their shields.
fn implemented(arguments: &Arguments) -> TokenStream {
    if arguments.provides.is_empty() {
        return TokenStream::new();
    }
    let keyway = &arguments.keyway;
    quote! {
        fn __extensions(instance: &::std::sync::Arc<Self>) -> ::std::vec::Vec<#keyway::__private::Extension> {
            #keyway::__private::ExtensionOf::all(Self::__KEYWAY_EXTENSIONS, instance)
        }
    }
}

/// The one place that asks whether the plugin implements its points, so that a missing implementation is one error; it is put at the
/// name in `provides(…)`.
fn table(arguments: &Arguments, name: &Ident) -> TokenStream {
    if arguments.provides.is_empty() {
        return TokenStream::new();
    }
    let keyway = &arguments.keyway;
    let entries =
        arguments.provides.iter().map(|point| quote_spanned!(point.span()=> #keyway::__private::ExtensionOf::at::<dyn #point>()));
    quote! {
        impl #name {
            const __KEYWAY_EXTENSIONS: &'static [#keyway::__private::ExtensionOf<Self>] = &[#(#entries),*];
        }
    }
}

fn extends(arguments: &Arguments, name: &Ident) -> TokenStream {
    let keyway = &arguments.keyway;
    let (points, services) = (&arguments.provides, &arguments.uses);
    // The whole type bears the place of the name, where an error about it then is.
    let hooks = arguments.asks.iter().map(|hook| quote_spanned!(hook.span()=> dyn #hook));
    quote! {
        #(
            #[automatically_derived]
            impl #keyway::Extends<dyn #points> for #name {}
        )*
        #(
            #[automatically_derived]
            impl #keyway::Uses<dyn #services> for #name {}
        )*
        #(
            #[automatically_derived]
            impl #keyway::hook::Asks<#hooks> for #name {}
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
