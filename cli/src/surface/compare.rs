//! How two surfaces differ: what is more, what is less, and what is only other. The order of what is written is no difference.

use std::collections::{BTreeMap, BTreeSet};

use keyway_manifest::lock::{Extent, Permission, PermissionChange, Permissions, permission_changes};
use keyway_manifest::parse::ExtraPermission;
use serde::{Deserialize, Serialize};

use super::model::{Package, Surface, SurfacePermission, SurfacePlugin};

/// All in which one surface differs from another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurfaceDifferences {
    /// What is other about the host.
    pub host: Vec<Difference>,
    /// The plugins that differ, by id.
    pub plugins: Vec<PluginDifference>,
}

/// In what one plugin differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginDifference {
    /// The plugin's id.
    pub id: String,
    /// Whether it is new, gone, or other.
    pub standing: Standing,
    /// What changed; for a plugin that is new or gone, all that it has or had.
    pub differences: Vec<Difference>,
}

/// Whether a plugin is in both surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
    /// In both.
    Changed,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// What it is about, such as `permission` or `extends`.
    pub kind: DifferenceKind,
    /// The permission's or limit's name; empty for all other kinds.
    pub name: String,
    /// `wider`, `narrower` or `same`, when it is neither more nor less that the plugin may do.
    pub extent: String,
    /// What there was and is not any more.
    pub lost: Vec<String>,
    /// What there is and was not before.
    pub gained: Vec<String>,
}

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// A permission that is asked for.
    Permission,
    /// Points that are extended.
    Extends,
    /// Hooks that are asked.
    Asks,
    /// Topics that are published on.
    Publishes,
    /// Topics that are subscribed to.
    Subscribes,
    /// Services that are offered.
    Provides,
    /// Plugins and services that are needed.
    Requires,
    /// A limit that the plugin sets itself.
    Limit,
    /// The version.
    Version,
    /// The package.
    Package,
    /// The licence.
    License,
    /// How it is attached.
    Tier,
    /// How settled it is.
    Stability,
    /// The version of Keyway.
    Keyway,
    /// The SDK and its version.
    Sdk,
    /// What a panic does: it ends the program, or is caught.
    Panic,
    /// In which order plugins start that are in both.
    Order,
}

impl DifferenceKind {
    /// The word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Extends => "extends",
            Self::Asks => "asks",
            Self::Publishes => "publishes",
            Self::Subscribes => "subscribes",
            Self::Provides => "provides",
            Self::Requires => "requires",
            Self::Limit => "limit",
            Self::Version => "version",
            Self::Package => "package",
            Self::License => "licence",
            Self::Tier => "tier",
            Self::Stability => "stability",
            Self::Keyway => "keyway",
            Self::Sdk => "sdk",
            Self::Panic => "panic",
            Self::Order => "order",
        }
    }
}

const WIDER: &str = "wider";
const NARROWER: &str = "narrower";
const SAME: &str = "same";

impl SurfaceDifferences {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.host.is_empty() && self.plugins.is_empty()
    }

    /// Whether plugins have more or less together: `wider`, `narrower` or `same`. Where some have more and others less, it is wider.
    pub(crate) fn extent(&self) -> &'static str {
        let has = |extent: &str| self.plugins.iter().flat_map(|plugin| &plugin.differences).any(|found| found.extent == extent);
        [WIDER, NARROWER].into_iter().find(|extent| has(extent)).unwrap_or(SAME)
    }
}

/// Compares two surfaces of a host.
pub(crate) fn compare(old: &Surface, new: &Surface) -> SurfaceDifferences {
    let (before, after) = (by_id(old), by_id(new));
    let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let kinds = kinds(old, new);
    let plugins = ids.into_iter().filter_map(|id| {
        let (standing, differences) = match (before.get(id), after.get(id)) {
            (Some(old), Some(new)) => (Standing::Changed, plugin(old, new, &kinds)),
            (None, Some(new)) => (Standing::Added, whole(plugin(&nothing(new), new, &kinds))),
            (Some(old), None) => (Standing::Removed, whole(plugin(old, &nothing(old), &kinds))),
            (None, None) => return None,
        };
        let differs = standing != Standing::Changed || !differences.is_empty();
        differs.then(|| PluginDifference { id: id.to_owned(), standing, differences })
    });
    SurfaceDifferences { plugins: plugins.collect(), host: host(old, new) }
}

fn by_id(surface: &Surface) -> BTreeMap<&str, &SurfacePlugin> {
    surface.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin)).collect()
}

