//! Writes the traits by which the plugins of a point are visited as values of their own types.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ItemTrait;

use super::arguments::Arguments;
use super::expand::Names;
use super::method::Method;

/// Visiting the plugins of a point as values of their own types, for `host! { concrete = […] }`.
///
/// Constant arguments stand in braces: without them, a point of the same name would be taken for a type.
pub(super) fn walk(arguments: &Arguments, item: &ItemTrait, names: &Names, methods: &[Method<'_>]) -> TokenStream {
    let keyway = &arguments.keyway;
    let visibility = &item.vis;
    let Names { point, shielded, guard, visitor, chain, links, .. } = names;
    let extension = extension(names);
    let visitor_doc = format!("Is shown each extension of [`{point}`] by [`{chain}::visit`], as a value of its own type.");
    let chain_doc = format!(
        "The extensions of [`{point}`] as one concrete type, in start order: calls of different plugins are direct.\n\nA host makes it with \
         `host! {{ concrete = [{point}] }}`."
    );
    let Async { items, bound, declared, defined } = match methods.iter().any(Method::is_async) {
        true => walk_async(arguments, item, names),
        false => Async::default(),
    };
    quote! {
        #items

        #[doc = #visitor_doc]
        #visibility trait #visitor {
            /// Sees one extension. Return `Break` to see no more.
            fn visit<#extension: #point>(&mut self, extension: &#extension, plugin: &'static #keyway::manifest::Descriptor) -> ::core::ops::ControlFlow<()>;
        }

        #[doc = #chain_doc]
        #visibility trait #chain: ::core::marker::Send + ::core::marker::Sync {
            /// Shows every extension to `visitor`, in start order, until it breaks.
            fn visit<V: #visitor>(&self, visitor: &mut V) -> ::core::ops::ControlFlow<()>;
            #declared
        }

        #[doc(hidden)]
        #[allow(missing_docs, reason = "generated")]
        #visibility trait #links: ::core::marker::Send + ::core::marker::Sync {
            /// Shows the extension of the plugin that starts as number `RANK`.
            fn visit_rank<const RANK: u16, O: #keyway::__private::StartOrder, V: #visitor>(
                &self,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()>;

            /// Shows those of `all` from the rank that is this link's number. There are as many ranks as links, so that the links
            /// serve to count them.
            fn visit_from_here<A: #links, O: #keyway::__private::StartOrder, V: #visitor>(
                all: &A,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()>;
        }

        impl<L: #links #bound, O: #keyway::__private::StartOrder> #chain for #keyway::__private::Ordered<L, O> {
            #[inline]
            fn visit<V: #visitor>(&self, visitor: &mut V) -> ::core::ops::ControlFlow<()> {
                L::visit_from_here::<L, O, V>(self.links(), visitor)
            }
            #defined
        }

        impl #links for () {
            #[inline]
            fn visit_rank<const RANK: u16, O: #keyway::__private::StartOrder, V: #visitor>(
                &self,
                _: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                ::core::ops::ControlFlow::Continue(())
            }

            #[inline]
            fn visit_from_here<A: #links, O: #keyway::__private::StartOrder, V: #visitor>(
                _: &A,
                _: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                ::core::ops::ControlFlow::Continue(())
            }
        }

        impl<const N: u16, R: #links> #links for (#keyway::__private::Link<{ N }, #keyway::__private::Absent>, R) {
            #[inline]
            fn visit_rank<const RANK: u16, O: #keyway::__private::StartOrder, V: #visitor>(
                &self,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                self.1.visit_rank::<{ RANK }, O, V>(visitor)
            }

            #[inline]
            fn visit_from_here<A: #links, O: #keyway::__private::StartOrder, V: #visitor>(
                all: &A,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                all.visit_rank::<{ N }, O, V>(visitor)?;
                R::visit_from_here::<A, O, V>(all, visitor)
            }
        }

        impl<const N: u16, S: #shielded, R: #links> #links
            for (#keyway::__private::Link<{ N }, ::core::option::Option<#guard<S>>>, R)
        {
            #[inline]
            fn visit_rank<const RANK: u16, O: #keyway::__private::StartOrder, V: #visitor>(
                &self,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                // Known when this is compiled, so that a direct call is all that remains.
                if const { O::ORDER[RANK as usize] != N } {
                    return self.1.visit_rank::<{ RANK }, O, V>(visitor);
                }
                match &self.0.0 {
                    ::core::option::Option::Some(guard) => visitor.visit(guard, guard.slot.descriptor()),
                    ::core::option::Option::None => ::core::ops::ControlFlow::Continue(()),
                }
            }

            #[inline]
            fn visit_from_here<A: #links, O: #keyway::__private::StartOrder, V: #visitor>(
                all: &A,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                all.visit_rank::<{ N }, O, V>(visitor)?;
                R::visit_from_here::<A, O, V>(all, visitor)
            }
        }
    }
}

