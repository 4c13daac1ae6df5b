//! Writes what the layout of a type is: an expression of type `&'static TypeLayout`.
//!
//! Types are told by what they are written like. Where that could deceive, `keyway::boundary` asks the compiler.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, Type, TypePath, parse_quote};

use crate::source_text::source_text;

/// Types of the standard library of whose layout more than a size is known even where that of an argument is not.
const STANDARD: [&str; 12] =
    ["Option", "Result", "Vec", "VecDeque", "Box", "Arc", "BTreeMap", "BTreeSet", "Cow", "Pin", "Mutex", "PhantomData"];

/// The package that is being compiled, as `SdkFacts`: what its build script found out goes with it.
pub(crate) fn sdk(keyway: &TokenStream) -> TokenStream {
    quote! {
        #keyway::manifest::record::SdkFacts::of(
            ::core::env!("CARGO_PKG_NAME"),
            ::core::env!("CARGO_PKG_VERSION"),
            ::core::option_env!("KEYWAY_SDK_DEPENDENCIES"),
        )
    }
}

/// Where a type stands.
pub(crate) struct Layouts<'a> {
    /// The path of the crate `keyway`.
    pub(crate) keyway: &'a TokenStream,
    /// The type that is described, which may mention itself, and what stands for it there.
    pub(crate) within: Option<(&'a Ident, &'a Ident)>,
}

impl Layouts<'_> {
    /// What brings the constants of the probe into scope. Stands once, before all expressions.
    pub(crate) fn scope(&self) -> TokenStream {
        let keyway = self.keyway;
        quote! {
            #[allow(unused_imports, reason = "generated")]
            use #keyway::boundary::{NotBoundary as _, Unsized as _};
        }
    }

    /// The layout of a type.
    pub(crate) fn of(&self, ty: &Type) -> TokenStream {
        let keyway = self.keyway;
        match ty {
            Type::Paren(inner) => self.of(&inner.elem),
            Type::Group(inner) => self.of(&inner.elem),
            Type::Reference(reference) => {
                let name = if reference.mutability.is_some() { "&mut" } else { "&" };
                self.standard(ty, name, [&*reference.elem])
            }
            Type::Tuple(tuple) if !tuple.elems.is_empty() => self.standard(ty, "tuple", &tuple.elems),
            Type::Array(array) => self.standard(ty, "array", [&*array.elem]),
            Type::Slice(slice) => {
                let element = self.of(&slice.elem);
                quote!(const { &#keyway::manifest::record::TypeLayout::standard_unsized("[]", const { &[#element] }) })
            }
            Type::FnPtr(_) => {
                let name = source_text(ty);
                quote!(const { &#keyway::manifest::record::TypeLayout::standard::<#ty>(#name, &[]).with_code() })
            }
            // The number of a type that takes or returns others is another in each image, though all fits.
            Type::TraitObject(object) if is_function(object) => {
                let name = source_text(ty);
                quote!(const { &#keyway::manifest::record::TypeLayout::standard_unsized(#name, &[]).with_code() })
            }
            Type::Path(path) => self.path(ty, path),
            _ => self.found_or(ty, &self.opaque(ty)),
        }
    }

    /// The layout of a type of which nothing but the size is to be told.
    pub(crate) fn opaque(&self, ty: &Type) -> TokenStream {
        let (keyway, name) = (self.keyway, source_text(ty));
        quote!(const { &<#keyway::boundary::Probe<#ty>>::OPAQUE.named(#name) })
    }

    fn path(&self, ty: &Type, path: &TypePath) -> TokenStream {
        let keyway = self.keyway;
        if self.is_itself(path) {
            return self.found_or(ty, &self.opaque(ty));
        }
        let Some(arguments) = standard_arguments(path).filter(|arguments| !arguments.is_empty()) else {
            return self.found_or(ty, &self.opaque(ty));
        };
        let name = source_text(ty);
        let layouts = arguments.iter().map(|argument| self.of(argument));
        let empty = with_units(path);
        let otherwise = quote! {
            const {
                &#keyway::boundary::standard_or::<#ty>(
                    <#keyway::boundary::Probe<#empty>>::FOUND,
                    const { &[#(#layouts),*] },
                    <#keyway::boundary::Probe<#ty>>::OPAQUE.named(#name),
                )
            }
        };
        self.found_or(ty, &otherwise)
    }

    fn found_or(&self, ty: &Type, otherwise: &TokenStream) -> TokenStream {
        let keyway = self.keyway;
        let asked = self.without_itself(ty);
        quote! {
            match <#keyway::boundary::Probe<#asked>>::FOUND {
                ::core::option::Option::Some(__layout) => __layout,
                ::core::option::Option::None => #otherwise,
            }
        }
    }

    fn standard<'t>(&self, ty: &Type, name: &str, arguments: impl IntoIterator<Item = &'t Type>) -> TokenStream {
        let keyway = self.keyway;
        let arguments = arguments.into_iter().map(|argument| self.of(argument));
        quote!(const { &#keyway::manifest::record::TypeLayout::standard::<#ty>(#name, const { &[#(#arguments),*] }) })
    }

    /// The type with what stands for the described one wherever it mentions that: its layout cannot be part of itself.
    fn without_itself(&self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        if let Some((itself, again)) = self.within {
            Again { itself, again }.visit_type_mut(&mut ty);
        }
        ty
    }

    fn is_itself(&self, path: &TypePath) -> bool {
        self.within.is_some_and(|(itself, _)| is_named(path, itself))
    }
}

struct Again<'a> {
    itself: &'a Ident,
    again: &'a Ident,
}

impl VisitMut for Again<'_> {
    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        if is_named(path, self.itself)
            && let Some(segment) = path.path.segments.first_mut()
        {
            segment.ident = self.again.clone();
        }
        visit_mut::visit_type_path_mut(self, path);
    }
}

fn is_named(path: &TypePath, name: &Ident) -> bool {
    path.qself.is_none()
        && path.path.leading_colon.is_none()
        && path.path.segments.len() == 1
        && path.path.segments.first().is_some_and(|segment| segment.ident == *name)
}

fn is_function(object: &syn::TypeTraitObject) -> bool {
    object.bounds.iter().any(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
        }
        _ => false,
    })
}

/// The type arguments of what is written like a type of the standard library.
fn standard_arguments(path: &TypePath) -> Option<Vec<&Type>> {
    let last = path.path.segments.last().filter(|last| STANDARD.iter().any(|name| last.ident == name))?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    Some(
        arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
    )
}

/// The same type with `()` for each argument.
fn with_units(path: &TypePath) -> TypePath {
    let mut path = path.clone();
    if let Some(last) = path.path.segments.last_mut()
        && let PathArguments::AngleBracketed(arguments) = &mut last.arguments
    {
        for argument in &mut arguments.args {
            if let GenericArgument::Type(ty) = argument {
                *ty = parse_quote!(());
            }
        }
    }
    path
}
