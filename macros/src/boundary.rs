//! `#[derive(Boundary)]`: writes how the compiler laid a type out.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Data, DeriveInput, Fields, GenericParam, Generics, Lifetime, Path, Type, parse_quote};

use crate::errors::Errors;
use crate::layout::Layouts;
use crate::point::is_for_good;
use crate::source_text::source_text;

/// Expands the derive. When something is wrong, what is right of it is written all the same.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let keyway = keyway_path(&input.attrs, &mut errors);
    let body = implementation(&input, &keyway, &mut errors);
    let errors = errors.finish();
    quote!(#errors #body)
}

/// `impl Boundary` for a type; its fields may say `#[boundary(opaque)]`.
pub(crate) fn implementation(input: &DeriveInput, keyway: &TokenStream, errors: &mut Errors) -> TokenStream {
    let name = &input.ident;
    let again = Ident::new("__KeywayAgain", Span::call_site());
    let mut input = input.clone();
    Anywhere::of(&input).visit_data_mut(&mut input.data);
    let layouts = Layouts { keyway, within: Some((name, &again)) };
    let written = name.to_string();
    let kind = match &input.data {
        Data::Struct(data) => {
            let fields = fields(&data.fields, &layouts, true, errors);
            quote!(structure::<Self>(#written, const { &[#(#fields),*] }))
        }
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let fields = fields(&variant.fields, &layouts, false, errors);
                let name = match &variant.discriminant {
                    Some((_, value)) => format!("{} = {}", variant.ident, source_text(value)),
                    None => variant.ident.to_string(),
                };
                quote!(#keyway::manifest::record::VariantLayout { name: #name, fields: &[#(#fields),*] })
            });
            let variants: Vec<_> = variants.collect();
            quote!(enumeration::<Self>(#written, const { &[#(#variants),*] }))
        }
        Data::Union(_) => {
            let message = format!("the union `{name}` does not tell which of its fields is there, so its layout says too little");
            errors.at(
                name,
                "KW0266",
                &message,
                "make it an enum, or leave `#[derive(Boundary)]` out: its size is compared all the same",
            );
            return TokenStream::new();
        }
    };
    let code = carries_code(&input.data).then(|| quote!(.with_code()));
    let again = mentions(&input.data, name).then(|| stand_in(&input, keyway, &again));
    let generics = bounded(&input.generics, keyway);
    let (with, arguments, bounds) = generics.split_for_impl();
    let scope = layouts.scope();
    quote! {
        #[automatically_derived]
        #[allow(deprecated, clippy::all, reason = "generated")]
        impl #with #keyway::Boundary for #name #arguments #bounds {
            const LAYOUT: &'static #keyway::manifest::record::TypeLayout = {
                #scope
                #again
                const { &#keyway::manifest::record::TypeLayout::#kind #code }
            };
        }
    }
}

fn fields(fields: &Fields, layouts: &Layouts<'_>, has_offsets: bool, errors: &mut Errors) -> Vec<TokenStream> {
    let keyway = layouts.keyway;
    let mut written = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let index = syn::Index::from(index);
        let member = field.ident.as_ref().map_or_else(|| index.to_token_stream(), ToTokens::to_token_stream);
        let name = field.ident.as_ref().map_or_else(|| index.index.to_string(), |name| name.unraw().to_string());
        let offset = match has_offsets {
            true => quote!(::core::option::Option::Some(::core::mem::offset_of!(Self, #member))),
            false => quote!(::core::option::Option::None),
        };
        let layout = if is_opaque(&field.attrs, errors) { layouts.opaque(&field.ty) } else { layouts.of(&field.ty) };
        let cfgs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        written.push(quote! {
            #(#cfgs)* #keyway::manifest::record::FieldLayout { name: #name, offset: #offset, layout: #layout }
        });
    }
    written
}

/// `#[boundary(crate = path)]` on the type.
fn keyway_path(attributes: &[Attribute], errors: &mut Errors) -> TokenStream {
    let mut keyway = quote!(::keyway);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("boundary")) {
        let result = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                let message = format!("`{}` is no argument of `#[boundary(…)]` on a type", source_text(&meta.path));
                errors.at(&meta.path, "KW0266", &message, "the only one is `crate`; `opaque` stands on a field");
                return Ok(());
            }
            let path: Path = meta.value()?.parse()?;
            keyway = path.to_token_stream();
            Ok(())
        });
        syntax(result, errors);
    }
    keyway
}

