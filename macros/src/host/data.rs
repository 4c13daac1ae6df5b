//! Writes the data that `host!` read as constants.

use keyway_manifest::{
    Approval, Available, Checksums, Location, Lock, LockAnswer, LockRules, LockedPermission, LockedPlugin, LockedTier,
    NativePolicy, NativePublisher, PluginId, Policy, PolicyRule, PolicyVerb, UndefinedSymbols, Unload, Version,
};
use proc_macro2::TokenStream;
use quote::quote;

/// `keyway` is the path of the crate `keyway` for each of these.
pub(crate) fn policy(policy: &Policy, keyway: &TokenStream) -> TokenStream {
    let grant_unmentioned = policy.grant_unmentioned;
    let rules = policy.rules.iter().map(|rule| self::rule(rule, keyway));
    let native = match &policy.native {
        None => quote!(::core::option::Option::None),
        Some(native) => {
            let native = self::native(native, keyway);
            quote!(::core::option::Option::Some(#native))
        }
    };
    let lock = lock_rules(&policy.lock, keyway);
    quote! {
        #keyway::manifest::Policy { grant_unmentioned: #grant_unmentioned, rules: &[#(#rules),*], native: #native, lock: #lock }
    }
}

fn lock_rules(rules: &LockRules, keyway: &TokenStream) -> TokenStream {
    let answer = |answer| match answer {
        LockAnswer::Pass => quote!(#keyway::manifest::LockAnswer::Pass),
        LockAnswer::Ask => quote!(#keyway::manifest::LockAnswer::Ask),
    };
    let required = rules.required;
    let (narrowing, version, artifacts) = (answer(rules.narrowing), answer(rules.version), answer(rules.artifacts));
    quote! {
        #keyway::manifest::LockRules {
            required: #required,
            narrowing: #narrowing,
            version: #version,
            artifacts: #artifacts,
        }
    }
}

fn native(policy: &NativePolicy, keyway: &TokenStream) -> TokenStream {
    let NativePolicy { require_signature, revoked_keys, probe, generations, file_size, files, .. } = policy;
    let publishers = policy.publishers.iter().map(|publisher| {
        let NativePublisher { name, keys, ids, .. } = publisher;
        let location = location(&publisher.location, keyway);
        quote! {
            #keyway::manifest::NativePublisher {
                name: #name,
                keys: &[#(#keys),*],
                ids: &[#(#ids),*],
                location: #location,
            }
        }
    });
    let checksums = match policy.checksums {
        Checksums::IfPresent => quote!(IfPresent),
        Checksums::Required => quote!(Required),
    };
    let undefined_symbols = match policy.undefined_symbols {
        UndefinedSymbols::Allow => quote!(Allow),
        UndefinedSymbols::Check => quote!(Check),
    };
    let unload = match policy.unload {
        Unload::Try => quote!(Try),
        Unload::Never => quote!(Never),
    };
    quote! {
        #keyway::manifest::NativePolicy {
            require_signature: #require_signature,
            publishers: &[#(#publishers),*],
            revoked_keys: &[#(#revoked_keys),*],
            checksums: #keyway::manifest::Checksums::#checksums,
            probe: #probe,
            undefined_symbols: #keyway::manifest::UndefinedSymbols::#undefined_symbols,
            unload: #keyway::manifest::Unload::#unload,
            generations: #generations,
            file_size: #file_size,
            files: #files,
        }
    }
}

fn rule(rule: &PolicyRule, keyway: &TokenStream) -> TokenStream {
    let plugin = match &rule.plugin {
        None => quote!(::core::option::Option::None),
        Some(plugin) => {
            let plugin = id(plugin, keyway);
            quote!(::core::option::Option::Some(#plugin))
        }
    };
    let verb = match rule.verb {
        PolicyVerb::Allow => quote!(Allow),
        PolicyVerb::Deny => quote!(Deny),
    };
    let PolicyRule { permission, scopes, .. } = rule;
    let plugin_location = location(&rule.plugin_location, keyway);
    let location = location(&rule.location, keyway);
    quote! {
        #keyway::manifest::PolicyRule {
            plugin: #plugin,
            plugin_location: #plugin_location,
            verb: #keyway::manifest::PolicyVerb::#verb,
            permission: #permission,
            scopes: &[#(#scopes),*],
            location: #location,
        }
    }
}

pub(crate) fn available(available: &Available, keyway: &TokenStream) -> TokenStream {
    let (id, version) = (id(&available.id, keyway), version(&available.version, keyway));
    let Available { package, feature, manifest, .. } = available;
    let provides = available.provides.iter().map(|(service, provided)| {
        let provided = self::version(provided, keyway);
        quote!((#service, #provided))
    });
    quote! {
        #keyway::manifest::Available {
            id: #id,
            version: #version,
            package: #package,
            feature: #feature,
            manifest: #manifest,
            provides: &[#(#provides),*],
        }
    }
}

/// The plugins of a lock, as a list.
pub(crate) fn locked(lock: &Lock, keyway: &TokenStream) -> TokenStream {
    let plugins = lock.plugins.iter().map(|plugin| locked_plugin(plugin, keyway));
    quote!(&[#(#plugins),*])
}

fn locked_plugin(plugin: &LockedPlugin, keyway: &TokenStream) -> TokenStream {
    let LockedPlugin { manifest, .. } = plugin;
    let (id, version) = (id(&plugin.id, keyway), version(&plugin.version, keyway));
    let tier = match plugin.tier {
        LockedTier::Static => quote!(Static),
        LockedTier::Native => quote!(Native),
    };
    let approved = plugin.approved.iter().map(|permission| {
        let LockedPermission { name, scopes, optional } = permission;
        quote!(#keyway::manifest::LockedPermission { name: #name, scopes: &[#(#scopes),*], optional: #optional })
    });
    let artifacts = plugin.artifacts.iter().map(|artifacts| {
        let (target, digests) = (artifacts.target, artifacts.digests);
        quote!(#keyway::manifest::LockedArtifacts { target: #target, digests: &[#(#digests),*] })
    });
    let (approval, location) = (approval(&plugin.approval, keyway), location(&plugin.location, keyway));
    quote! {
        #keyway::manifest::LockedPlugin {
            id: #id,
            version: #version,
            tier: #keyway::manifest::LockedTier::#tier,
            manifest: #manifest,
            approved: &[#(#approved),*],
            artifacts: &[#(#artifacts),*],
            approval: #keyway::manifest::Approval::#approval,
            location: #location,
        }
    }
}

fn approval(approval: &Approval, keyway: &TokenStream) -> TokenStream {
    match approval {
        Approval::Pending => quote!(Pending),
        Approval::Denied { by, on, reason } => quote!(Denied { by: #by, on: #on, reason: #reason }),
        Approval::Revoked { by, on, reason } => quote!(Revoked { by: #by, on: #on, reason: #reason }),
        Approval::Approved { by, on, version, until } => {
            let version = self::version(version, keyway);
            let until = match until {
                None => quote!(::core::option::Option::None),
                Some(day) => {
                    let (days, text) = (day.days, day.text);
                    quote!(::core::option::Option::Some(#keyway::manifest::LockedDay { days: #days, text: #text }))
                }
            };
            quote!(Approved { by: #by, on: #on, version: #version, until: #until })
        }
    }
}

fn id(id: &PluginId, keyway: &TokenStream) -> TokenStream {
    let (text, hash) = (id.as_str(), id.hash());
    quote!(#keyway::manifest::PluginId::from_parts(#text, #hash))
}

fn version(version: &Version, keyway: &TokenStream) -> TokenStream {
    let Version { major, minor, patch, pre, build } = version;
    quote!(#keyway::manifest::Version { major: #major, minor: #minor, patch: #patch, pre: #pre, build: #build })
}

fn location(location: &Location, keyway: &TokenStream) -> TokenStream {
    let Location { file, line, column, snippet, width } = location;
    quote! {
        #keyway::manifest::Location { file: #file, line: #line, column: #column, snippet: #snippet, width: #width }
    }
}
