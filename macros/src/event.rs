//! `#[derive(Event)]`: reads the topic and the version, and writes what is known about the event while compiling.

use keyway_manifest::parse::{id_problem, nearest, parse_version};
use keyway_manifest::{PluginId, Version};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Field, Fields, LitStr, Path};

use crate::boundary;
use crate::errors::Errors;

/// What `#[event(…)]` on the type says.
struct Arguments {
    topic: Option<String>,
    version: Option<Version>,
    serialize: bool,
    durable: bool,
    keyway: TokenStream,
}

const KEYS: [&str; 5] = ["topic", "version", "durable", "serialize", "crate"];
const EXAMPLE: &str = "write `#[event(topic = \"content.changed\", version = \"1.0.0\")]`";

/// Expands the derive. When something is wrong, a stub implementation spares the type's users further errors.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    if !input.generics.params.is_empty() {
        let message = format!("`{}` is generic, and an event is one type with one topic", input.ident);
        errors.at(&input.generics, "KW0250", &message, "remove the parameters; an event owns what it carries");
        return errors.finish().unwrap_or_default();
    }
    let arguments = read(&input, &mut errors);
    let keys = key_fields(&input, &mut errors);
    let layout = boundary::implementation(&input, &arguments.keyway, &mut errors);
    let errors = errors.finish();
    let body = event(&input, &arguments, &keys);
    quote!(#errors #body #layout)
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments { topic: None, version: None, serialize: false, durable: false, keyway: quote!(::keyway) };
    let mut seen: Vec<String> = Vec::new();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("event")) {
        let result = attribute.parse_nested_meta(|meta| argument(&meta, &mut arguments, &mut seen, errors));
        if let Err(error) = result {
            let message = format!("the arguments of `#[event(…)]` are not understood: {error}");
            errors.at_span(error.span(), "KW0250", &message, EXAMPLE);
            seen.extend(["topic".to_owned(), "version".to_owned()]);
        }
    }
    let name = &input.ident;
    for key in ["topic", "version"].into_iter().filter(|key| !seen.iter().any(|seen| seen == key)) {
        errors.at(name, "KW0250", &format!("the event `{name}` has no `{key}`"), EXAMPLE);
    }
    arguments
}

fn argument(
    meta: &ParseNestedMeta<'_>,
    arguments: &mut Arguments,
    seen: &mut Vec<String>,
    errors: &mut Errors,
) -> syn::Result<()> {
    let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if seen.contains(&key) {
        errors.at(&meta.path, "KW0250", &format!("`{key}` is written twice"), "keep one of them");
    }
    match key.as_str() {
        "topic" => arguments.topic = topic(&meta.value()?.parse()?, errors),
        "version" => arguments.version = version(&meta.value()?.parse()?, errors),
        "serialize" => arguments.serialize = true,
        "durable" => arguments.durable = true,
        "crate" => {
            let path: Path = meta.value()?.parse()?;
            arguments.keyway = path.to_token_stream();
        }
        _ => {
            let help = nearest(&key, KEYS).first().map_or_else(
                || "the keys are `topic`, `version`, `durable`, `serialize` and `crate`".to_owned(),
                |near| format!("write `{near}`"),
            );
            let written = meta.path.to_token_stream().to_string().replace(' ', "");
            errors.at(&meta.path, "KW0250", &format!("`{written}` is no argument of `#[event(…)]` on a type"), &help);
            if meta.input.peek(syn::Token![=]) {
                let _: syn::Expr = meta.value()?.parse()?;
            }
        }
    }
    seen.push(key);
    Ok(())
}

fn topic(literal: &LitStr, errors: &mut Errors) -> Option<String> {
    let topic = literal.value();
    let Some((problem, guess)) = id_problem(&topic) else { return Some(topic) };
    let help =
        guess.map_or_else(|| "write, for example, `\"content.changed\"`".to_owned(), |guess| format!("write `\"{guess}\"`"));
    errors.at(literal, "KW0250", &format!("the topic `{topic}` {problem}"), &help);
    None
}

fn version(literal: &LitStr, errors: &mut Errors) -> Option<Version> {
    let text = literal.value();
    parse_version(&text)
        .map_err(|error| {
            let message = format!("`{text}` is no version: {error}");
            errors.at(literal, "KW0250", &message, "write three numbers, such as `\"1.0.0\"`");
        })
        .ok()
}

