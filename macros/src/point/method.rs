//! Which methods of a trait can be carried from a host to a plugin, and why the others cannot.

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    FnArg, GenericParam, ItemTrait, LitStr, Pat, Receiver, ReturnType, Signature, TraitItem, TraitItemFn, Type, TypeParamBound,
};

use crate::errors::Errors;

/// One method that can be carried.
pub(crate) struct Method<'a> {
    pub(crate) item: &'a TraitItemFn,
    /// Names and types of the arguments after `&self`.
    pub(crate) arguments: Vec<(syn::Ident, &'a Type)>,
    /// What it returns; `()` when nothing is written.
    pub(crate) output: Type,
}

impl Method<'_> {
    pub(crate) fn signature(&self) -> &Signature {
        &self.item.sig
    }

    pub(crate) fn is_async(&self) -> bool {
        self.item.sig.asyncness.is_some()
    }
}

/// Reads the methods of a trait; what cannot be carried goes to `errors`.
pub(crate) fn read<'a>(item: &'a ItemTrait, errors: &mut Errors) -> Vec<Method<'a>> {
    if let Some(unsafety) = &item.unsafety {
        errors.at(unsafety, "KW0230", "an extension point cannot be an `unsafe trait`", "remove `unsafe`");
    }
    if !item.generics.params.is_empty() {
        let message = format!("the extension point `{}` has generic parameters, so no host can name it", item.ident);
        errors.at(&item.generics.params, "KW0230", &message, "use concrete types, or one trait for each type");
    }
    if let Some(clause) = &item.generics.where_clause {
        errors.at(clause, "KW0230", "an extension point cannot have a `where` clause", "remove it");
    }
    for bound in item.supertraits.iter().filter(|bound| !is_kept_by_guards(bound)) {
        let message = format!(
            "the extension point `{}` cannot demand `{}`: hosts call a guard, which does not implement it",
            item.ident,
            bound.to_token_stream().to_string().replace(' ', "")
        );
        errors.at(bound, "KW0230", &message, "remove it; put the methods you need of it into the extension point");
    }
    item.items.iter().filter_map(|entry| read_item(entry, errors)).collect()
}

/// Refuses a deadline where there is no async method that could be given up.
pub(crate) fn check_deadline(item: &ItemTrait, deadline: Option<&LitStr>, errors: &mut Errors) {
    let is_async = |entry: &TraitItem| matches!(entry, TraitItem::Fn(method) if method.sig.asyncness.is_some());
    if let Some(deadline) = deadline
        && deadline.value() != "none"
        && !item.items.iter().any(is_async)
    {
        let message = format!(
            "the deadline `{}` limits nothing: `{}` has no async method, and no other can be given up",
            deadline.value(),
            item.ident
        );
        errors.at(deadline, "KW0232", &message, "remove `deadline`, or make the methods that may take long `async`");
    }
}

/// Whether every guard meets a bound: it is `Send`, `Sync`, `'static`, `Unpin` and `Debug`.
fn is_kept_by_guards(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Lifetime(lifetime) => lifetime.ident == "static",
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .is_some_and(|last| ["Send", "Sync", "Unpin", "Debug"].iter().any(|kept| last.ident == kept)),
        _ => false,
    }
}

/// Names of methods that a guard or the host's `Extension` around it has already: calls would reach those.
const RESERVED: [&str; 6] = ["clone", "fmt", "id", "plugin", "counts", "guard"];

fn read_item<'a>(item: &'a TraitItem, errors: &mut Errors) -> Option<Method<'a>> {
    match item {
        TraitItem::Fn(method) => read_method(method, errors),
        TraitItem::Type(associated) => {
            let message =
                format!("the associated type `{}` cannot be carried: hosts hold plugins of many types", associated.ident);
            errors.at(&associated.ident, "KW0230", &message, "use a concrete type in the methods");
            None
        }
        TraitItem::Const(associated) => {
            let message = format!("the associated constant `{}` cannot be carried behind a trait object", associated.ident);
            errors.at(&associated.ident, "KW0230", &message, "make it a method that returns the value");
            None
        }
        other => {
            errors.at(other, "KW0230", "only methods can stand in an extension point", "remove this item");
            None
        }
    }
}

