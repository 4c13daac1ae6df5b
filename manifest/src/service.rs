//! Whether a plugin's manifest and its code say the same about a service: the rules behind `provides(…)` and `uses(…)`.
//!
//! A service is an extension point whose id begins with `service.`. The derive sees the manifest, and the compiler the trait's id and
//! version, which may come from another crate; so these run inside rustc.

use crate::message::Text;
use crate::resolver::{closeness, help, push_own_line};
use crate::{Descriptor, MESSAGE_BYTES, Message, PluginId, PointInfo, Provision, Requirement};

/// How the id of every service begins.
pub const SERVICE_PREFIX: &str = "service.";

/// Tells whether an id is that of a service.
#[must_use]
pub const fn is_service(id: &PluginId) -> bool {
    matches!(id.as_str().as_bytes(), [b's', b'e', b'r', b'v', b'i', b'c', b'e', b'.', ..])
}

/// What is wrong between the services that a plugin's type provides and `[provides]` of its manifest; `None` when they agree.
///
/// Every service among the plugin's extensions must stand in `[provides]` with the version of its trait. The other way round, a
/// manifest may provide a service that has no trait: others can require that it is there, and nothing more.
#[must_use]
pub const fn provision_problem(plugin: &Descriptor) -> Option<Message> {
    let mut bytes = [0; MESSAGE_BYTES];
    let mut out = Text::new(&mut bytes);
    let mut index = 0;
    while index < plugin.extensions.len() {
        let point = plugin.extensions[index].point;
        if is_service(&point.id) {
            compare_provision(&mut out, plugin, point);
        }
        index += 1;
    }
    let length = out.length();
    if length == 0 { None } else { Some(Message::from_text(bytes, length)) }
}

const fn compare_provision(out: &mut Text<'_>, plugin: &Descriptor, point: &PointInfo) {
    let (id, version) = (point.id.as_str(), &point.version);
    let mut index = 0;
    while index < plugin.provides.len() {
        let provision = &plugin.provides[index];
        if provision.id.same(&point.id) {
            if provision.version.compare(version).is_ne() {
                out.push("\n  KW0210 the manifest of `").push(plugin.id.as_str()).push("` provides `").push(id).push(" ");
                out.push_version(&provision.version);
                out.push("`, and the trait that it implements is `").push(id).push(" ");
                out.push_version(version);
                out.push("`\n");
                push_own_line(out, &provision.location, &[]);
                help(out).push("write `\"").push(id).push("\" = \"");
                out.push_version(version);
                out.push("\"` under `[provides]`\n");
            }
            return;
        }
        index += 1;
    }
    out.push("\n  KW0210 `").push(plugin.id.as_str()).push("` implements the service `").push(id).push(" ");
    out.push_version(version);
    out.push("`, which its manifest does not provide\n");
    let near = nearest_provision(plugin, id);
    if let Some(near) = near {
        push_own_line(out, &near.location, &["`", near.id.as_str(), "` is similar"]);
    }
    help(out).push(if near.is_some() { "write `\"" } else { "add `\"" }).push(id).push("\" = \"");
    out.push_version(version);
    out.push(if near.is_some() { "\"` there" } else { "\"` under `[provides]`" });
    out.push(", or take the trait out of `provides(…)`\n");
}

/// What is wrong between a service that a plugin uses and `[requires]` of its manifest; `None` when they agree.
#[must_use]
pub const fn use_problem(plugin: &Descriptor, service: &PointInfo) -> Option<Message> {
    let mut bytes = [0; MESSAGE_BYTES];
    let mut out = Text::new(&mut bytes);
    compare_use(&mut out, plugin, service);
    let length = out.length();
    if length == 0 { None } else { Some(Message::from_text(bytes, length)) }
}

