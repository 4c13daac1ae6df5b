//! `publishes(…)`, `subscribes(…)` and `observes(…)` of `#[plugin(…)]`.

use keyway_manifest::parse::nearest;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{LitInt, LitStr, Path, PathArguments, PathSegment, Token};

use super::arguments::quote_path;
use crate::errors::Errors;

/// The events of a plugin.
#[derive(Default)]
pub(crate) struct Events {
    publishes: Vec<Path>,
    subscribes: Vec<(Path, Delivery)>,
    observes: Vec<(LitStr, Delivery)>,
}

/// How a subscriber is told.
#[derive(Clone, Copy)]
struct Delivery {
    is_sync: bool,
    capacity: usize,
    when_full: &'static str,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { is_sync: false, capacity: 256, when_full: "DropOldest" }
    }
}

const OPTIONS: [&str; 3] = ["delivery", "capacity", "when_full"];
const POLICIES: [(&str, &str); 4] =
    [("drop_oldest", "DropOldest"), ("drop_newest", "DropNewest"), ("coalesce", "Coalesce"), ("block", "Block")];

/// A path without arguments in parentheses, which are options here.
struct EventPath(Path);

impl Parse for EventPath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let leading_colon = input.parse()?;
        let mut segments = syn::punctuated::Punctuated::new();
        loop {
            let ident = input.call(syn::ext::IdentExt::parse_any)?;
            segments.push_value(PathSegment { ident, arguments: PathArguments::None });
            if !input.peek(Token![::]) {
                break;
            }
            segments.push_punct(input.parse()?);
        }
        Ok(Self(Path { leading_colon, segments }))
    }
}

