//! The arguments of `host!`, as written.

use keyway_manifest::ScopeKind;
use keyway_manifest::parse::{ExtraPermission, nearest};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Path, Token, bracketed};

use crate::errors::Errors;

/// The arguments of `host!`, those left out as `None`.
#[derive(Default)]
pub(crate) struct Arguments {
    /// `crate = path`: where the crate `keyway` is found.
    pub(crate) keyway: Option<Path>,
    /// `policy = …` or `policy_text = …`.
    pub(crate) policy: Option<Policy>,
    /// `sdk = path`: the crate that says `keyway::sdk!()`.
    pub(crate) sdk: Option<Path>,
    /// `plugins = […]`: the plugins, instead of those in Cargo.toml.
    pub(crate) plugins: Option<Vec<Listed>>,
    /// `local = […]`: plugins inside the host's own crate.
    pub(crate) local: Vec<Listed>,
    /// `concrete = […]`: points whose plugins are also wanted as one concrete type.
    pub(crate) concrete: Vec<Path>,
    /// `permissions = ["mail.send" = Origin]`: permissions of the SDK that the policy may name.
    pub(crate) permissions: Vec<ExtraPermission>,
    /// `lock = off`: the word, for messages about it.
    pub(crate) lock_off: Option<Ident>,
    /// `panic_abort = accepted`.
    pub(crate) panic_abort: bool,
    /// `census_test = off`.
    pub(crate) without_census_test: bool,
}

/// Where the policy comes from.
pub(crate) enum Policy {
    /// `policy = "host.toml"`.
    File(LitStr),
    /// `policy_text = "…"`.
    Text(LitStr),
    /// `policy = grant_requested`.
    GrantRequested,
}

/// An element of a list of plugins: the crate or module, with its `#[cfg(…)]`.
pub(crate) struct Listed {
    /// `#[cfg(…)]` and nothing else.
    pub(crate) attributes: Vec<Attribute>,
    /// The crate, or the module in which the plugin is derived.
    pub(crate) path: Path,
}

impl Parse for Listed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        if let Some(attribute) = attributes.iter().find(|attribute| !attribute.path().is_ident("cfg")) {
            let message = "KW0436 only `#[cfg(…)]` can stand on a plugin of the list\n  help: remove the attribute";
            return Err(syn::Error::new_spanned(attribute, message));
        }
        Ok(Self { attributes, path: input.call(Path::parse_mod_style)? })
    }
}

/// The code for arguments that are not understood.
const ARGUMENT: &str = "KW0436";
/// The name of each argument with the form of its value.
const ARGUMENTS: &[(&str, &str)] = &[
    ("policy", "`policy = \"host.toml\"` or `policy = grant_requested`"),
    ("policy_text", "`policy_text = \"…\"` with the text of a host.toml"),
    ("sdk", "`sdk = my_sdk`, the crate that says `keyway::sdk!()`"),
    ("plugins", "`plugins = [my_plugin, #[cfg(feature = \"other\")] other_plugin]`"),
    ("local", "`local = [my_module]`, modules of this crate in which plugins are derived"),
    ("concrete", "`concrete = [MyPoint]`, traits that are extension points"),
    ("permissions", "`permissions = [\"mail.send\" = Origin]`, what the SDK declares, each with the kind of its scopes"),
    ("lock", "`lock = off`, for a host that the crate's `keyway.lock` is not about, such as one of its tests"),
    ("panic_abort", "`panic_abort = accepted`"),
    ("census_test", "`census_test = off`, for a crate with several hosts"),
    ("crate", "`crate = path::to::keyway`"),
];

/// Parses the arguments. A mistake in one does not hide those in others.
pub(crate) fn parse(tokens: TokenStream) -> (Arguments, Errors) {
    let (mut arguments, mut problems) = (Arguments::default(), Errors::default());
    let mut seen: Vec<String> = Vec::new();
    for piece in split(tokens) {
        let Some((name, value)) = name_and_value(piece, &mut problems) else { continue };
        let text = name.to_string();
        if seen.contains(&text) {
            problems.at_span(name.span(), ARGUMENT, &format!("`host!` is given `{text}` twice"), "keep one of them");
            continue;
        }
        if let Some((_, form)) = ARGUMENTS.iter().find(|(known, _)| *known == text) {
            if let Err(error) = arguments.set(&text, value) {
                // What was meant as a list must not be looked for in Cargo.toml.
                if text == "plugins" {
                    arguments.plugins = Some(Vec::new());
                }
                // An error of this file carries its code; one of the Rust parser needs the form that was expected.
                if error.to_string().starts_with("KW") {
                    problems.push(error);
                } else {
                    let message = format!("`host!` does not understand the value of `{text}`: {error}");
                    problems.at_span(error.span(), ARGUMENT, &message, &format!("write {form}"));
                }
            }
        } else {
            let near = nearest(&text, ARGUMENTS.iter().map(|(name, _)| *name));
            let names: Vec<String> = ARGUMENTS.iter().map(|(name, _)| format!("`{name}`")).collect();
            let help = match near.first() {
                Some(near) => format!("write `{near}`"),
                None => format!("the arguments are {}", names.join(", ")),
            };
            problems.at_span(name.span(), ARGUMENT, &format!("`host!` has no argument `{text}`"), &help);
            seen.extend(near);
        }
        seen.push(text);
    }
    if seen.iter().any(|name| name == "policy") && seen.iter().any(|name| name == "policy_text") {
        let message = "`host!` is given both `policy` and `policy_text`";
        problems.at_span(Span::call_site(), ARGUMENT, message, "keep one of them");
    }
    if arguments.policy.is_none() && !seen.iter().any(|name| name.starts_with("policy")) {
        let help = "add `policy = \"host.toml\"` and write what plugins may do into that file, or `policy = grant_requested` to grant \
                    every plugin what its manifest asks for";
        problems.at_span(Span::call_site(), "KW0437", "`host!` was not told what plugins may do", help);
    }
    (arguments, problems)
}