const fn compare_use(out: &mut Text<'_>, plugin: &Descriptor, service: &PointInfo) {
    let (id, version) = (service.id.as_str(), &service.version);
    if !is_service(&service.id) {
        out.push("\n  KW0212 `").push(plugin.id.as_str()).push("` uses `").push(id);
        out.push("`, which is no service: only the host calls it\n  help: take it out of `uses(…)`; the id of a service begins with `service.`\n");
        return;
    }
    let mut index = 0;
    while index < plugin.requires.len() {
        let requirement = &plugin.requires[index];
        if requirement.id.same(&service.id) {
            if !requirement.range.matches(version) {
                out.push("\n  KW0211 the manifest of `").push(plugin.id.as_str()).push("` requires `").push(id).push(" ");
                out.push(requirement.range.text).push("`, and the trait that it uses is `").push(id).push(" ");
                out.push_version(version);
                out.push("`\n");
                push_own_line(out, &requirement.location, &[]);
                help(out).push("write `\"").push(id).push("\" = \"^");
                out.push_version(version);
                out.push("\"` under `[requires]`\n");
            }
            return;
        }
        index += 1;
    }
    out.push("\n  KW0211 `").push(plugin.id.as_str()).push("` uses the service `").push(id).push(" ");
    out.push_version(version);
    out.push("`, which its manifest does not require\n");
    let near = nearest_requirement(plugin, id);
    if let Some(near) = near {
        push_own_line(out, &near.location, &["`", near.id.as_str(), "` is similar"]);
    }
    // A similar service may be required as well as this one, so its line may have to stay.
    help(out).push(if near.is_some() { "write `\"" } else { "add `\"" }).push(id).push("\" = \"^");
    out.push_version(version);
    out.push(if near.is_some() { "\"` there or beside it" } else { "\"` under `[requires]`" });
    out.push(", or take the trait out of `uses(…)`\n");
}

/// The service of `[provides]` that is most like `wanted` and that the plugin does not implement: then its id is misspelt.
const fn nearest_provision<'d>(plugin: &'d Descriptor, wanted: &str) -> Option<&'d Provision> {
    let (mut best, mut least) = (None, usize::MAX);
    let mut index = 0;
    while index < plugin.provides.len() {
        let provision = &plugin.provides[index];
        index += 1;
        if let Some(distance) = closeness(wanted, provision.id.as_str())
            && distance < least
            && !implements(plugin, &provision.id)
        {
            (best, least) = (Some(provision), distance);
        }
    }
    best
}

const fn implements(plugin: &Descriptor, service: &PluginId) -> bool {
    let mut index = 0;
    while index < plugin.extensions.len() {
        if plugin.extensions[index].point.id.same(service) {
            return true;
        }
        index += 1;
    }
    false
}

