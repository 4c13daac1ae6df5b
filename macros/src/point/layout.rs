//! Writes `ExtensionPoint::LAYOUT`: how all that the methods take and return is laid out.

use proc_macro2::TokenStream;
use quote::quote;

use super::arguments::Arguments;
use super::expand::cfgs;
use super::method::Method;
use super::signature;
use crate::layout::{Layouts, sdk};
use crate::source_text::source_text;

/// The constant, for the implementation of `ExtensionPoint`.
pub(super) fn layout(arguments: &Arguments, methods: &[Method<'_>]) -> TokenStream {
    let Arguments { keyway, static_only, .. } = arguments;
    let layouts = Layouts { keyway, within: None };
    let (scope, sdk) = (layouts.scope(), sdk(keyway));
    let methods = methods.iter().map(|method| {
        let cfgs = cfgs(method);
        let name = method.signature().ident.to_string();
        let (hash, signature) = (signature::hash(method.signature()), source_text(method.signature()));
        let arguments = method.arguments.iter().map(|(name, ty)| {
            let (name, layout) = (name.to_string(), layouts.of(ty));
            quote!(#keyway::manifest::record::ArgumentLayout { name: #name, layout: #layout })
        });
        let output = layouts.of(&method.output);
        quote! {
            #(#cfgs)*
            #keyway::manifest::record::MethodLayout {
                name: #name,
                hash: #hash,
                signature: #signature,
                arguments: &[#(#arguments),*],
                output: #output,
            }
        }
    });
    quote! {
        #[allow(deprecated, clippy::all, reason = "generated")]
        const LAYOUT: &'static #keyway::manifest::record::PointLayout = {
            #scope
            &#keyway::manifest::record::PointLayout {
                info: Self::INFO,
                sdk: #sdk,
                methods: &[#(#methods),*],
                static_only: #static_only,
            }
        };
    }
}