/// Cuts the tokens at their outermost commas.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![Vec::new()];
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => pieces.push(Vec::new()),
            token => pieces.last_mut().expect("there is always a last piece").push(token),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// `name = value`.
fn name_and_value(piece: Vec<TokenTree>, problems: &mut Errors) -> Option<(Ident, TokenStream)> {
    let span = piece.first().map_or_else(Span::call_site, TokenTree::span);
    let mut tokens = piece.into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(equals))) if equals.as_char() == '=' => {
            Some((name, tokens.collect()))
        }
        (Some(TokenTree::Ident(name)), _) => {
            let form = ARGUMENTS.iter().find(|(known, _)| name == known).map_or("`name = value`", |(_, form)| form);
            problems.at_span(name.span(), ARGUMENT, &format!("`{name}` has no value"), &format!("write {form}"));
            None
        }
        _ => {
            problems.at_span(
                span,
                ARGUMENT,
                "this is not an argument of `host!`",
                "write `name = value`, for example `policy = \"host.toml\"`",
            );
            None
        }
    }
}

impl Arguments {
    fn set(&mut self, name: &str, value: TokenStream) -> syn::Result<()> {
        match name {
            "policy" => self.policy = Some(policy.parse2(value)?),
            "policy_text" => self.policy = Some(Policy::Text(syn::parse2(value)?)),
            "sdk" => self.sdk = Some(Path::parse_mod_style.parse2(value)?),
            "plugins" => self.plugins = Some(list(Listed::parse).parse2(value)?),
            "local" => self.local = list(Listed::parse).parse2(value)?,
            "concrete" => self.concrete = list(Path::parse_mod_style).parse2(value)?,
            "permissions" => self.permissions = list(permission).parse2(value)?,
            "lock" => self.lock_off = Some(word("off").parse2(value)?),
            "panic_abort" => {
                word("accepted").parse2(value)?;
                self.panic_abort = true;
            }
            "census_test" => {
                word("off").parse2(value)?;
                self.without_census_test = true;
            }
            "crate" => self.keyway = Some(Path::parse_mod_style.parse2(value)?),
            other => unreachable!("`{other}` is in ARGUMENTS but has no value here"),
        }
        Ok(())
    }

    /// The path of the crate `keyway`.
    pub(crate) fn keyway(&self) -> TokenStream {
        self.keyway.as_ref().map_or_else(|| quote::quote!(::keyway), ToTokens::to_token_stream)
    }
}

fn policy(input: ParseStream<'_>) -> syn::Result<Policy> {
    if input.peek(LitStr) {
        return Ok(Policy::File(input.parse()?));
    }
    let word: Ident = input.parse()?;
    if word == "grant_requested" {
        Ok(Policy::GrantRequested)
    } else {
        Err(syn::Error::new_spanned(&word, format!("`{word}` is neither a file nor `grant_requested`")))
    }
}

/// `"mail.send" = Origin`.
fn permission(input: ParseStream<'_>) -> syn::Result<ExtraPermission> {
    let name: LitStr = input.parse()?;
    input.parse::<Token![=]>()?;
    let kind: Ident = input.parse()?;
    let Some(scope_kind) = ScopeKind::of_word(&kind.to_string()) else {
        let words = ScopeKind::ALL.map(ScopeKind::word);
        return Err(syn::Error::new_spanned(kind, format!("expected one of {}", words.join(", "))));
    };
    Ok(ExtraPermission { name: name.value(), scope_kind })
}

/// The one word that an argument may have.
fn word(only: &'static str) -> impl Parser<Output = Ident> {
    move |input: ParseStream<'_>| {
        let word: Ident = input.parse()?;
        if word == only { Ok(word) } else { Err(syn::Error::new_spanned(word, format!("expected `{only}`"))) }
    }
}

/// `[item, item]`.
fn list<T>(item: fn(ParseStream<'_>) -> syn::Result<T>) -> impl Parser<Output = Vec<T>> {
    move |input: ParseStream<'_>| {
        let items;
        bracketed!(items in input);
        let items: Punctuated<T, Token![,]> = Punctuated::parse_terminated_with(&items, item)?;
        Ok(items.into_iter().collect())
    }
}
