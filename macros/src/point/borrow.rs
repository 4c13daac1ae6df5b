//! Refuses methods that hand over what is borrowed for good: a plugin may come as a library, and what a library lends for good is as
//! good as the library is loaded.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, ReturnType, Type, TypeParamBound, TypePath, TypeReference};

use super::method::Method;
use crate::errors::Errors;
use crate::source_text::source_text;

/// Refuses each `'static` borrow in the arguments and results of `methods`.
pub(super) fn check(methods: &[Method<'_>], errors: &mut Errors) {
    for method in methods {
        let name = &method.signature().ident;
        for (_, ty) in &method.arguments {
            for borrow in borrows(ty) {
                let help = format!("write `{}`, or an owned type when the plugin keeps it{OR_STATIC_ONLY}", borrow.shorter);
                errors.at(&borrow.tokens, "KW0265", &format!("the method `{name}` takes {}", borrow.what()), &help);
            }
        }
        if let ReturnType::Type(_, ty) = &method.signature().output {
            for borrow in borrows(ty) {
                let help = format!("write `{}`, which the plugin lends, or an owned type{OR_STATIC_ONLY}", borrow.shorter);
                errors.at(&borrow.tokens, "KW0265", &format!("the method `{name}` returns {}", borrow.what()), &help);
            }
        }
    }
}

const OR_STATIC_ONLY: &str = "; or add `static_only` to the attribute, so that no library provides or uses the point";

/// One borrow for good.
struct Borrow {
    /// The type, where it stands.
    tokens: TokenStream,
    /// The type as written, and with a lifetime that the call sets.
    written: String,
    shorter: String,
}

impl Borrow {
    fn new(ty: &Type) -> Self {
        let mut shorter = ty.clone();
        Shorten.visit_type_mut(&mut shorter);
        Self { tokens: ty.to_token_stream(), written: source_text(ty), shorter: source_text(&shorter) }
    }

    fn what(&self) -> String {
        format!("`{}`, borrowed for good: what a library lends is gone with the library", self.written)
    }
}

/// Whether a type names what is borrowed for good.
pub(crate) fn is_for_good(ty: &Type) -> bool {
    !borrows(ty).is_empty()
}

fn borrows(ty: &Type) -> Vec<Borrow> {
    let mut finder = Finder(Vec::new());
    finder.visit_type(ty);
    finder.0
}

/// Finds the innermost types that name `'static`.
struct Finder(Vec<Borrow>);

impl<'a> Visit<'a> for Finder {
    fn visit_type_reference(&mut self, reference: &'a TypeReference) {
        if reference.lifetime.as_ref().is_some_and(is_static) {
            self.0.push(Borrow::new(&Type::Reference(reference.clone())));
        } else {
            visit::visit_type_reference(self, reference);
        }
    }

    fn visit_type_path(&mut self, path: &'a TypePath) {
        let mut arguments = path.path.segments.iter().filter_map(|segment| match &segment.arguments {
            syn::PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
            syn::PathArguments::None | syn::PathArguments::Parenthesized(_) => None,
        });
        let names = arguments.any(|arguments| {
            arguments.iter().any(|argument| matches!(argument, syn::GenericArgument::Lifetime(lifetime) if is_static(lifetime)))
        });
        if names {
            self.0.push(Borrow::new(&Type::Path(path.clone())));
        } else {
            visit::visit_type_path(self, path);
        }
    }

    // `dyn Trait + 'static` owns what it holds; only what stands inside the trait's own arguments can be a borrow.
    fn visit_type_param_bound(&mut self, bound: &'a TypeParamBound) {
        if !matches!(bound, TypeParamBound::Lifetime(_)) {
            visit::visit_type_param_bound(self, bound);
        }
    }
}

/// Takes `'static` out of references, and writes `'_` for it elsewhere.
struct Shorten;

impl VisitMut for Shorten {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime = reference.lifetime.take().filter(|lifetime| !is_static(lifetime));
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if is_static(lifetime) {
            *lifetime = Lifetime::new("'_", lifetime.span());
        }
    }
}

fn is_static(lifetime: &Lifetime) -> bool {
    lifetime.ident == "static"
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    fn found(ty: &syn::Type) -> Vec<(String, String)> {
        super::borrows(ty).into_iter().map(|borrow| (borrow.written, borrow.shorter)).collect()
    }

    #[test]
    fn finds_borrows_at_any_depth() {
        let of = |written: &str, shorter: &str| vec![(written.to_owned(), shorter.to_owned())];
        assert_eq!(found(&parse_quote!(&'static str)), of("&'static str", "&str"));
        assert_eq!(found(&parse_quote!(Option<&'static [u8]>)), of("&'static [u8]", "&[u8]"));
        assert_eq!(found(&parse_quote!(Result<(u8, Vec<&'static mut T>), E>)), of("&'static mut T", "&mut T"));
        assert_eq!(
            found(&parse_quote!(std::borrow::Cow<'static, str>)),
            of("std::borrow::Cow<'static, str>", "std::borrow::Cow<'_, str>")
        );
        assert_eq!(found(&parse_quote!([View<'static>; 2])), of("View<'static>", "View<'_>"));
        assert_eq!(found(&parse_quote!(Box<dyn Fn(&'static str) + Send>)), of("&'static str", "&str"));
    }

    #[test]
    fn finds_each_of_several() {
        assert_eq!(found(&parse_quote!((&'static str, Cow<'static, str>))).len(), 2);
    }

    #[test]
    fn leaves_alone_what_is_owned_or_lent_for_the_call() {
        assert!(found(&parse_quote!(Box<dyn Error + Send + Sync + 'static>)).is_empty());
        assert!(found(&parse_quote!((&str, Cow<'_, str>, String, &'a [u8]))).is_empty());
    }
}
