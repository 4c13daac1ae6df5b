//! The call of `host!`, as far as tools need it. What is wrong with its arguments, the macro says.

use std::path::{Path as FilePath, PathBuf};

use keyway_manifest::ScopeKind;
use keyway_manifest::host::crate_roots;
use keyway_manifest::parse::{ExtraPermission, LARGEST_TEXT, read_bounded_text};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, LitStr, Path, Token};

use super::SourceTree;

/// A call of `host!`.
#[derive(Debug)]
pub(crate) struct HostCall {
    /// The file that it stands in.
    pub(crate) file: PathBuf,
    /// The line of what it says about the policy, or else of the call itself, counted from 1.
    pub(crate) line: u32,
    /// The column there, counted from 1.
    pub(crate) column: u32,
    /// How many characters it takes.
    pub(crate) width: u32,
    /// Where the policy is.
    pub(crate) policy: PolicySource,
    /// The name of the crate that is the SDK.
    pub(crate) sdk: Option<String>,
    /// The plugins, when they are listed instead of found in Cargo.toml.
    pub(crate) plugins: Option<Vec<Listed>>,
    /// The plugins inside the host's own crate.
    pub(crate) local: Vec<Listed>,
    /// Permissions of the SDK that the policy may name.
    pub(crate) permissions: Vec<ExtraPermission>,
    /// `lock = off`: nothing is held to `keyway.lock`.
    pub(crate) without_lock: bool,
    /// `panic_abort = accepted`: a build in which a panic ends the program is meant.
    pub(crate) accepts_abort: bool,
}

/// Where a policy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PolicySource {
    /// In a file, by its path from the host's folder.
    File(String),
    /// In the call.
    Text(String),
    /// Every plugin is granted what it asks for.
    GrantRequested,
}

/// A crate or module that is listed as a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The parts of its path; a `crate` or `self` before it is left out.
    pub(crate) path: Vec<String>,
    /// The predicate of its `#[cfg(…)]`.
    pub(crate) predicate: Option<String>,
}

/// The calls in all modules of a package.
pub(crate) fn host_calls(tree: &SourceTree) -> Vec<HostCall> {
    let mut calls = Vec::new();
    for module in tree.modules() {
        for item in &module.items {
            let Item::Macro(item) = item else { continue };
            if item.mac.path.segments.last().is_some_and(|last| last.ident == "host") {
                calls.push(read(item.mac.tokens.clone(), module.file.clone(), item.mac.path.segments[0].ident.span()));
            }
        }
    }
    calls
}

/// Whether a package is an SDK: its code calls `sdk!`. Code that is not understood is taken at its word.
pub(crate) fn is_sdk(folder: &FilePath) -> bool {
    let named = read_bounded_text(&folder.join("Cargo.toml"), LARGEST_TEXT).map(|text| crate_roots(&text)).unwrap_or_default();
    let mut roots = named.iter().map(String::as_str).chain(["src/lib.rs"]);
    // Parsing large crates takes its time, and most have nothing of the kind in them.
    if !roots.any(|root| read_bounded_text(&folder.join(root), LARGEST_TEXT).is_ok_and(|code| code.contains("sdk!"))) {
        return false;
    }
    let is_call = |item: &Item| {
        let Item::Macro(item) = item else { return false };
        item.mac.path.segments.last().is_some_and(|last| last.ident == "sdk")
    };
    SourceTree::of_package(folder)
        .is_ok_and(|tree| !tree.unread().is_empty() || tree.modules().iter().any(|module| module.items.iter().any(is_call)))
}

fn read(tokens: TokenStream, file: PathBuf, place: Span) -> HostCall {
    let mut call = HostCall {
        file,
        line: 0,
        column: 0,
        width: 0,
        policy: PolicySource::GrantRequested,
        sdk: None,
        plugins: None,
        local: Vec::new(),
        permissions: Vec::new(),
        without_lock: false,
        accepts_abort: false,
    };
    call.point_to(place);
    for (name, value) in arguments(tokens) {
        if name == "policy"
            && let Some(token) = value.clone().into_iter().next()
        {
            call.point_to(token.span());
        }
        match name.as_str() {
            "policy" => call.policy = text(&value).map_or(PolicySource::GrantRequested, PolicySource::File),
            "policy_text" => call.policy = text(&value).map_or(PolicySource::GrantRequested, PolicySource::Text),
            "sdk" => call.sdk = syn::parse2::<Path>(value).ok().and_then(|path| parts(&path).into_iter().next()),
            "plugins" => call.plugins = Some(listed(&value)),
            "local" => call.local = listed(&value),
            "permissions" => call.permissions = permissions(&value),
            "lock" => call.without_lock = value.to_string() == "off",
            "panic_abort" => call.accepts_abort = value.to_string() == "accepted",
            _ => {}
        }
    }
    call
}