/// The same plugin before it had anything, or when it has nothing any more.
fn nothing(plugin: &SurfacePlugin) -> SurfacePlugin {
    SurfacePlugin {
        provides: Vec::new(),
        requires: Vec::new(),
        routes: Vec::new(),
        permissions: Vec::new(),
        limits: BTreeMap::new(),
        extends: Vec::new(),
        asks: Vec::new(),
        publishes: Vec::new(),
        subscribes: Vec::new(),
        ..plugin.clone()
    }
}

/// All of a plugin that is new or gone: that its limits come and go with it is neither more nor less.
fn whole(mut differences: Vec<Difference>) -> Vec<Difference> {
    for limit in differences.iter_mut().filter(|difference| difference.kind == DifferenceKind::Limit) {
        SAME.clone_into(&mut limit.extent);
    }
    differences
}

/// The permissions that an SDK declares, with what their scopes are written as.
fn kinds(old: &Surface, new: &Surface) -> Vec<ExtraPermission> {
    let permissions = old.plugins.iter().chain(&new.plugins).flat_map(|plugin| &plugin.permissions);
    let known = |permission: &SurfacePermission| {
        Some(ExtraPermission { name: permission.name.clone(), scope_kind: permission.scope_kind()? })
    };
    permissions.filter_map(known).collect()
}

fn host(old: &Surface, new: &Surface) -> Vec<Difference> {
    let mut found = Vec::new();
    other(&mut found, DifferenceKind::Package, &old.host.package, &new.host.package);
    other(&mut found, DifferenceKind::Version, &old.host.version, &new.host.version);
    other(&mut found, DifferenceKind::Keyway, &old.keyway, &new.keyway);
    let sdk = |surface: &Surface| surface.sdk.as_ref().map(shown).unwrap_or_default();
    other(&mut found, DifferenceKind::Sdk, &sdk(old), &sdk(new));
    let panic = |surface: &Surface| if surface.panic_abort { "ends the program" } else { "is caught" };
    other(&mut found, DifferenceKind::Panic, panic(old), panic(new));
    let order = |surface: &Surface, beside: &Surface| -> Vec<String> {
        let both = surface.plugins.iter().filter(|plugin| beside.plugin(&plugin.id).is_some());
        both.map(|plugin| plugin.id.clone()).collect()
    };
    let (lost, gained) = (order(old, new), order(new, old));
    if lost != gained {
        found.push(Difference { kind: DifferenceKind::Order, name: String::new(), extent: SAME.to_owned(), lost, gained });
    }
    found
}

fn shown(package: &Package) -> String {
    format!("{} {}", package.package, package.version)
}

fn plugin(old: &SurfacePlugin, new: &SurfacePlugin, kinds: &[ExtraPermission]) -> Vec<Difference> {
    let mut found = permissions(old, new, kinds);
    for (kind, old, new) in [
        (DifferenceKind::Extends, &old.extends, &new.extends),
        (DifferenceKind::Asks, &old.asks, &new.asks),
        (DifferenceKind::Publishes, &old.publishes, &new.publishes),
        (DifferenceKind::Subscribes, &old.subscribes, &new.subscribes),
    ] {
        rights(&mut found, kind, old, new);
    }
    let provides = |plugin: &SurfacePlugin| -> Vec<String> { plugin.provides.iter().map(ToString::to_string).collect() };
    rights(&mut found, DifferenceKind::Provides, &provides(old), &provides(new));
    let requires = |plugin: &SurfacePlugin| -> Vec<String> { plugin.requires.iter().map(ToString::to_string).collect() };
    found.extend(listed(DifferenceKind::Requires, &requires(old), &requires(new)));
    found.extend(limits(old, new));
    other(&mut found, DifferenceKind::Version, &old.version, &new.version);
    other(&mut found, DifferenceKind::Package, &old.package, &new.package);
    other(&mut found, DifferenceKind::License, &old.license, &new.license);
    other(&mut found, DifferenceKind::Tier, &old.tier, &new.tier);
    other(&mut found, DifferenceKind::Stability, &old.stability, &new.stability);
    found
}

