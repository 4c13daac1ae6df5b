//! Names the elided lifetimes of an async method, because a boxed future must say what it borrows.
//!
//! Every lifetime gets a name of its own, and each outlives the future's: one name for all would force `&mut Vec<&str>` to borrow
//! the vector as long as its strings live.

use proc_macro2::Span;
use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, PathArguments, Type, TypeFnPtr, TypeReference};

/// The lifetime of the future.
pub(crate) fn of_future() -> Lifetime {
    Lifetime::new("'__keyway", Span::call_site())
}

/// The lifetime of `&self`, which is also what an elided lifetime in the output means.
pub(crate) fn of_self() -> Lifetime {
    Lifetime::new("'__keyway_self", Span::call_site())
}

/// Gives each elided lifetime of an argument a name and adds it to `names`.
pub(crate) fn name_in_argument(ty: &mut Type, names: &mut Vec<Lifetime>) {
    let name = || {
        let lifetime = Lifetime { apostrophe: Span::call_site(), ident: format_ident!("__keyway_{}", names.len()) };
        names.push(lifetime.clone());
        lifetime
    };
    Namer(name).visit_type_mut(ty);
}

/// Gives the elided lifetimes of the output the name of `&self`'s.
pub(crate) fn name_in_output(ty: &mut Type) {
    Namer(of_self).visit_type_mut(ty);
}

struct Namer<F>(F);

impl<F: FnMut() -> Lifetime> VisitMut for Namer<F> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some((self.0)());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = (self.0)();
        }
    }

    // What is elided inside a function pointer or `Fn(…)` is that type's own affair.
    fn visit_path_arguments_mut(&mut self, arguments: &mut PathArguments) {
        if !matches!(arguments, PathArguments::Parenthesized(_)) {
            visit_mut::visit_path_arguments_mut(self, arguments);
        }
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn named(mut ty: Type) -> (String, usize) {
        let mut names = Vec::new();
        name_in_argument(&mut ty, &mut names);
        (ty.to_token_stream().to_string().replace(' ', ""), names.len())
    }

    #[test]
    fn each_elided_lifetime_has_its_own_name() {
        assert_eq!(named(parse_quote!(&mut Vec<&str>)), ("&'__keyway_0mutVec<&'__keyway_1str>".to_owned(), 2));
        assert_eq!(named(parse_quote!(Cow<'_, str>)), ("Cow<'__keyway_0,str>".to_owned(), 1));
        assert_eq!(named(parse_quote!(&'static str)), ("&'staticstr".to_owned(), 0));
    }

    #[test]
    fn what_a_function_type_elides_stays_its_own() {
        assert_eq!(named(parse_quote!(fn(&str) -> &str)).1, 0);
        assert_eq!(named(parse_quote!(&dyn Fn(&str) -> &str)).1, 1);
    }
}