/// `#[boundary(opaque)]` on a field.
fn is_opaque(attributes: &[Attribute], errors: &mut Errors) -> bool {
    let mut is_opaque = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("boundary")) {
        let result = attribute.parse_nested_meta(|meta| {
            is_opaque |= meta.path.is_ident("opaque");
            if !meta.path.is_ident("opaque") {
                let message = format!("`{}` is no argument of `#[boundary(…)]` on a field", source_text(&meta.path));
                errors.at(&meta.path, "KW0266", &message, "the only one is `opaque`");
            }
            Ok(())
        });
        syntax(result, errors);
    }
    is_opaque
}

fn syntax(result: syn::Result<()>, errors: &mut Errors) {
    if let Err(error) = result {
        let message = format!("the arguments of `#[boundary(…)]` are not understood: {error}");
        errors.at_span(error.span(), "KW0266", &message, "write `#[boundary(opaque)]` on a field");
    }
}

/// What stands for the type where it mentions itself: of the same size, and without a layout that would contain its own.
fn stand_in(input: &DeriveInput, keyway: &TokenStream, again: &Ident) -> TokenStream {
    let (name, written) = (&input.ident, input.ident.to_string());
    let generics = bounded(&input.generics, keyway);
    let (with, arguments, bounds) = generics.split_for_impl();
    quote! {
        #[repr(transparent)]
        #[allow(dead_code, missing_debug_implementations, reason = "generated")]
        struct #again #with (#name #arguments) #bounds;

        impl #with #keyway::Boundary for #again #arguments #bounds {
            const LAYOUT: &'static #keyway::manifest::record::TypeLayout =
                const { &#keyway::manifest::record::TypeLayout::recursive::<Self>(#written) };
        }
    }
}

/// The parameters with what is asked of them.
fn bounded(generics: &Generics, keyway: &TokenStream) -> Generics {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(#keyway::Boundary));
            parameter.bounds.push(parse_quote!('static));
            parameter.default = None;
        }
        if let GenericParam::Const(parameter) = parameter {
            parameter.default = None;
        }
    }
    generics
}

fn types(data: &Data) -> Vec<&Type> {
    match data {
        Data::Struct(data) => data.fields.iter().map(|field| &field.ty).collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| variant.fields.iter().map(|field| &field.ty)).collect(),
        Data::Union(_) => Vec::new(),
    }
}

/// What is borrowed for good may be a literal, which lies in the image of whoever made the value.
fn carries_code(data: &Data) -> bool {
    types(data).into_iter().any(is_for_good)
}

fn mentions(data: &Data, name: &Ident) -> bool {
    struct Mention<'a>(&'a Ident, bool);
    impl<'ast> syn::visit::Visit<'ast> for Mention<'_> {
        fn visit_ident(&mut self, ident: &'ast Ident) {
            self.1 |= ident == self.0;
        }
    }
    let mut mention = Mention(name, false);
    types(data).into_iter().for_each(|ty| syn::visit::Visit::visit_type(&mut mention, ty));
    mention.1
}

/// Rewrites the types of fields so that they can stand outside of their struct: a borrow may be of any length, since none changes a
/// layout, and `Self` is written out.
struct Anywhere {
    lifetimes: Vec<Ident>,
    itself: Type,
}

impl Anywhere {
    fn of(input: &DeriveInput) -> Self {
        let lifetimes = input.generics.lifetimes().map(|parameter| parameter.lifetime.ident.clone()).collect();
        let (name, (_, arguments, _)) = (&input.ident, input.generics.split_for_impl());
        Self { lifetimes, itself: parse_quote!(#name #arguments) }
    }
}

impl VisitMut for Anywhere {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.lifetimes.contains(&lifetime.ident) {
            *lifetime = Lifetime::new("'_", lifetime.span());
        }
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self")) {
            *ty = self.itself.clone();
        }
        visit_mut::visit_type_mut(self, ty);
    }
}
