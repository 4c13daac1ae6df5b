//! `#[boundary]` on a trait: what the trait objects of it are called through.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericParam, ItemTrait, Path, TraitItem, TraitItemFn, parse_quote};

use crate::errors::Errors;
use crate::source_text::source_text;

/// Expands the attribute. When something is wrong the trait is still there.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let keyway = keyway_path(attribute, &mut errors);
    let parsed: ItemTrait = match syn::parse2(item.clone()) {
        Ok(parsed) => parsed,
        Err(_) => {
            let message = "`#[boundary]` stands on something that is no trait";
            errors.at(&item, "KW0266", message, "write `#[derive(Boundary)]` on structs and enums");
            return errors.finish().into_iter().chain([item]).collect();
        }
    };
    let errors = errors.finish();
    let layout = layout(&parsed, &keyway);
    quote!(#item #errors #layout)
}

/// `#[boundary(crate = path)]`.
fn keyway_path(attribute: TokenStream, errors: &mut Errors) -> TokenStream {
    let mut keyway = quote!(::keyway);
    let parser = syn::meta::parser(|meta| {
        if !meta.path.is_ident("crate") {
            return Err(meta.error(format!("`{}` is no argument", source_text(&meta.path))));
        }
        let path: Path = meta.value()?.parse()?;
        keyway = path.to_token_stream();
        Ok(())
    });
    if let Err(error) = syn::parse::Parser::parse2(parser, attribute) {
        let message = format!("the arguments of `#[boundary(…)]` on a trait are not understood: {error}");
        errors.at_span(error.span(), "KW0266", &message, "the only one is `crate = path`");
    }
    keyway
}

/// `impl Boundary for dyn Trait`: the methods that stand in its table, in their order there.
fn layout(item: &ItemTrait, keyway: &TokenStream) -> TokenStream {
    let ItemTrait { ident, supertraits, .. } = item;
    let mut generics = item.generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(#keyway::Boundary));
            parameter.bounds.push(parse_quote!('static));
            parameter.default = None;
        }
    }
    let arguments = generics.split_for_impl().1.to_token_stream();
    generics.params.insert(0, parse_quote!('__keyway));
    let (with, _, bounds) = generics.split_for_impl();
    // What a trait demands of others stands in the table too.
    let name = match supertraits.is_empty() {
        true => format!("dyn {ident}"),
        false => format!("dyn {ident}: {}", source_text(supertraits)),
    };
    let methods = item.items.iter().filter_map(|entry| match entry {
        TraitItem::Fn(method) if stands_in_table(method) => Some(method),
        _ => None,
    });
    let methods = methods.map(|method| {
        let cfgs = method.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        let signature = source_text(&method.sig);
        quote!(#(#cfgs)* &#keyway::manifest::record::TypeLayout::standard_unsized(#signature, &[]))
    });
    quote! {
        #[automatically_derived]
        #[allow(clippy::all, reason = "generated")]
        impl #with #keyway::Boundary for dyn #ident #arguments + '__keyway #bounds {
            const LAYOUT: &'static #keyway::manifest::record::TypeLayout = const {
                &#keyway::manifest::record::TypeLayout::standard_unsized(#name, const { &[#(#methods),*] }).with_code()
            };
        }
    }
}

/// Whether a method is called through the table: not those that are generic, have no `self` or are for types of known size.
fn stands_in_table(method: &TraitItemFn) -> bool {
    let is_generic = method.sig.generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    let clause = method.sig.generics.where_clause.as_ref().map(source_text).unwrap_or_default();
    method.sig.receiver().is_some() && !is_generic && !clause.contains("Self: Sized")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_outside_of_the_table_do_not_count() {
        let in_table = |method: TraitItemFn| stands_in_table(&method);
        assert!(in_table(parse_quote!(
            fn read<'a>(&'a self, path: &str) -> BoxFuture<'a, String>;
        )));
        assert!(in_table(parse_quote!(
            fn end(self: Box<Self>) {}
        )));
        assert!(!in_table(parse_quote!(
            fn map<T>(&self, with: T);
        )));
        assert!(!in_table(parse_quote!(
            fn new() -> Self;
        )));
        assert!(!in_table(parse_quote!(
            fn wrap(self) -> Wrapped<Self>
            where
                Self: Sized;
        )));
    }
}
