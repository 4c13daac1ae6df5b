//! `#[extension_point]`: from one trait, what plugins implement, what hosts call, and what stands between.

mod arguments;
mod borrow;
mod expand;
mod layout;
mod lifetime;
mod method;
mod signature;
mod walk;

pub(crate) use borrow::is_for_good;

use proc_macro2::TokenStream;
use syn::ItemTrait;

use crate::errors::Errors;

/// Expands the attribute. When something is wrong the trait is still emitted, so that one mistake gives one message.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let item: ItemTrait = match syn::parse2(item.clone()) {
        Ok(item) => item,
        Err(_) => {
            errors.at(
                &item,
                "KW0220",
                "`#[extension_point]` stands on something that is no trait",
                "put it on the trait that plugins implement",
            );
            return errors.finish().into_iter().chain([item]).collect();
        }
    };
    let arguments = arguments::parse(attribute, &mut errors);
    let methods = method::read(&item, &mut errors);
    arguments.iter().for_each(|arguments| method::check_deadline(&item, arguments.written_deadline.as_ref(), &mut errors));
    arguments.iter().for_each(|arguments| arguments.uncounted.check(&methods, &mut errors));
    if arguments.as_ref().is_some_and(|arguments| !arguments.static_only) {
        borrow::check(&methods, &mut errors);
    }
    match (errors.finish(), arguments) {
        (None, Some(arguments)) => expand::point(&arguments, &item, &methods),
        (errors, _) => expand::fallback(&item, errors.as_ref()),
    }
}
