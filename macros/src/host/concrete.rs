//! The concrete form: for each point of `concrete = […]`, a function that makes one type of all the plugins that extend it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

use super::input::Element;

/// One function for each point.
pub(crate) fn chains(points: &[Path], plugins: &[Element], keyway: &TokenStream) -> TokenStream {
    points.iter().map(|point| chain(point, plugins, keyway)).collect()
}

/// `fn route_chain(host: &Host) -> impl RouteChain`.
fn chain(point: &Path, plugins: &[Element], keyway: &TokenStream) -> TokenStream {
    let mut chain = point.clone();
    let Some(last) = chain.segments.last_mut() else { return TokenStream::new() };
    let name = format_ident!("{}_chain", snake_case(&last.ident.to_string()), span = last.ident.span());
    last.ident = format_ident!("{}Chain", last.ident, span = last.ident.span());
    // Features decide which plugins are there, so their numbers in the table are counted by the compiler.
    let numbers: Vec<Ident> = (0..=plugins.len()).map(|index| format_ident!("NUMBER_{index}")).collect();
    let (first, next) = (&numbers[0], &numbers[1..]);
    let counted = plugins.iter().map(|plugin| match &plugin.predicate {
        Some(predicate) => quote!(::core::cfg!(#predicate)),
        None => quote!(true),
    });
    let links = plugins.iter().zip(&numbers).rev().map(|(plugin, number)| {
        let (cfg, path) = (plugin.cfg(), &plugin.path);
        quote! {
            #cfg
            let links = ((&#keyway::__private::Select::<#path::Plugin, dyn #point>::NEW).link::<{ #number }>(host), links);
        }
    });
    let doc = format!(
        "The extensions of `{}` as one concrete type, in start order: calls of different plugins are direct.\n\nIt holds the plugins that run \
         now; make a new one after plugins were enabled again. A plugin that is disabled is not called.",
        quote!(#point)
    );
    quote! {
        #[doc = #doc]
        #[must_use]
        #[allow(unreachable_pub, reason = "whether other crates see it is for the host to say")]
        pub fn #name(host: &#keyway::Host) -> impl #chain + use<> {
            #[allow(unused_imports, reason = "which of them is needed is for the plugins to say")]
            use #keyway::__private::{Extending as _, NotExtending as _};

            struct __KeywayOrder;

            impl #keyway::__private::StartOrder for __KeywayOrder {
                const ORDER: &'static [u16] = __KEYWAY_ORDER.0;
            }

            const #first: u16 = 0;
            #(const #next: u16 = #numbers + #counted as u16;)*

            let links = ();
            #(#links)*
            #keyway::__private::Ordered::<_, __KeywayOrder>::new(links)
        }
    }
}

/// `ContentProcessor` → `content_processor`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
