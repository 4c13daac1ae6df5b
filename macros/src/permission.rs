//! `permission!`: traits that stand for permissions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Token, Visibility};

/// `pub trait FilesystemRead = "filesystem.read", scope = Path;`
struct Declaration {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    text: LitStr,
    scope: Ident,
}

struct Declarations(Vec<Declaration>);

impl Parse for Declarations {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let declarations: Punctuated<Declaration, Token![;]> = input.parse_terminated(Declaration::parse, Token![;])?;
        Ok(Self(declarations.into_iter().collect()))
    }
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![trait]>()?;
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let text = input.parse()?;
        input.parse::<Token![,]>()?;
        let key: Ident = input.parse()?;
        if key != "scope" {
            return Err(syn::Error::new(key.span(), "expected `scope = Path`, or another kind of scope"));
        }
        input.parse::<Token![=]>()?;
        let scope = input.parse()?;
        Ok(Self { attributes, visibility, name, text, scope })
    }
}

/// Writes one trait and one constant for each declared permission.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let Declarations(declarations) = syn::parse2(input)?;
    Ok(declarations.iter().map(Declaration::expand).collect())
}

impl Declaration {
    fn expand(&self) -> TokenStream {
        let Self { attributes, visibility, name, text, scope } = self;
        let permission = text.value();
        let message = format!("the plugin `{{Self}}` uses the permission `{permission}`, which its manifest does not ask for");
        let label = format!("needs the permission `{permission}`");
        let note = format!(
            "add this line to `[permissions]` in plugin.toml: \"{permission}\" = {{{{ scope = [\"…\"], reason = \"…\" }}}}"
        );
        let constant = format!("The permission `{permission}` as data.");
        quote! {
            #(#attributes)*
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
            #visibility trait #name: ::keyway::Plugin {
                /// Written by `#[derive(Plugin)]` for a permission that the manifest asks for.
                #[doc(hidden)]
                type DeclaredInTheManifest: ::keyway::__private::OfManifest<Self>;
            }

            #[doc = #constant]
            #[expect(non_upper_case_globals, reason = "it stands beside the trait of the same name")]
            #visibility const #name: ::keyway::manifest::PermissionSpec = ::keyway::manifest::PermissionSpec {
                name: #text,
                scope: ::keyway::manifest::ScopeKind::#scope,
                summary: "",
            };
        }
    }
}