fn read_method<'a>(item: &'a TraitItemFn, errors: &mut Errors) -> Option<Method<'a>> {
    let signature = &item.sig;
    let name = &signature.ident;
    let mut refuse = |tokens: &dyn ToTokens, reason: &str, help: &str| {
        errors.at(tokens.to_token_stream(), "KW0231", &format!("the method `{name}` cannot be carried: {reason}"), help);
    };
    let mut good = true;
    let mut check = |bad: bool, tokens: &dyn ToTokens, reason: &str, help: &str| {
        if bad {
            good = false;
            refuse(tokens, reason, help);
        }
    };
    check(signature.constness.is_some(), &signature.constness, "it is `const`", "remove `const`");
    check(!matches!(signature.safety, syn::Safety::Default), &name, "it is `unsafe`", "remove `unsafe`");
    check(signature.abi.is_some(), &signature.abi, "it has an ABI of its own", "remove `extern`");
    check(signature.variadic.is_some(), &signature.variadic, "it is variadic", "take a slice");
    check(
        RESERVED.iter().any(|reserved| name == reserved),
        &name,
        "its name belongs to a method that every extension has already",
        "choose another name",
    );
    if let Some(clause) = &signature.generics.where_clause {
        check(true, clause, "it has a `where` clause", "remove it");
    }
    for parameter in &signature.generics.params {
        let (reason, help) = match parameter {
            GenericParam::Lifetime(_) => ("it names a lifetime", "leave lifetimes out; borrowed arguments are lent for the call"),
            GenericParam::Type(_) | GenericParam::Const(_) => {
                ("it is generic, so it would be many methods", "take a concrete type, a trait object or an enum")
            }
        };
        check(true, &parameter, reason, help);
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) if takes_shared_self(receiver) => {}
        Some(FnArg::Receiver(receiver)) => {
            let reason = "it does not take `&self`, and many callers share one plugin";
            check(true, &receiver, reason, "take `&self`; use a lock or an atomic inside the plugin for what changes");
        }
        _ => check(true, &name, "it has no `self`, so there is no plugin to call", "take `&self` first"),
    }
    let mut arguments = Vec::new();
    for input in signature.inputs.iter().skip(1) {
        let FnArg::Typed(input) = input else { continue };
        match &*input.pat {
            Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => {
                arguments.push((pattern.ident.clone(), &*input.ty));
            }
            Pat::Wild(_) => arguments.push((quote::format_ident!("__argument_{}", arguments.len()), &*input.ty)),
            pattern => check(true, &pattern, "an argument is a pattern", "give the argument a name"),
        }
        if let Some(found) = Uncarriable::find(&input.ty) {
            check(true, &found.tokens, found.reason, found.help);
        }
    }
    let output = match &signature.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => {
            if let Some(found) = Uncarriable::find(ty) {
                check(true, &found.tokens, found.reason, found.help);
            }
            Type::clone(ty)
        }
    };
    good.then_some(Method { item, arguments, output })
}

fn takes_shared_self(receiver: &Receiver) -> bool {
    matches!(receiver.kind, syn::ReceiverKind::Reference(_, None, None))
}

/// Something in a type that cannot be carried.
struct Uncarriable {
    tokens: proc_macro2::TokenStream,
    reason: &'static str,
    help: &'static str,
}

impl Uncarriable {
    fn find(ty: &Type) -> Option<Self> {
        let mut finder = Finder(None);
        finder.visit_type(ty);
        finder.0
    }
}

struct Finder(Option<Uncarriable>);

impl<'a> Visit<'a> for Finder {
    fn visit_type_impl_trait(&mut self, ty: &'a syn::TypeImplTrait) {
        self.0 = Some(Uncarriable {
            tokens: ty.to_token_stream(),
            reason: "`impl Trait` is a different type for each plugin",
            help: "use a concrete type or `Box<dyn Trait>`",
        });
    }

    fn visit_type_path(&mut self, path: &'a syn::TypePath) {
        if path.path.segments.first().is_some_and(|segment| segment.ident == "Self") {
            self.0 = Some(Uncarriable {
                tokens: path.to_token_stream(),
                reason: "`Self` is a different type for each plugin",
                help: "use a concrete type",
            });
        }
        visit::visit_type_path(self, path);
    }
}