/// The fields that tell which of two events makes the other needless.
fn key_fields(input: &DeriveInput, errors: &mut Errors) -> Vec<TokenStream> {
    let mut keys = Vec::new();
    let of_struct = match &input.data {
        Data::Struct(data) => Some(&data.fields),
        Data::Enum(_) | Data::Union(_) => None,
    };
    for (index, field) in all_fields(&input.data).into_iter().enumerate() {
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("event")) {
            match (is_key(attribute), of_struct) {
                (true, Some(_)) => {
                    let index = syn::Index::from(index);
                    keys.push(field.ident.as_ref().map_or_else(|| quote!(#index), |name| quote!(#name)));
                }
                (true, None) => {
                    errors.at(
                        attribute,
                        "KW0250",
                        "only a field of a struct can be the key of an event",
                        "make the event a struct",
                    );
                }
                (false, _) => {
                    errors.at(attribute, "KW0250", "a field has no other argument than `key`", "write `#[event(key)]`");
                }
            }
        }
    }
    keys
}

fn is_key(attribute: &Attribute) -> bool {
    attribute.parse_args::<syn::Ident>().is_ok_and(|argument| argument == "key")
}

fn all_fields(data: &Data) -> Vec<&Field> {
    match data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(data) => data.fields.named.iter().collect(),
    }
}

/// A hash of what the type consists of: names and types as they are written.
fn schema(data: &Data) -> u64 {
    let mut text = String::new();
    match data {
        Data::Struct(data) => write_fields(&data.fields, &mut text),
        Data::Enum(data) => {
            for variant in &data.variants {
                text.push_str(&variant.ident.to_string());
                write_fields(&variant.fields, &mut text);
                text.push(';');
            }
        }
        Data::Union(data) => write_fields(&Fields::Named(data.fields.clone()), &mut text),
    }
    PluginId::hash_text(&text)
}

fn write_fields(fields: &Fields, text: &mut String) {
    for field in fields {
        let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let kind = field.ty.to_token_stream().to_string().replace(' ', "");
        text.push_str(&format!("{name}:{kind},"));
    }
}

fn event(input: &DeriveInput, arguments: &Arguments, keys: &[TokenStream]) -> TokenStream {
    let (name, keyway) = (&input.ident, &arguments.keyway);
    let topic = arguments.topic.as_deref().unwrap_or_default();
    let hash = PluginId::hash_text(topic);
    let nothing = Version { major: 0, minor: 0, patch: 0, pre: "", build: "" };
    let Version { major, minor, patch, pre, build } = arguments.version.unwrap_or(nothing);
    let sdk = crate::layout::sdk(keyway);
    let schema = schema(&input.data);
    let written = LitStr::new(&name.to_string(), Span::call_site());
    let same_key = (!keys.is_empty()).then(|| {
        quote! {
            fn __same_key(&self, later: &Self) -> bool {
                true #(&& self.#keys == later.#keys)*
            }
        }
    });
    let serialize = arguments.serialize.then(|| {
        quote! {
            fn __serialize(&self) -> ::core::option::Option<&dyn #keyway::__private::ErasedSerialize> {
                ::core::option::Option::Some(self)
            }
        }
    });
    // A durable event can be written; asking for serde's trait a second time would be a second error where it is missing.
    let serialize = serialize.filter(|_| !arguments.durable).or_else(|| {
        arguments.durable.then(|| {
            quote! {
                fn __serialize(&self) -> ::core::option::Option<&dyn #keyway::__private::ErasedSerialize> {
                    ::core::option::Option::map(Self::__STORED, |stored| (stored.write)(self))
                }
            }
        })
    });
    let durable = arguments.durable.then(|| quote!(.durable()));
    let published = if arguments.durable { quote!(::core::result::Result<(), #keyway::event::NotKept>) } else { quote!(()) };
    // On the type's name, so that a missing derive of serde is told there.
    let stored = arguments.durable.then(|| {
        quote_spanned! {name.span()=>
            const __STORED: ::core::option::Option<#keyway::event::Stored<Self>> =
                ::core::option::Option::Some(#keyway::event::stored::<#name>());
        }
    });
    quote! {
        #[automatically_derived]
        impl #keyway::Event for #name {
            type Published = #published;
            #stored

            const INFO: &'static #keyway::manifest::EventInfo = const {
                use #keyway::manifest as m;
                &m::EventInfo::new(
                    m::PluginId::from_parts(#topic, #hash),
                    m::Version { major: #major, minor: #minor, patch: #patch, pre: #pre, build: #build },
                    #schema,
                    ::core::concat!(::core::module_path!(), "::", #written),
                    ::core::concat!(::core::env!("CARGO_PKG_NAME"), " ", ::core::env!("CARGO_PKG_VERSION")),
                )#durable
            };

            const LAYOUT: &'static #keyway::manifest::record::EventLayout = const {
                &#keyway::manifest::record::EventLayout {
                    info: Self::INFO,
                    sdk: #sdk,
                    layout: <Self as #keyway::Boundary>::LAYOUT,
                }
            };

            #same_key
            #serialize
        }

        #keyway::__register_event!(#name);
    }
}
