//! Everything that `host!` has to know before it writes code: the plugins, the policy, and the plugins it could have.

use std::path::PathBuf;

use keyway_manifest::Available;
use keyway_manifest::host::{OtherDependency, PluginDependency, PluginFolder, read_host, read_plugin};
use keyway_manifest::parse::is_there;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::argument::{Arguments, Listed};
use super::build::Build;
use super::lock::{self, LockInput};
use super::policy::{self, PolicyInput};
use crate::errors::Errors;
use crate::plugin::MODULE;

/// What was read.
pub(crate) struct Input {
    /// The plugins, in the order of the table.
    pub(crate) plugins: Vec<Element>,
    /// Plugins that Cargo.toml knows, enabled or not.
    pub(crate) available: Vec<Available>,
    /// The policy.
    pub(crate) policy: PolicyInput,
    /// The lock.
    pub(crate) lock: LockInput,
    /// Code that makes rustc look at the files that were read.
    pub(crate) tracked: TokenStream,
}

/// One plugin of the table.
pub(crate) struct Element {
    /// The predicate of its `#[cfg(…)]`; `None` when it is always there.
    pub(crate) predicate: Option<TokenStream>,
    /// The module that the derive writes beside the plugin.
    pub(crate) path: TokenStream,
}

/// Reads what the arguments name. Mistakes go to `problems`.
pub(crate) fn read(arguments: &Arguments, problems: &mut Errors) -> Input {
    let build = Build::find();
    let policy = policy::read(arguments, &build, problems);
    let lock = lock::read(arguments, &build, &policy.policy.lock, problems);
    let mut files: Vec<PathBuf> = policy.file.iter().chain(&lock.file).cloned().collect();
    let (mut plugins, mut available) = (Vec::new(), Vec::new());
    match &arguments.plugins {
        Some(list) => plugins.extend(list.iter().map(Element::of)),
        None => read_cargo_toml(arguments, &build, &mut plugins, &mut available, &mut files, problems),
    }
    plugins.extend(arguments.local.iter().map(Element::of));
    refuse_twice(arguments, problems);
    let tracked = files.iter().map(|file| build.track(file)).collect();
    Input { plugins, available, policy, lock, tracked }
}

fn read_cargo_toml(
    arguments: &Arguments,
    build: &Build,
    plugins: &mut Vec<Element>,
    available: &mut Vec<Available>,
    files: &mut Vec<PathBuf>,
    problems: &mut Errors,
) {
    let Some(folder) = build.cargo_folder() else {
        let message = "`host!` finds its plugins in Cargo.toml, and this build is not run by Cargo";
        problems.at_span(Span::call_site(), "KW0430", message, "list the plugins: `host! { plugins = [my_plugin], … }`");
        return;
    };
    let host = match read_host(folder) {
        Ok(host) => host,
        Err(report) => return problems.report(Span::call_site(), &report),
    };
    files.push(folder.join("Cargo.toml"));
    // A crate may also be named in `local`.
    let is_listed = |other: &&OtherDependency| {
        let mut firsts = arguments.local.iter().filter_map(|listed| listed.path.segments.first());
        firsts.any(|first| first.ident == other.key.replace('-', "_"))
    };
    for diagnostic in host.others.iter().filter(|other| !is_listed(other)).filter_map(|other| other.refuse_plugin(&host.root)) {
        problems.report(Span::call_site(), &diagnostic.into());
    }
    for dependency in &host.dependencies {
        let found = dependency.folder.as_ref().and_then(|folder| read_plugin(folder));
        let manifest = found.as_ref().and_then(|found| found.manifest.as_ref());
        match manifest {
            Some(manifest) if !is_there(manifest) => {
                problems.report(Span::call_site(), &dependency.refuse_without_manifest(&build.way(manifest)).into());
            }
            _ => files.extend(manifest.cloned()),
        }
        if let Some(found) = &found {
            files.extend(dependency.folder.iter().map(|folder| folder.join("Cargo.toml")));
            let manifest = manifest.map(|manifest| build.way(manifest)).unwrap_or_default();
            available.extend(found.available.map(|known| seen_from_host(known, dependency.feature(), manifest)));
        }
        plugins.push(Element::of_dependency(dependency, found.as_ref()));
    }
}

fn seen_from_host(known: Available, feature: &str, manifest: String) -> Available {
    Available { feature: String::leak(feature.to_owned()), manifest: manifest.leak(), ..known }
}

fn refuse_twice(arguments: &Arguments, problems: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for listed in arguments.plugins.iter().flatten().chain(&arguments.local) {
        let path = listed.path.to_token_stream().to_string();
        let text = format!("{} {path}", Element::of(listed).cfg());
        if seen.contains(&text) {
            let span = listed.path.segments.first().map_or_else(Span::call_site, |segment| segment.ident.span());
            problems.at_span(span, "KW0438", &format!("`{}` is listed twice", path.replace(' ', "")), "keep one of them");
        }
        seen.push(text);
    }
}

impl Element {
    fn of(listed: &Listed) -> Self {
        let Listed { attributes, path } = listed;
        // The compiler shall point at the element when it finds no plugin there.
        let span = path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
        let path = {
            let module = Ident::new(MODULE, span);
            quote_spanned!(span=> #path::#module)
        };
        let predicates: Vec<&TokenStream> =
            attributes.iter().filter_map(|attribute| attribute.meta.require_list().ok()).map(|list| &list.tokens).collect();
        let predicate = match predicates.as_slice() {
            [] => None,
            [only] => Some(only.to_token_stream()),
            several => Some(quote!(all(#(#several),*))),
        };
        Self { predicate, path }
    }

    fn of_dependency(dependency: &PluginDependency, found: Option<&PluginFolder>) -> Self {
        let name = dependency.crate_name(found.map(|found| found.facts.library.as_str()));
        let name = syn::parse_str(&name).unwrap_or_else(|_| Ident::new_raw(&name, Span::call_site()));
        let module = Ident::new(MODULE, Span::call_site());
        let predicate = dependency.cfg().map(|predicate| predicate.parse().expect("Cargo accepted it, so it is made of tokens"));
        Self { predicate, path: quote!(::#name::#module) }
    }

    /// `#[cfg(…)]`, or nothing.
    pub(crate) fn cfg(&self) -> TokenStream {
        self.predicate.as_ref().map(|predicate| quote!(#[cfg(#predicate)])).unwrap_or_default()
    }
}