impl Events {
    /// Reads the list of one key.
    pub(crate) fn read(&mut self, key: &str, list: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        while !list.is_empty() {
            if key == "observes" {
                let pattern: LitStr = list.parse()?;
                let delivery = delivery(list, errors)?;
                if delivery.is_sync {
                    let message = "an observer is told from its queue, never at once";
                    errors.at(&pattern, "KW0252", message, "remove `delivery`, or subscribe to the type of the event");
                }
                check_pattern(&pattern, errors);
                self.observes.push((pattern, delivery));
            } else {
                let EventPath(path) = list.parse()?;
                let written = quote_path(&path);
                let mut seen: Box<dyn Iterator<Item = &Path>> = match key {
                    "publishes" => Box::new(self.publishes.iter()),
                    _ => Box::new(self.subscribes.iter().map(|(path, _)| path)),
                };
                let is_twice = seen.any(|seen| quote_path(seen) == written);
                drop(seen);
                if is_twice {
                    errors.at(&path, "KW0205", &format!("`{written}` is listed twice in `{key}(…)`"), "remove one of them");
                }
                let delivery = if key == "publishes" { Delivery::default() } else { delivery(list, errors)? };
                match key {
                    _ if is_twice => {}
                    "publishes" => self.publishes.push(path),
                    _ => self.subscribes.push((path, delivery)),
                }
            }
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    /// The entries of the descriptor; it stands where `m` names the manifest crate.
    pub(crate) fn entries(&self, keyway: &TokenStream) -> Vec<TokenStream> {
        let entry = |path: &Path, role: TokenStream| {
            let info = quote_spanned!(path.span()=> <#path as #keyway::Event>::INFO);
            quote!(m::EventEntry { event: #info, role: m::EventRole::#role })
        };
        let publishes = self.publishes.iter().map(|path| entry(path, quote!(Publishes)));
        publishes.chain(self.subscribes.iter().map(|(path, _)| entry(path, quote!(Subscribes)))).collect()
    }

    /// The function that hands the subscriptions to the host.
    pub(crate) fn subscriptions(&self, keyway: &TokenStream) -> TokenStream {
        if self.subscribes.is_empty() && self.observes.is_empty() {
            return TokenStream::new();
        }
        let subscribes = self.subscribes.iter().map(|(path, delivery)| {
            if delivery.is_sync {
                quote_spanned!(path.span()=> #keyway::__private::SubscriptionOf::now::<#path>())
            } else {
                let options = delivery.options(keyway);
                quote_spanned!(path.span()=> #keyway::__private::SubscriptionOf::later::<#path>(#options))
            }
        });
        let observes = self.observes.iter().map(|(pattern, delivery)| {
            let options = delivery.options(keyway);
            quote_spanned!(pattern.span()=> #keyway::__private::SubscriptionOf::pattern(#pattern, #options))
        });
        quote! {
            fn __subscriptions(instance: &::std::sync::Arc<Self>) -> ::std::vec::Vec<#keyway::__private::Subscription> {
                #keyway::__private::subscriptions(
                    const { &[#(#subscribes,)* #(#observes,)*] as &[#keyway::__private::SubscriptionOf<Self>] },
                    instance,
                )
            }
        }
    }

    /// The types of `publishes(…)`.
    pub(crate) fn published(&self) -> &[Path] {
        &self.publishes
    }

    /// The types of `subscribes(…)`.
    pub(crate) fn subscribed(&self) -> impl Iterator<Item = &Path> {
        self.subscribes.iter().map(|(path, _)| path)
    }

    /// The patterns of `observes(…)`.
    pub(crate) fn observed(&self) -> impl Iterator<Item = &LitStr> {
        self.observes.iter().map(|(pattern, _)| pattern)
    }

    /// What stands beside the implementation of `Plugin`.
    pub(crate) fn items(&self, keyway: &TokenStream, name: &Ident) -> TokenStream {
        let publishes = self.publishes(keyway, name);
        let check = |span: Span, role: TokenStream, topic: TokenStream| {
            quote_spanned! {span=>
                const _: () = if let ::core::option::Option::Some(message) = #keyway::manifest::uncovered_topic(
                    <#name as #keyway::Plugin>::DESCRIPTOR,
                    #keyway::manifest::EventRole::#role,
                    #topic,
                ) {
                    ::core::panic!("{}", message.as_str())
                };
            }
        };
        let of_type =
            |path: &Path, role: TokenStream| check(path.span(), role, quote!(<#path as #keyway::Event>::INFO.topic.as_str()));
        let published = self.publishes.iter().map(|path| of_type(path, quote!(Publishes)));
        let subscribed = self.subscribes.iter().map(|(path, _)| of_type(path, quote!(Subscribes)));
        let observed =
            self.observes.iter().map(|(pattern, _)| check(pattern.span(), quote!(Subscribes), pattern.to_token_stream()));
        quote!(#publishes #(#published)* #(#subscribed)* #(#observed)*)
    }

    /// The implementations of `Publishes`.
    pub(crate) fn publishes(&self, keyway: &TokenStream, name: &Ident) -> TokenStream {
        let publishes = &self.publishes;
        quote! {
            #(
                #[automatically_derived]
                impl #keyway::event::Publishes<#publishes> for #name {}
            )*
        }
    }
}

impl Delivery {
    fn options(self, keyway: &TokenStream) -> TokenStream {
        let capacity = self.capacity;
        let when_full = Ident::new(self.when_full, Span::call_site());
        quote!(#keyway::__private::QueueOptions { capacity: #capacity, when_full: #keyway::__private::WhenFull::#when_full })
    }
}

/// Reads `(delivery = "sync", …)`, if it stands there.
fn delivery(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Delivery> {
    let mut delivery = Delivery::default();
    if !input.peek(syn::token::Paren) {
        return Ok(delivery);
    }
    let list;
    syn::parenthesized!(list in input);
    let mut of_queue = None;
    while !list.is_empty() {
        let key: Ident = list.parse()?;
        list.parse::<Token![=]>()?;
        match key.to_string().as_str() {
            "delivery" => {
                let value: LitStr = list.parse()?;
                match value.value().as_str() {
                    "sync" => delivery.is_sync = true,
                    "queue" => delivery.is_sync = false,
                    other => errors.at(
                        &value,
                        "KW0252",
                        &format!("`{other}` is no way to deliver an event"),
                        "write `\"queue\"` (later, from a queue; the default) or `\"sync\"` (at once, on the publisher's thread)",
                    ),
                }
            }
            "capacity" => {
                let value: LitInt = list.parse()?;
                match value.base10_parse() {
                    Ok(capacity) if capacity > 0 => delivery.capacity = capacity,
                    _ => errors.at(&value, "KW0252", "a queue holds one event at least", "write `capacity = 256`, the default"),
                }
                of_queue = Some(key);
            }
            "when_full" => {
                let value: LitStr = list.parse()?;
                match POLICIES.iter().find(|(written, _)| *written == value.value()) {
                    Some((_, policy)) => delivery.when_full = policy,
                    None => errors.at(
                        &value,
                        "KW0252",
                        &format!("`{}` is nothing that a full queue can do", value.value()),
                        "write `\"drop_oldest\"` (the default), `\"drop_newest\"`, `\"coalesce\"` or `\"block\"`",
                    ),
                }
                of_queue = Some(key);
            }
            other => {
                let help = nearest(other, OPTIONS).first().map_or_else(
                    || "the options are `delivery`, `capacity` and `when_full`".to_owned(),
                    |near| format!("write `{near}`"),
                );
                errors.at(&key, "KW0252", &format!("`{other}` is no option of a subscription"), &help);
                let _: syn::Expr = list.parse()?;
            }
        }
        if !list.is_empty() {
            list.parse::<Token![,]>()?;
        }
    }
    if let Some(key) = of_queue.filter(|_| delivery.is_sync) {
        let message = format!("`{key}` is about a queue, and `delivery = \"sync\"` has none");
        errors.at(&key, "KW0252", &message, "remove one of the two");
    }
    Ok(delivery)
}

fn check_pattern(pattern: &LitStr, errors: &mut Errors) {
    if let Err(problem) = keyway_manifest::parse::check_scope(keyway_manifest::ScopeKind::Topic, &pattern.value()) {
        let message = format!("`{}` is no pattern of topics: it {}", pattern.value(), problem.detail);
        errors.at(pattern, "KW0252", &message, "write, for example, `\"content.*\"` or `\"**\"`");
    }
}