/// The entry of `[requires]` that is most like `wanted`.
const fn nearest_requirement<'d>(plugin: &'d Descriptor, wanted: &str) -> Option<&'d Requirement> {
    let (mut best, mut least) = (None, usize::MAX);
    let mut index = 0;
    while index < plugin.requires.len() {
        let requirement = &plugin.requires[index];
        index += 1;
        if let Some(distance) = closeness(wanted, requirement.id.as_str())
            && distance < least
        {
            (best, least) = (Some(requirement), distance);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AfterPanic, BreakOn, Comparator, ExtensionEntry, FailurePolicy, Location, Operator, Target, Version, VersionRange,
    };

    const STORE: PointInfo = PointInfo {
        id: PluginId::new("service.store"),
        version: version(1, 2),
        on_failure: FailurePolicy::Closed,
        deadline_millis: None,
        break_on: BreakOn::Failures,
        after_panic: AfterPanic::Continue,
        mode: None,
        uncounted: &[],
        methods: &[],
    };

    const fn version(major: u64, minor: u64) -> Version {
        Version { major, minor, patch: 0, pre: "", build: "" }
    }

    fn provider(provides: &'static [Provision]) -> Descriptor {
        Descriptor {
            id: PluginId::new("site.disk"),
            provides,
            extensions: &[ExtensionEntry { point: &STORE }],
            ..Descriptor::EMPTY
        }
    }

    const fn provision(version: Version) -> Provision {
        Provision { id: STORE.id, version, exclusive: false, location: Location::UNKNOWN }
    }

    fn text(message: Option<Message>) -> String {
        message.map(|message| message.as_str().to_owned()).unwrap_or_default()
    }

    #[test]
    fn providers_name_the_service_with_the_version_of_its_trait() {
        const RIGHT: &[Provision] = &[provision(version(1, 2))];
        const OLD: &[Provision] = &[provision(version(1, 1))];
        assert!(provision_problem(&provider(RIGHT)).is_none());
        let old = text(provision_problem(&provider(OLD)));
        assert!(
            old.contains("provides `service.store 1.1.0`, and the trait that it implements is `service.store 1.2.0`"),
            "{old}"
        );
        let none = text(provision_problem(&provider(&[])));
        assert!(none.contains("add `\"service.store\" = \"1.2.0\"` under `[provides]`"), "{none}");
    }

    #[test]
    fn a_similar_line_of_the_manifest_is_shown() {
        const LINE: Location =
            Location { file: "plugin.toml", line: 9, column: 1, snippet: "\"service.stoer\" = …", width: 15 };
        const MISSPELT: &[Provision] =
            &[Provision { id: PluginId::new("service.stoer"), location: LINE, ..provision(version(1, 2)) }];
        let misspelt = text(provision_problem(&provider(MISSPELT)));
        assert_eq!(
            misspelt,
            "\n  KW0210 `site.disk` implements the service `service.store 1.2.0`, which its manifest does not provide\n   --> \
             plugin.toml:9:1: `service.stoer` is similar\n    |\n  9 | \"service.stoer\" = …\n    | ^^^^^^^^^^^^^^^\n    help: write \
             `\"service.store\" = \"1.2.0\"` there, or take the trait out of `provides(…)`\n"
        );
        const REQUIRED: &[Requirement] = &[Requirement {
            id: PluginId::new("service.stoer"),
            target: Target::Service,
            range: VersionRange { text: "^1", comparators: &[] },
            optional: false,
            reason: "",
            location: LINE,
        }];
        let user = Descriptor { id: PluginId::new("site.editor"), requires: REQUIRED, ..Descriptor::EMPTY };
        let misspelt = text(use_problem(&user, &STORE));
        assert!(misspelt.contains("plugin.toml:9:1: `service.stoer` is similar"), "{misspelt}");
        assert!(misspelt.contains("help: write `\"service.store\" = \"^1.2.0\"` there or beside it"), "{misspelt}");
    }

    #[test]
    fn a_similar_service_that_is_implemented_too_is_not_misspelt() {
        const STORES: PointInfo = PointInfo { id: PluginId::new("service.stores"), ..STORE };
        const PROVIDED: &[Provision] = &[Provision { id: STORES.id, ..provision(version(1, 2)) }];
        let both = Descriptor {
            extensions: &[ExtensionEntry { point: &STORE }, ExtensionEntry { point: &STORES }],
            ..provider(PROVIDED)
        };
        let missing = text(provision_problem(&both));
        assert!(missing.contains("`service.store 1.2.0`, which its manifest does not provide"), "{missing}");
        assert!(!missing.contains("similar"), "{missing}");
    }

    #[test]
    fn users_require_a_range_that_the_trait_fits() {
        const ONE: Comparator = Comparator { operator: Operator::Caret, major: 1, minor: None, patch: None, pre: "" };
        const TWO: Comparator = Comparator { major: 2, ..ONE };
        const fn requirement(text: &'static str, comparators: &'static [Comparator]) -> Requirement {
            Requirement {
                id: STORE.id,
                target: Target::Service,
                range: VersionRange { text, comparators },
                optional: false,
                reason: "",
                location: Location::UNKNOWN,
            }
        }
        const FITS: &[Requirement] = &[requirement("^1", &[ONE])];
        const TOO_NEW: &[Requirement] = &[requirement("^2", &[TWO])];
        let user = |requires| Descriptor { id: PluginId::new("site.editor"), requires, ..Descriptor::EMPTY };
        assert!(use_problem(&user(FITS), &STORE).is_none());
        let new = text(use_problem(&user(TOO_NEW), &STORE));
        assert!(new.contains("requires `service.store ^2`, and the trait that it uses is `service.store 1.2.0`"), "{new}");
        let none = text(use_problem(&user(&[]), &STORE));
        assert!(none.contains("KW0211 `site.editor` uses the service `service.store 1.2.0`"), "{none}");
        let route = PointInfo { id: PluginId::new("site.route"), ..STORE };
        assert!(text(use_problem(&user(FITS), &route)).contains("KW0212 `site.editor` uses `site.route`, which is no service"));
    }
}
