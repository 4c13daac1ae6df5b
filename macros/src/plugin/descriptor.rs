//! Writes a descriptor as tokens.

use keyway_manifest::{
    Comparator, Conflict, Descriptor, Limits, Location, Operator, OrderHint, PermissionRequest, PluginId, Provision, Requirement,
    Stability, Target, Version, VersionRange,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::arguments::Arguments;

/// The descriptor with the extension points of `arguments`. It stands where `m` names the manifest crate.
pub(crate) fn tokens(descriptor: &Descriptor, arguments: &Arguments) -> TokenStream {
    let Descriptor { package, .. } = descriptor;
    let id = id(descriptor.id);
    let version = version(&descriptor.version);
    let host = range(&descriptor.host);
    let host_location = location(&descriptor.host_location);
    let stability = stability(descriptor.stability);
    let further = further(descriptor);
    let permissions = descriptor.permissions.iter().map(|request| permission(request, arguments));
    let permissions = list("permissions", permissions);
    let points =
        (0..arguments.provides.len()).map(|point| quote!(m::ExtensionEntry { point: Self::__KEYWAY_EXTENSIONS[#point].point }));
    let extensions = list("extensions", points);
    let keyway = &arguments.keyway;
    let hooks = arguments
        .asks
        .iter()
        .map(|hook| quote_spanned!(hook.span()=> m::ExtensionEntry { point: <dyn #hook as #keyway::ExtensionPoint>::INFO }));
    let asks = list("asks", hooks);
    let events = arguments.events.entries(&arguments.keyway);
    let events = list("events", events.into_iter());
    let location = location(&descriptor.location);
    quote! {
        m::Descriptor {
            id: #id,
            version: #version,
            package: #package,
            host: #host,
            host_location: #host_location,
            stability: #stability,
            #further
            #permissions
            #extensions
            #asks
            #events
            location: #location,
            ..m::Descriptor::EMPTY
        }
    }
}

/// The fields that most manifests leave empty. Each one written costs rustc as much as one that says something.
fn further(descriptor: &Descriptor) -> TokenStream {
    let Descriptor { description, authors, license, repository, notice, config_defaults, .. } = *descriptor;
    let texts = [
        ("description", description),
        ("authors", authors),
        ("license", license),
        ("repository", repository),
        ("notice", notice),
        ("config_defaults", config_defaults),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| {
        let name = format_ident!("{name}");
        quote!(#name: #text,)
    });
    let lists = [
        list("requires", descriptor.requires.iter().map(requirement)),
        list("conflicts", descriptor.conflicts.iter().map(conflict)),
        list("provides", descriptor.provides.iter().map(provision)),
        list("after", descriptor.after.iter().map(hint)),
        list("before", descriptor.before.iter().map(hint)),
    ];
    let limits = (descriptor.limits != Limits::NONE).then(|| {
        let limits = limits(&descriptor.limits);
        quote!(limits: #limits,)
    });
    let state_version = (descriptor.state_version != 0).then(|| {
        let state_version = descriptor.state_version;
        quote!(state_version: #state_version,)
    });
    quote!(#(#texts)* #(#lists)* #limits #state_version)
}

/// A field with a list, nothing when the list is empty.
fn list(name: &str, items: impl ExactSizeIterator<Item = TokenStream>) -> Option<TokenStream> {
    let name = format_ident!("{name}");
    (items.len() > 0).then(|| quote!(#name: &[#(#items),*],))
}

fn id(id: PluginId) -> TokenStream {
    let (text, hash) = (id.as_str(), id.hash());
    quote!(m::PluginId::from_parts(#text, #hash))
}

fn version(version: &Version) -> TokenStream {
    let Version { major, minor, patch, pre, build } = version;
    quote!(m::Version { major: #major, minor: #minor, patch: #patch, pre: #pre, build: #build })
}

fn range(range: &VersionRange) -> TokenStream {
    let text = range.text;
    let comparators = range.comparators.iter().map(comparator);
    quote!(m::VersionRange { text: #text, comparators: &[#(#comparators),*] })
}

fn comparator(comparator: &Comparator) -> TokenStream {
    let Comparator { operator, major, minor, patch, pre } = comparator;
    let operator = match operator {
        Operator::Exact => quote!(Exact),
        Operator::Greater => quote!(Greater),
        Operator::GreaterEq => quote!(GreaterEq),
        Operator::Less => quote!(Less),
        Operator::LessEq => quote!(LessEq),
        Operator::Tilde => quote!(Tilde),
        Operator::Caret => quote!(Caret),
        Operator::Wildcard => quote!(Wildcard),
    };
    let (minor, patch) = (option(*minor), option(*patch));
    quote!(m::Comparator { operator: m::Operator::#operator, major: #major, minor: #minor, patch: #patch, pre: #pre })
}

fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn stability(stability: Stability) -> TokenStream {
    let name = match stability {
        Stability::Development => quote!(Development),
        Stability::Alpha => quote!(Alpha),
        Stability::Beta => quote!(Beta),
        Stability::Stable => quote!(Stable),
        Stability::Deprecated => quote!(Deprecated),
    };
    quote!(m::Stability::#name)
}

fn location(location: &Location) -> TokenStream {
    let Location { file, line, column, snippet, width } = location;
    quote!(m::Location { file: #file, line: #line, column: #column, snippet: #snippet, width: #width })
}

fn requirement(requirement: &Requirement) -> TokenStream {
    let Requirement { optional, reason, .. } = requirement;
    let (id, range, location) = (id(requirement.id), range(&requirement.range), location(&requirement.location));
    let target = match requirement.target {
        Target::Plugin => quote!(Plugin),
        Target::Service => quote!(Service),
    };
    quote! {
        m::Requirement {
            id: #id, target: m::Target::#target, range: #range, optional: #optional, reason: #reason, location: #location
        }
    }
}

fn conflict(conflict: &Conflict) -> TokenStream {
    let reason = conflict.reason;
    let (id, range, location) = (id(conflict.id), range(&conflict.range), location(&conflict.location));
    quote!(m::Conflict { id: #id, range: #range, reason: #reason, location: #location })
}

fn provision(provision: &Provision) -> TokenStream {
    let exclusive = provision.exclusive;
    let (id, version, location) = (id(provision.id), version(&provision.version), location(&provision.location));
    quote!(m::Provision { id: #id, version: #version, exclusive: #exclusive, location: #location })
}

fn hint(hint: &OrderHint) -> TokenStream {
    let (id, location) = (id(hint.id), location(&hint.location));
    quote!(m::OrderHint { id: #id, location: #location })
}

fn permission(request: &PermissionRequest, arguments: &Arguments) -> TokenStream {
    let PermissionRequest { name, scopes, optional, reason, .. } = request;
    let location = location(&request.location);
    let kind = match arguments.permissions.iter().find(|(declared, _)| declared.value() == *name) {
        Some((_, declared)) => quote!(#declared.scope),
        None => {
            let kind = quote::format_ident!("{}", format!("{:?}", request.scope_kind));
            quote!(m::ScopeKind::#kind)
        }
    };
    quote! {
        m::PermissionRequest {
            name: #name, scope_kind: #kind, scopes: &[#(#scopes),*], optional: #optional, reason: #reason, location: #location
        }
    }
}

fn limits(limits: &Limits) -> TokenStream {
    if *limits == Limits::NONE {
        return quote!(m::Limits::NONE);
    }
    let memory = option(limits.memory_bytes);
    let call = option(limits.call_millis);
    let start = option(limits.start_millis);
    let stop = option(limits.stop_millis);
    let concurrent = option(limits.concurrent_calls);
    let storage = option(limits.storage_bytes);
    let tasks = option(limits.tasks);
    let open_files = option(limits.open_files);
    let queued_events = option(limits.queued_events);
    quote! {
        m::Limits {
            memory_bytes: #memory,
            call_millis: #call,
            start_millis: #start,
            stop_millis: #stop,
            concurrent_calls: #concurrent,
            storage_bytes: #storage,
            tasks: #tasks,
            open_files: #open_files,
            queued_events: #queued_events,
        }
    }
}