/// By the rules of the lock.
fn permissions(old: &SurfacePlugin, new: &SurfacePlugin, kinds: &[ExtraPermission]) -> Vec<Difference> {
    let asked = |plugin: &SurfacePlugin| {
        let permission = |permission: &SurfacePermission| {
            let SurfacePermission { name, scopes, optional, .. } = permission;
            (name.clone(), Permission { scopes: scopes.iter().cloned().collect(), optional: *optional })
        };
        Permissions { by_name: plugin.permissions.iter().map(permission).collect() }
    };
    let changes = permission_changes(&asked(old), &asked(new), kinds);
    let whole = |permission: Option<Permission>| -> Vec<String> {
        let mark = |permission: &Permission| if permission.optional { " (optional)" } else { "" };
        let written = |permission: Permission| {
            let mark = mark(&permission);
            permission.scopes.into_iter().map(move |scope| format!("{scope}{mark}"))
        };
        permission.into_iter().flat_map(written).collect()
    };
    let difference = |change: PermissionChange| {
        let PermissionChange { name, extent, gained, lost, from, to } = change;
        let is_optional = |permission: &Option<Permission>| permission.as_ref().map(|permission| permission.optional);
        // Where only scopes differ, those that the others cover are left out.
        let only_scopes = is_optional(&from) == is_optional(&to) && !(gained.is_empty() && lost.is_empty());
        let (lost, gained) = if only_scopes { (lost, gained) } else { (whole(from), whole(to)) };
        let extent = match extent {
            Extent::Wider => WIDER,
            Extent::Narrower => NARROWER,
            Extent::Same => SAME,
        };
        Difference { kind: DifferenceKind::Permission, name, extent: extent.to_owned(), lost, gained }
    };
    changes.into_iter().map(difference).collect()
}

/// A limit that is set is stricter than none, as hosts have limits of their own.
fn limits(old: &SurfacePlugin, new: &SurfacePlugin) -> Vec<Difference> {
    let names: BTreeSet<&String> = old.limits.keys().chain(new.limits.keys()).collect();
    let limit = |name: &String| {
        let (before, after) = (old.limits.get(name), new.limits.get(name));
        let is_wider = match (before, after) {
            (Some(before), Some(after)) => after > before,
            (before, _) => before.is_some(),
        };
        let shown = |limit: Option<&u64>| limit.map(ToString::to_string).into_iter().collect();
        (before != after).then(|| Difference {
            kind: DifferenceKind::Limit,
            name: name.clone(),
            extent: if is_wider { WIDER } else { NARROWER }.to_owned(),
            lost: shown(before),
            gained: shown(after),
        })
    };
    names.into_iter().filter_map(limit).collect()
}

/// A list in which more is more that the plugin does.
fn rights(found: &mut Vec<Difference>, kind: DifferenceKind, old: &[String], new: &[String]) {
    found.extend(listed(kind, old, new).map(|difference| {
        let extent = if difference.gained.is_empty() { NARROWER } else { WIDER };
        Difference { extent: extent.to_owned(), ..difference }
    }));
}

fn listed(kind: DifferenceKind, old: &[String], new: &[String]) -> Option<Difference> {
    let beyond = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|entry| !other.contains(entry)).cloned().collect()
    };
    let (lost, gained) = (beyond(old, new), beyond(new, old));
    let differs = !lost.is_empty() || !gained.is_empty();
    differs.then(|| Difference { kind, name: String::new(), extent: SAME.to_owned(), lost, gained })
}

