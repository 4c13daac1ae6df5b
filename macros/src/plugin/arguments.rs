//! `#[plugin(provides(…), uses(…), asks(…), publishes(…), subscribes(…), observes(…), state(…), manifest = …, permissions(…), crate = …)]`.

use keyway_manifest::parse::nearest;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, LitStr, Path, Token};

use super::events::Events;
use super::state::State;
use crate::errors::Errors;

/// What the attribute says.
pub(crate) struct Arguments {
    /// Traits of the extension points.
    pub(crate) provides: Vec<Path>,
    /// Traits of the services that the plugin calls.
    pub(crate) uses: Vec<Path>,
    /// Traits of the hooks that the plugin asks.
    pub(crate) asks: Vec<Path>,
    /// Events that it publishes and subscribes to.
    pub(crate) events: Events,
    /// The state that it keeps across reloads.
    pub(crate) state: Option<State>,
    /// Where the manifest is.
    pub(crate) manifest: Manifest,
    /// Permissions of an SDK: the name and its trait.
    pub(crate) permissions: Vec<(LitStr, Path)>,
    /// Path of the crate `keyway`.
    pub(crate) keyway: TokenStream,
}

/// Where the manifest is.
pub(crate) enum Manifest {
    /// `plugin.toml` beside Cargo.toml.
    Beside,
    /// `manifest = "path"`, relative to Cargo.toml.
    File(LitStr),
    /// `manifest_text = "…"`.
    Text(LitStr),
    /// What was written about it is wrong, so that nothing is read.
    Refused,
}

const KEYS: [&str; 11] = [
    "provides",
    "uses",
    "asks",
    "publishes",
    "subscribes",
    "observes",
    "state",
    "manifest",
    "manifest_text",
    "permissions",
    "crate",
];

/// Reads the attribute; mistakes go to `errors`.
pub(crate) fn parse(input: &DeriveInput, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments {
        provides: Vec::new(),
        uses: Vec::new(),
        asks: Vec::new(),
        events: Events::default(),
        state: None,
        manifest: Manifest::Beside,
        permissions: Vec::new(),
        keyway: quote!(::keyway),
    };
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("plugin")) {
        let result = attribute.parse_nested_meta(|meta| read(&meta, &mut arguments, errors));
        if let Err(error) = result {
            let message = format!("the arguments of `#[plugin(…)]` are not understood: {error}");
            errors.at_span(error.span(), "KW0204", &message, "write, for example, `#[plugin(provides(Route))]`");
            arguments.manifest = Manifest::Refused;
        }
    }
    arguments
}

fn read(meta: &ParseNestedMeta<'_>, arguments: &mut Arguments, errors: &mut Errors) -> syn::Result<()> {
    let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    match key.as_str() {
        "provides" | "uses" | "asks" => {
            let list;
            syn::parenthesized!(list in meta.input);
            let seen = match key.as_str() {
                "provides" => &mut arguments.provides,
                "uses" => &mut arguments.uses,
                _ => &mut arguments.asks,
            };
            for path in Punctuated::<Path, Token![,]>::parse_terminated(&list)? {
                add_point(path, &key, seen, errors);
            }
        }
        "publishes" | "subscribes" | "observes" => {
            let list;
            syn::parenthesized!(list in meta.input);
            arguments.events.read(&key, &list, errors)?;
        }
        "state" => {
            let list;
            syn::parenthesized!(list in meta.input);
            arguments.state = Some(State::read(&meta.path, &list, errors)?);
        }
        "manifest" | "manifest_text" => {
            let literal: LitStr = meta.value()?.parse()?;
            arguments.manifest = if !matches!(arguments.manifest, Manifest::Beside) {
                errors.at(
                    &meta.path,
                    "KW0206",
                    "this plugin has two manifests",
                    "keep one of `manifest = \"path\"` and `manifest_text = \"…\"`",
                );
                Manifest::Refused
            } else if key == "manifest" && literal.value().contains('\n') {
                errors.at(
                    &literal,
                    "KW0206",
                    "`manifest` takes the path of a file, and this is the text of one",
                    "write `manifest_text = r#\"…\"#`",
                );
                Manifest::Refused
            } else if key == "manifest" {
                Manifest::File(literal)
            } else {
                Manifest::Text(literal)
            };
        }
        "permissions" => {
            let list;
            syn::parenthesized!(list in meta.input);
            let pairs = list.parse_terminated(
                |input| {
                    let name: LitStr = input.parse()?;
                    input.parse::<Token![=]>()?;
                    Ok((name, input.parse::<Path>()?))
                },
                Token![,],
            )?;
            for (name, path) in pairs {
                permission(name, path, arguments, errors);
            }
        }
        "crate" => {
            let path: Path = meta.value()?.parse()?;
            arguments.keyway = path.to_token_stream();
        }
        _ => {
            let help = nearest(&key, KEYS).first().map_or_else(
                || {
                    "the keys are `provides(…)`, `uses(…)`, `asks(…)`, `publishes(…)`, `subscribes(…)`, `observes(…)`, `state(…)`, `manifest`, `manifest_text`, \
                     `permissions(…)` and `crate`"
                        .to_owned()
                },
                |near| format!("write `{near}`"),
            );
            errors.at(&meta.path, "KW0204", &format!("`{}` is no argument of `#[plugin(…)]`", quote_path(&meta.path)), &help);
            skip(meta)?;
        }
    }
    Ok(())
}

fn add_point(path: Path, key: &str, seen: &mut Vec<Path>, errors: &mut Errors) {
    let text = quote_path(&path);
    if seen.iter().any(|seen| quote_path(seen) == text) {
        errors.at(&path, "KW0205", &format!("`{text}` is listed twice in `{key}(…)`"), "remove one of them");
        return;
    }
    seen.push(path);
}

fn permission(name: LitStr, path: Path, arguments: &mut Arguments, errors: &mut Errors) {
    if keyway_manifest::PermissionSpec::find(&name.value()).is_some() {
        let message = format!("`{}` is a permission that Keyway knows already", name.value());
        errors.at(&name, "KW0207", &message, "remove it from `permissions(…)`; the manifest is enough");
        return;
    }
    if arguments.permissions.iter().any(|(seen, _)| seen.value() == name.value()) {
        errors.at(&name, "KW0207", &format!("`{}` is listed twice in `permissions(…)`", name.value()), "remove one of them");
        return;
    }
    arguments.permissions.push((name, path));
}

/// Steps over the value of a key that is not known.
fn skip(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        let _: syn::Expr = meta.value()?.parse()?;
    } else if meta.input.peek(syn::token::Paren) {
        let list;
        syn::parenthesized!(list in meta.input);
        let _: TokenStream = list.parse()?;
    }
    Ok(())
}

/// A path as a reader would write it, without spaces.
pub(crate) fn quote_path(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

impl Manifest {
    /// Where an error about the manifest is put.
    pub(crate) fn span(&self, input: &DeriveInput) -> Span {
        match self {
            Self::Beside | Self::Refused => input.ident.span(),
            Self::File(literal) | Self::Text(literal) => literal.span(),
        }
    }
}