impl HostCall {
    fn point_to(&mut self, span: Span) {
        let (start, end) = (span.start(), span.end());
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let width = if end.line == start.line { end.column.saturating_sub(start.column) } else { 1 };
        (self.line, self.column, self.width) = (number(start.line), number(start.column + 1), number(width.max(1)));
    }
}

/// `name = value` between commas.
fn arguments(tokens: TokenStream) -> Vec<(String, TokenStream)> {
    let mut arguments = Vec::new();
    let mut piece: Vec<TokenTree> = Vec::new();
    let mut finish = |piece: &mut Vec<TokenTree>| {
        let mut tokens = piece.drain(..);
        if let (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(_))) = (tokens.next(), tokens.next()) {
            arguments.push((name.to_string(), tokens.collect()));
        }
    };
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => finish(&mut piece),
            token => piece.push(token),
        }
    }
    finish(&mut piece);
    arguments
}

fn text(value: &TokenStream) -> Option<String> {
    syn::parse2::<LitStr>(value.clone()).ok().map(|literal| literal.value())
}

/// What stands in `[…]`.
fn bracketed(value: &TokenStream) -> TokenStream {
    match value.clone().into_iter().next() {
        Some(TokenTree::Group(group)) => group.stream(),
        _ => TokenStream::new(),
    }
}

fn listed(value: &TokenStream) -> Vec<Listed> {
    let element = |input: syn::parse::ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        Ok(Listed { predicate: predicate(&attributes), path: parts(&input.call(Path::parse_mod_style)?) })
    };
    let parser = |input: syn::parse::ParseStream<'_>| Punctuated::<Listed, Token![,]>::parse_terminated_with(input, element);
    syn::parse::Parser::parse2(parser, bracketed(value)).map(|list| list.into_iter().collect()).unwrap_or_default()
}

/// The predicate of the `#[cfg(…)]` among attributes; that all hold, when there are several.
fn predicate(attributes: &[Attribute]) -> Option<String> {
    let lists = attributes.iter().filter_map(|attribute| attribute.meta.require_list().ok());
    let predicates: Vec<String> = lists.map(|list| list.tokens.to_string()).collect();
    match predicates.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("all({})", several.join(", "))),
    }
}

fn parts(path: &Path) -> Vec<String> {
    let parts = path.segments.iter().map(|segment| segment.ident.to_string().trim_start_matches("r#").to_owned());
    parts.filter(|part| part != "crate" && part != "self").collect()
}

/// `["mail.send" = Origin]`.
fn permissions(value: &TokenStream) -> Vec<ExtraPermission> {
    let element = |input: syn::parse::ParseStream<'_>| {
        let name: LitStr = input.parse()?;
        input.parse::<Token![=]>()?;
        let kind: proc_macro2::Ident = input.parse()?;
        Ok((name.value(), kind.to_string()))
    };
    let parser =
        |input: syn::parse::ParseStream<'_>| Punctuated::<(String, String), Token![,]>::parse_terminated_with(input, element);
    let written = syn::parse::Parser::parse2(parser, bracketed(value)).unwrap_or_default();
    let known =
        written.into_iter().filter_map(|(name, kind)| Some(ExtraPermission { name, scope_kind: ScopeKind::of_word(&kind)? }));
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> HostCall {
        read(text.parse().unwrap(), PathBuf::new(), Span::call_site())
    }

    #[test]
    fn reads_all_that_tools_need() {
        let call = call(
            r#"policy = "host.toml", sdk = ::site_sdk, local = [crate::inside, #[cfg(feature = "x")] self::r#more],
               permissions = ["mail.send" = Origin], concrete = [site_sdk::Route], census_test = off, lock = off"#,
        );
        assert_eq!(call.policy, PolicySource::File("host.toml".to_owned()));
        assert_eq!(call.sdk.as_deref(), Some("site_sdk"));
        assert!(call.plugins.is_none() && call.without_lock);
        let inside = Listed { path: vec!["inside".to_owned()], predicate: None };
        let more = Listed { path: vec!["more".to_owned()], predicate: Some("feature = \"x\"".to_owned()) };
        assert_eq!(call.local, [inside, more]);
        assert_eq!((call.permissions[0].name.as_str(), call.permissions[0].scope_kind), ("mail.send", ScopeKind::Origin));
    }

    #[test]
    fn what_is_not_understood_is_left_to_the_macro() {
        let call = call(
            "policy = grant_requested, plugins = [a, #[cfg(unix)] #[cfg(test)] b::c], permissions = [\"x\" = Colour], local, = 3",
        );
        assert_eq!(call.policy, PolicySource::GrantRequested);
        let plugins = call.plugins.unwrap();
        assert_eq!(plugins[1].predicate.as_deref(), Some("all(unix, test)"));
        assert_eq!(plugins[1].path, ["b", "c"]);
        assert!(call.permissions.is_empty() && call.local.is_empty() && !call.without_lock);
    }
}