fn other(found: &mut Vec<Difference>, kind: DifferenceKind, old: &str, new: &str) {
    if old != new {
        let shown = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        let (lost, gained) = (shown(old), shown(new));
        found.push(Difference { kind, name: String::new(), extent: SAME.to_owned(), lost, gained });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two builds of a host, as the compiler would write them, with these plugins.
    fn surface(plugins: &str) -> Surface {
        let head = r#""format":1,"host":{"package":"site","version":"1.0.0"},"keyway":"0.1.0","sdk":null,"panic_abort":false,"levels":[]"#;
        Surface::parse(&format!("{{{head},\"plugins\":[{plugins}]}}")).unwrap()
    }

    /// A plugin with these keys in place of empty ones.
    fn plugin(id: &str, keys: &str) -> String {
        let mut value = serde_json::json!({
            "id": id, "version": "1.0.0", "package": "p", "license": "MIT", "stability": "stable", "provides": [], "requires": [],
            "routes": [], "permissions": [], "limits": {}, "tier": "static", "extends": [], "asks": [], "publishes": [], "subscribes": [],
        });
        let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&format!("{{{keys}}}")).unwrap();
        value.as_object_mut().unwrap().extend(keys);
        value.to_string()
    }

    fn permission(name: &str, kind: &str, scopes: &str, optional: bool) -> String {
        format!(r#""permissions":[{{"name":"{name}","kind":"{kind}","scopes":[{scopes}],"optional":{optional},"reason":"why"}}]"#)
    }

    fn told(differences: &[Difference]) -> Vec<String> {
        let line = |difference: &Difference| {
            let Difference { kind, name, extent, lost, gained } = difference;
            format!("{} {name} {extent} -{} +{}", kind.as_str(), lost.join(","), gained.join(","))
        };
        differences.iter().map(line).collect()
    }

    fn changed(old: &str, new: &str) -> Vec<String> {
        let differences = compare(&surface(&plugin("a", old)), &surface(&plugin("a", new)));
        assert!(differences.host.is_empty());
        differences.plugins.first().map(|plugin| told(&plugin.differences)).unwrap_or_default()
    }

    #[test]
    fn permissions_are_compared_by_what_their_scopes_cover() {
        let path = |scopes, optional| permission("filesystem.read", "Path", scopes, optional);
        let (all, some) = (path(r#""a/**""#, false), path(r#""a/b","a/c""#, false));
        assert_eq!(changed(&all, &all), [""; 0]);
        assert_eq!(changed(&all, &some), ["permission filesystem.read narrower -a/** +"]);
        assert_eq!(changed(&some, &all), ["permission filesystem.read wider - +a/**"]);
        let optional = path(r#""a/**""#, true);
        assert_eq!(changed(&optional, &all), ["permission filesystem.read wider -a/** (optional) +a/**"]);
        assert_eq!(changed("", &optional), ["permission filesystem.read wider - +a/** (optional)"]);
        // Of an SDK, whose kind only the surface knows.
        let origin = |scope| permission("mail.send", "Origin", scope, false);
        assert_eq!(
            changed(&origin(r#""https://*""#), &origin(r#""https://a.org""#)),
            ["permission mail.send narrower -https://* +"]
        );
    }

    #[test]
    fn what_a_plugin_takes_part_in_is_more_or_less() {
        assert_eq!(changed(r#""extends":["x","y"]"#, r#""extends":["y","x"]"#), [""; 0]);
        assert_eq!(changed(r#""extends":["x"]"#, r#""extends":["y"]"#), ["extends  wider -x +y"]);
        assert_eq!(changed(r#""subscribes":["x"]"#, ""), ["subscribes  narrower -x +"]);
        let provides = |version| format!(r#""provides":[{{"id":"service.a","version":"{version}","exclusive":false}}]"#);
        assert_eq!(changed(&provides("1.0.0"), &provides("1.1.0")), ["provides  wider -service.a 1.0.0 +service.a 1.1.0"]);
    }

    #[test]
    fn a_limit_of_its_own_is_less() {
        assert_eq!(changed("", r#""limits":{"tasks":4}"#), ["limit tasks narrower - +4"]);
        assert_eq!(changed(r#""limits":{"tasks":4}"#, r#""limits":{"tasks":8}"#), ["limit tasks wider -4 +8"]);
        assert_eq!(changed(r#""limits":{"tasks":4}"#, ""), ["limit tasks wider -4 +"]);
    }

    #[test]
    fn plugins_come_and_go_and_the_host_changes() {
        let (a, b) = (plugin("a", r#""extends":["x"],"limits":{"tasks":4}"#), plugin("b", r#""asks":["y"]"#));
        let found = compare(&surface(&a), &surface(&b));
        let of = |index: usize| {
            (found.plugins[index].id.as_str(), found.plugins[index].standing, told(&found.plugins[index].differences))
        };
        assert_eq!(
            of(0),
            ("a", Standing::Removed, vec!["extends  narrower -x +".to_owned(), "limit tasks same -4 +".to_owned()])
        );
        assert_eq!(of(1), ("b", Standing::Added, vec!["asks  wider - +y".to_owned()]));
        assert_eq!((found.extent(), compare(&surface(&a), &surface("")).extent()), (WIDER, NARROWER));
        let mut other = surface(&[b.clone(), a.clone()].join(","));
        other.host.version = "2.0.0".to_owned();
        let found = compare(&surface(&[a, b].join(",")), &other);
        assert_eq!(told(&found.host), ["version  same -1.0.0 +2.0.0", "order  same -a,b +b,a"]);
        assert_eq!(found.extent(), SAME);
        assert!(found.plugins.is_empty() && !found.is_empty() && compare(&other, &other).is_empty());
    }
}
