//! Writes the traits by which the plugins of a point are visited as values of their own types.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemTrait;

use super::arguments::Arguments;
use super::expand::Names;

/// Visiting the plugins of a point as values of their own types, for `host! { concrete = […] }`.
pub(super) fn walk(arguments: &Arguments, item: &ItemTrait, names: &Names) -> TokenStream {
    let keyway = &arguments.keyway;
    let visibility = &item.vis;
    let Names { point, shielded, guard, visitor, chain, links } = names;
    let visitor_doc = format!("Is shown each extension of [`{point}`] by [`{chain}::visit`], as a value of its own type.");
    let chain_doc = format!(
        "The extensions of [`{point}`] as one concrete type, in start order: calls of different plugins are direct.\n\nA host makes it with \
         `host! {{{{ concrete = [{point}] }}}}`."
    );
    quote! {
        #[doc = #visitor_doc]
        #visibility trait #visitor {
            /// Sees one extension. Return `Break` to see no more.
            fn visit<E: #point>(&mut self, extension: &E, plugin: &'static #keyway::manifest::Descriptor) -> ::core::ops::ControlFlow<()>;
        }

        #[doc = #chain_doc]
        #visibility trait #chain: ::core::marker::Send + ::core::marker::Sync {
            /// Shows every extension to `visitor`, in start order, until it breaks.
            fn visit<V: #visitor>(&self, visitor: &mut V) -> ::core::ops::ControlFlow<()>;
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

        impl<L: #links, O: #keyway::__private::StartOrder> #chain for #keyway::__private::Ordered<L, O> {
            #[inline]
            fn visit<V: #visitor>(&self, visitor: &mut V) -> ::core::ops::ControlFlow<()> {
                L::visit_from_here::<L, O, V>(self.links(), visitor)
            }
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

        impl<const N: u16, R: #links> #links for (#keyway::__private::Link<N, #keyway::__private::Absent>, R) {
            #[inline]
            fn visit_rank<const RANK: u16, O: #keyway::__private::StartOrder, V: #visitor>(
                &self,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                self.1.visit_rank::<RANK, O, V>(visitor)
            }

            #[inline]
            fn visit_from_here<A: #links, O: #keyway::__private::StartOrder, V: #visitor>(
                all: &A,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                all.visit_rank::<N, O, V>(visitor)?;
                R::visit_from_here::<A, O, V>(all, visitor)
            }
        }

        impl<const N: u16, S: #shielded, R: #links> #links
            for (#keyway::__private::Link<N, ::core::option::Option<#guard<S>>>, R)
        {
            #[inline]
            fn visit_rank<const RANK: u16, O: #keyway::__private::StartOrder, V: #visitor>(
                &self,
                visitor: &mut V,
            ) -> ::core::ops::ControlFlow<()> {
                // Known when this is compiled, so that a direct call is all that remains.
                if const { O::ORDER[RANK as usize] != N } {
                    return self.1.visit_rank::<RANK, O, V>(visitor);
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
                all.visit_rank::<N, O, V>(visitor)?;
                R::visit_from_here::<A, O, V>(all, visitor)
            }
        }
    }
}
