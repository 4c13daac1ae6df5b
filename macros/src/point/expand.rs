//! Writes the code of `#[extension_point]`.

use keyway_manifest::{AfterPanic, BreakOn, FailurePolicy, PluginId};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, ItemTrait, ReturnType, Token, TraitItem, Type, parse_quote};

use super::arguments::Arguments;
use super::method::Method;
use super::walk::walk;
use super::{layout::layout, lifetime, signature};

/// Everything that belongs to one extension point.
pub(crate) fn point(arguments: &Arguments, item: &ItemTrait, methods: &[Method<'_>]) -> TokenStream {
    let names = Names::of(&item.ident);
    let authored = authored_trait(item);
    let shielded = shielded(arguments, item, &names, methods);
    let guard = guard(arguments, item, &names, methods);
    let point = point_impls(arguments, &names, methods);
    let walk = walk(arguments, item, &names, methods);
    quote!(#authored #shielded #guard #point #walk)
}

/// The trait alone, for when something else is wrong.
pub(crate) fn fallback(item: &ItemTrait, errors: Option<&TokenStream>) -> TokenStream {
    let authored = authored_trait(item);
    quote!(#errors #authored)
}

/// The names of what is generated for a point.
pub(super) struct Names {
    pub(super) point: Ident,
    pub(super) shielded: Ident,
    pub(super) guard: Ident,
    pub(super) visitor: Ident,
    pub(super) chain: Ident,
    pub(super) links: Ident,
    pub(super) async_visitor: Ident,
    pub(super) async_links: Ident,
}

impl Names {
    fn of(point: &Ident) -> Self {
        Self {
            point: point.clone(),
            shielded: format_ident!("{point}Shielded"),
            guard: format_ident!("{point}Guard"),
            visitor: format_ident!("{point}Visitor"),
            chain: format_ident!("{point}Chain"),
            links: format_ident!("{point}Links"),
            async_visitor: format_ident!("{point}AsyncVisitor"),
            async_links: format_ident!("{point}AsyncLinks"),
        }
    }
}

/// The trait that plugins implement: as written, with async methods as futures that are `Send`, and fit for `dyn`.
fn authored_trait(item: &ItemTrait) -> TokenStream {
    let mut item = item.clone();
    let name = item.ident.to_string();
    let message = format!("the plugin `{{Self}}` lists `{name}` in `provides(…)` but does not implement it");
    let label = format!("`{name}` is not implemented for this plugin");
    let note = format!("add `impl {name} for {{Self}} {{{{ … }}}}`, or take `{name}` out of `#[plugin(provides(…))]`");
    item.attrs.push(parse_quote!(#[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]));
    if item.colon_token.is_none() {
        item.colon_token = Some(Token![:](item.ident.span()));
    }
    for bound in [parse_quote!(::core::marker::Send), parse_quote!(::core::marker::Sync), parse_quote!('static)] {
        item.supertraits.push(bound);
    }
    for entry in &mut item.items {
        let TraitItem::Fn(method) = entry else { continue };
        if method.sig.asyncness.take().is_none() {
            continue;
        }
        let output: Type = match &method.sig.output {
            ReturnType::Default => parse_quote!(()),
            ReturnType::Type(_, ty) => Type::clone(ty),
        };
        method.sig.output = parse_quote!(-> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
        method.sig.generics.make_where_clause().predicates.push(parse_quote!(Self: ::core::marker::Sized));
        if let Some(body) = &mut method.default {
            *body = parse_quote!({ async move #body });
        }
    }
    quote!(#item)
}

/// The attributes of a method that its generated twins share.
fn carried<'a>(method: &'a Method<'_>) -> impl Iterator<Item = &'a Attribute> {
    method.item.attrs.iter().filter(|attribute| ["cfg", "doc", "deprecated"].iter().any(|name| attribute.path().is_ident(name)))
}

pub(super) fn cfgs<'a>(method: &'a Method<'_>) -> impl Iterator<Item = &'a Attribute> {
    method.item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// The object-safe twin of the trait, in which every method catches panics.
fn shielded(arguments: &Arguments, item: &ItemTrait, names: &Names, methods: &[Method<'_>]) -> TokenStream {
    let keyway = &arguments.keyway;
    let visibility = &item.vis;
    let Names { point, shielded, .. } = names;
    let doc = format!("[`{point}`] behind the panic shield of a plugin; implemented for every plugin, not by hand.");
    let mut declarations = Vec::new();
    let mut definitions = Vec::new();
    for method in methods {
        let cfgs: Vec<_> = cfgs(method).collect();
        let name = &method.signature().ident;
        let idents: Vec<_> = method.arguments.iter().map(|(ident, _)| ident).collect();
        if method.is_async() {
            let head = shielded_async_head(keyway, method);
            declarations.push(quote!(#(#cfgs)* #head;));
            definitions.push(quote! {
                #(#cfgs)*
                #head {
                    #keyway::__private::Caught::make(move || <__KeywayPlugin as #point>::#name(self.plugin() #(, #idents)*))
                }
            });
        } else {
            let types = method.arguments.iter().map(|(_, ty)| ty);
            let output = &method.output;
            let head = quote! {
                fn #name(&self #(, #idents: #types)*) -> ::core::result::Result<#output, #keyway::__private::Panicked>
            };
            declarations.push(quote!(#(#cfgs)* #head;));
            definitions.push(quote! {
                #(#cfgs)*
                #[inline]
                #head {
                    #keyway::__private::catch(::core::panic::AssertUnwindSafe(move || <__KeywayPlugin as #point>::#name(self.plugin() #(, #idents)*)))
                }
            });
        }
    }
    quote! {
        #[doc = #doc]
        #[doc(hidden)]
        #[allow(missing_docs, deprecated, clippy::all, reason = "generated")]
        #visibility trait #shielded: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#declarations)*
        }

        #[allow(deprecated, clippy::all, reason = "generated")]
        impl<__KeywayPlugin: #point> #shielded for #keyway::__private::Shield<__KeywayPlugin> {
            #(#definitions)*
        }
    }
}

/// An async method of the shielded twin: all it borrows outlives the boxed future.
fn shielded_async_head(keyway: &TokenStream, method: &Method<'_>) -> TokenStream {
    let name = &method.signature().ident;
    let (of_future, of_self) = (lifetime::of_future(), lifetime::of_self());
    let mut output = method.output.clone();
    lifetime::name_in_output(&mut output);
    let mut lifetimes = Vec::new();
    let mut arguments = Vec::new();
    for (ident, ty) in &method.arguments {
        let mut ty = Type::clone(ty);
        lifetime::name_in_argument(&mut ty, &mut lifetimes);
        arguments.push(quote!(#ident: #ty));
    }
    quote! {
        fn #name<#of_self: #of_future, #(#lifetimes: #of_future,)* #of_future>(&#of_self self #(, #arguments)*)
            -> #keyway::__private::Caught<#of_future, #output>
    }
}

/// The number of a method in `PointInfo::methods`, which methods that are compiled out are not in.
fn number_of(methods: &[Method<'_>], index: usize) -> TokenStream {
    let conditions = methods[..index].iter().map(|method| {
        let predicates: Vec<_> = cfgs(method).filter_map(|cfg| cfg.parse_args::<TokenStream>().ok()).collect();
        (!predicates.is_empty()).then_some(predicates)
    });
    let conditions: Vec<_> = conditions.collect();
    let always = conditions.iter().filter(|condition| condition.is_none()).count();
    let sometimes = conditions.iter().flatten().map(|predicates| quote!(+ ::core::cfg!(all(#(#predicates),*)) as usize));
    quote!(#always #(#sometimes)*)
}

/// The guard: the trait's methods as a host calls them.
///
/// Where the point or the types of its methods are named, parameters have names that no author chooses.
fn guard(arguments: &Arguments, item: &ItemTrait, names: &Names, methods: &[Method<'_>]) -> TokenStream {
    let keyway = &arguments.keyway;
    let visibility = &item.vis;
    let Names { point, shielded, guard, .. } = names;
    let outcome = match arguments.on_failure {
        FailurePolicy::Closed => quote!(OutcomeClosed),
        FailurePolicy::Open => quote!(OutcomeOpen),
    };
    let policy = match arguments.on_failure {
        FailurePolicy::Closed => "A call that fails is an error of the method's own error type.",
        FailurePolicy::Open => "A call that fails is skipped and counted; its answer is the neutral one.",
    };
    let doc = format!(
        "An extension of [`{point}`] as a host calls it: counted, limited in time, and attributed to its plugin.\n\n{policy} It has the \
         methods of [`{point}`] and implements it. Cloning is cheap."
    );
    let mut inherent = Vec::new();
    let mut implemented = Vec::new();
    for (index, method) in methods.iter().enumerate() {
        let number = number_of(methods, index);
        let carried: Vec<_> = carried(method).collect();
        let cfgs: Vec<_> = cfgs(method).collect();
        let name = &method.signature().ident;
        let idents: Vec<_> = method.arguments.iter().map(|(ident, _)| ident).collect();
        let types: Vec<_> = method.arguments.iter().map(|(_, ty)| ty).collect();
        let output = &method.output;
        // The span of the return type, so that a type the policy cannot carry is marked there.
        let span = syn::spanned::Spanned::span(output);
        let policy = quote!(#keyway::__private::#outcome::<#output>);
        let call = Ident::new(if method.is_async() { "call_async" } else { "call" }, span);
        let ret = match &method.signature().output {
            ReturnType::Default => TokenStream::new(),
            ReturnType::Type(..) => quote!(-> #output),
        };
        if method.is_async() {
            inherent.push(quote! {
                #(#carried)*
                #visibility async fn #name(&self #(, #idents: #types)*) #ret {
                    self.slot.#call::<#policy>(#number, move || self.shielded.#name(#(#idents),*)).await
                }
            });
            implemented.push(quote! {
                #(#cfgs)*
                async fn #name(&self #(, #idents: #types)*) #ret {
                    #guard::#name(self #(, #idents)*).await
                }
            });
        } else {
            inherent.push(quote! {
                #(#carried)*
                #[inline]
                #visibility fn #name(&self #(, #idents: #types)*) #ret {
                    self.slot.#call::<#policy>(#number, move || self.shielded.#name(#(#idents),*))
                }
            });
            implemented.push(quote! {
                #(#cfgs)*
                #[inline]
                fn #name(&self #(, #idents: #types)*) #ret {
                    #guard::#name(self #(, #idents)*)
                }
            });
        }
    }
    quote! {
        #[doc = #doc]
        #visibility struct #guard<S: ?::core::marker::Sized = dyn #shielded> {
            // Dropped before the slot, which keeps the library that it may have come from.
            shielded: ::std::sync::Arc<S>,
            slot: ::std::sync::Arc<#keyway::__private::Slot>,
        }

        impl<S: ?::core::marker::Sized> ::core::clone::Clone for #guard<S> {
            fn clone(&self) -> Self {
                Self { slot: ::std::sync::Arc::clone(&self.slot), shielded: ::std::sync::Arc::clone(&self.shielded) }
            }
        }

        impl<S: ?::core::marker::Sized> ::core::fmt::Debug for #guard<S> {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&*self.slot, formatter)
            }
        }

        #[allow(missing_docs, deprecated, clippy::all, reason = "generated")]
        impl<__KeywayShielded: #shielded + ?::core::marker::Sized> #guard<__KeywayShielded> {
            #(#inherent)*
        }

        #[diagnostic::do_not_recommend]
        #[allow(deprecated, clippy::all, reason = "generated")]
        impl<__KeywayShielded: #shielded + ?::core::marker::Sized> #point for #guard<__KeywayShielded> {
            #(#implemented)*
        }
    }
}

/// `dyn Point` as the name of the extension point.
fn point_impls(arguments: &Arguments, names: &Names, methods: &[Method<'_>]) -> TokenStream {
    let Arguments {
        id,
        version,
        on_failure,
        deadline_millis,
        break_on,
        after_panic,
        mode,
        historic,
        permission,
        uncounted,
        keyway,
        ..
    } = arguments;
    // A bound, so that the permission's own text tells which line the manifest lacks, at the name in `provides(…)`.
    let permission = permission.iter();
    let Names { point, shielded, guard, .. } = names;
    let hook = mode.as_ref().map(|mode| {
        quote! {
            impl<'__point> #keyway::hook::HookPoint for dyn #point + '__point {
                type Mode = #keyway::hook::#mode;
            }
        }
    });
    let historic = historic.then(|| {
        quote! {
            impl<'__point> #keyway::hook::HistoricPoint for dyn #point + '__point {}
        }
    });
    let mode_of_info = match mode {
        Some(mode) => quote!(::core::option::Option::Some(#keyway::manifest::HookMode::#mode)),
        None => quote!(::core::option::Option::None),
    };
    let hash = PluginId::hash_text(id);
    let keyway_manifest::Version { major, minor, patch, pre, build } = version;
    let on_failure = match on_failure {
        FailurePolicy::Closed => quote!(Closed),
        FailurePolicy::Open => quote!(Open),
    };
    let break_on = match break_on {
        BreakOn::Failures => quote!(Failures),
        BreakOn::Errors => quote!(Errors),
        BreakOn::Nothing => quote!(Nothing),
    };
    let after_panic = match after_panic {
        AfterPanic::Continue => quote!(Continue),
        AfterPanic::Restart => quote!(Restart),
        AfterPanic::Disable => quote!(Disable),
    };
    let deadline = match deadline_millis {
        Some(millis) => quote!(::core::option::Option::Some(#millis)),
        None => quote!(::core::option::Option::None),
    };
    let uncounted = methods.iter().map(|method| &method.signature().ident).filter(|name| uncounted.has(name));
    let uncounted = uncounted.map(ToString::to_string);
    let layout = layout(arguments, methods);
    let methods = methods.iter().map(|method| {
        let cfgs = cfgs(method);
        let name = method.signature().ident.to_string();
        let hash = signature::hash(method.signature());
        quote!(#(#cfgs)* (#name, #hash))
    });
    quote! {
        #[diagnostic::do_not_recommend]
        impl<'__point> #keyway::ExtensionPoint for dyn #point + '__point {
            const INFO: &'static #keyway::manifest::PointInfo = &#keyway::manifest::PointInfo {
                id: #keyway::manifest::PluginId::from_parts(#id, #hash),
                version: #keyway::manifest::Version { major: #major, minor: #minor, patch: #patch, pre: #pre, build: #build },
                on_failure: #keyway::manifest::FailurePolicy::#on_failure,
                deadline_millis: #deadline,
                break_on: #keyway::manifest::BreakOn::#break_on,
                after_panic: #keyway::manifest::AfterPanic::#after_panic,
                mode: #mode_of_info,
                uncounted: &[#(#uncounted),*],
                methods: &[#(#methods),*],
            };
            #layout
            type Shielded = dyn #shielded;
            type Guard = #guard;

            fn guard(slot: ::std::sync::Arc<#keyway::__private::Slot>, shielded: ::std::sync::Arc<dyn #shielded>) -> #guard {
                #guard { slot, shielded }
            }

            fn lend(guard: &#guard) -> ::std::sync::Arc<dyn #shielded> {
                ::std::sync::Arc::new(#keyway::__private::Shield::new(&::std::sync::Arc::new(::core::clone::Clone::clone(guard))))
            }
        }

        impl<'__point, __KeywayPlugin: #point #(+ #permission)*> #keyway::__private::Carries<__KeywayPlugin> for dyn #point + '__point {
            type Concrete = #guard<#keyway::__private::Shield<__KeywayPlugin>>;

            fn shield(plugin: &::std::sync::Arc<__KeywayPlugin>) -> ::std::sync::Arc<dyn #shielded> {
                ::std::sync::Arc::new(#keyway::__private::Shield::new(plugin))
            }

            fn concrete(slot: ::std::sync::Arc<#keyway::__private::Slot>, plugin: &::std::sync::Arc<__KeywayPlugin>) -> Self::Concrete {
                #guard { slot, shielded: ::std::sync::Arc::new(#keyway::__private::Shield::new(plugin)) }
            }
        }

        #hook
        #historic

        #keyway::__register_point!(dyn #point);
    }
}