/// What the type of an extension is called where authors read it and editors copy it: short, and not as the point itself.
fn extension(names: &Names) -> Ident {
    Ident::new(if names.point == "E" { "Extension" } else { "E" }, Span::call_site())
}

/// What a point with async methods has besides.
#[derive(Default)]
struct Async {
    /// The visitor's trait, and the links with their implementations.
    items: TokenStream,
    /// What the links of a chain must be too.
    bound: TokenStream,
    /// The chain's method.
    declared: TokenStream,
    /// Its body.
    defined: TokenStream,
}

/// Visiting with a visitor that waits. Each plugin's future is part of the one that walks, so that nothing is boxed.
fn walk_async(arguments: &Arguments, item: &ItemTrait, names: &Names) -> Async {
    let keyway = &arguments.keyway;
    let visibility = &item.vis;
    let Names { point, shielded, guard, chain, async_visitor, async_links, .. } = names;
    let extension = extension(names);
    let visitor_doc =
        format!("Is shown each extension of [`{point}`] by [`{chain}::visit_async`], and may wait for its answers.");
    let future = quote! {
        impl ::core::future::Future<Output = ::core::ops::ControlFlow<()>> + ::core::marker::Send
    };
    let next = quote! {
        fn visit_number<V: #async_visitor>(&self, number: u16, visitor: &mut V) -> #future {
            self.1.visit_number(number, visitor)
        }
    };
    let items = quote! {
        #[doc = #visitor_doc]
        #visibility trait #async_visitor: ::core::marker::Send {
            /// Sees one extension; write it as `async fn`. Return `Break` to see no more.
            fn visit<#extension: #point>(&mut self, extension: &#extension, plugin: &'static #keyway::manifest::Descriptor) -> #future;
        }

        #[doc(hidden)]
        #[allow(missing_docs, reason = "generated")]
        #visibility trait #async_links: ::core::marker::Send + ::core::marker::Sync {
            fn visit_number<V: #async_visitor>(&self, number: u16, visitor: &mut V) -> #future;
        }

        impl #async_links for () {
            fn visit_number<V: #async_visitor>(&self, _: u16, _: &mut V) -> #future {
                ::core::future::ready(::core::ops::ControlFlow::Continue(()))
            }
        }

        impl<const N: u16, R: #async_links> #async_links for (#keyway::__private::Link<{ N }, #keyway::__private::Absent>, R) {
            #next
        }

        impl<const N: u16, S: #shielded, R: #async_links> #async_links
            for (#keyway::__private::Link<{ N }, ::core::option::Option<#guard<S>>>, R)
        {
            async fn visit_number<V: #async_visitor>(&self, number: u16, visitor: &mut V) -> ::core::ops::ControlFlow<()> {
                if number != N {
                    return self.1.visit_number(number, visitor).await;
                }
                match &self.0.0 {
                    ::core::option::Option::Some(guard) => visitor.visit(guard, guard.slot.descriptor()).await,
                    ::core::option::Option::None => ::core::ops::ControlFlow::Continue(()),
                }
            }
        }
    };
    let declared = quote! {
        /// Shows every extension to `visitor`, in start order, until it breaks; waits for the visitor before it goes on.
        fn visit_async<V: #async_visitor>(&self, visitor: &mut V) -> #future;
    };
    let defined = quote! {
        async fn visit_async<V: #async_visitor>(&self, visitor: &mut V) -> ::core::ops::ControlFlow<()> {
            for number in O::ORDER {
                self.links().visit_number(*number, visitor).await?;
            }
            ::core::ops::ControlFlow::Continue(())
        }
    };
    Async { items, bound: quote!(+ #async_links), declared, defined }
}
