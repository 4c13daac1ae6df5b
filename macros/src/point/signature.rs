//! The hash of a method's signature, by which later tiers see that a method has changed.

use keyway_manifest::PluginId;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::Signature;

/// FNV-1a over the signature's tokens without spaces, so that formatting does not matter; argument names do not count.
pub(crate) fn hash(signature: &Signature) -> u64 {
    let mut text = String::new();
    text.push_str(if signature.asyncness.is_some() { "async " } else { "" });
    flatten(signature.ident.to_token_stream(), &mut text);
    for input in signature.inputs.iter().skip(1) {
        if let syn::FnArg::Typed(input) = input {
            text.push(';');
            flatten(input.ty.to_token_stream(), &mut text);
        }
    }
    text.push_str("->");
    if let syn::ReturnType::Type(_, ty) = &signature.output {
        flatten(ty.to_token_stream(), &mut text);
    }
    PluginId::hash_text(&text)
}

fn flatten(tokens: TokenStream, text: &mut String) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                text.push_str(match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => "(",
                    proc_macro2::Delimiter::Brace => "{",
                    proc_macro2::Delimiter::Bracket => "[",
                    proc_macro2::Delimiter::None => "",
                });
                flatten(group.stream(), text);
                text.push('|');
            }
            other => {
                text.push_str(&other.to_string());
                text.push(' ');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hash;
    use syn::parse_quote;

    #[test]
    fn types_count_and_names_do_not() {
        let plain = hash(&parse_quote!(fn f(&self, a: &str) -> u64));
        assert_eq!(plain, hash(&parse_quote!(fn f(&self, other:&str)->u64)));
        assert_ne!(plain, hash(&parse_quote!(fn f(&self, a: &str) -> u32)));
        assert_ne!(plain, hash(&parse_quote!(fn f(&self, a: &[u8]) -> u64)));
        assert_ne!(plain, hash(&parse_quote!(async fn f(&self, a: &str) -> u64)));
    }
}
