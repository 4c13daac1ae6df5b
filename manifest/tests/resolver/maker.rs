//! Descriptors written briefly: ranges as text, everything else empty unless said.

use keyway_manifest::{
    Comparator, Conflict, Descriptor, EventEntry, Limits, Location, Operator, OrderHint, PermissionRequest, PluginId, Provision,
    Requirement, ScopeKind, Stability, Target, Version, VersionRange,
};

/// Keeps a value for the rest of the test, as descriptors are constants elsewhere.
pub(crate) fn keep<T>(values: Vec<T>) -> &'static [T] {
    values.leak()
}

pub(crate) fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

pub(crate) fn version(written: &str) -> Version {
    let version: semver::Version = written.parse().expect("a version");
    Version {
        major: version.major,
        minor: version.minor,
        patch: version.patch,
        pre: text(version.pre.as_str()),
        build: text(version.build.as_str()),
    }
}

pub(crate) fn range(written: &str) -> VersionRange {
    let range: semver::VersionReq = written.parse().expect("a range");
    let comparator = |comparator: &semver::Comparator| Comparator {
        operator: match comparator.op {
            semver::Op::Exact => Operator::Exact,
            semver::Op::Greater => Operator::Greater,
            semver::Op::GreaterEq => Operator::GreaterEq,
            semver::Op::Less => Operator::Less,
            semver::Op::LessEq => Operator::LessEq,
            semver::Op::Tilde => Operator::Tilde,
            semver::Op::Caret => Operator::Caret,
            semver::Op::Wildcard => Operator::Wildcard,
            other => panic!("`{other:?}` is not known here"),
        },
        major: comparator.major,
        minor: comparator.minor,
        patch: comparator.patch,
        pre: text(comparator.pre.as_str()),
    };
    VersionRange { text: text(written), comparators: keep(range.comparators.iter().map(comparator).collect()) }
}

/// A plugin as a test writes it down.
#[derive(Clone)]
pub(crate) struct Plugin {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) package: String,
    pub(crate) host: String,
    /// Id, range, whether optional; services by their `service.` prefix.
    pub(crate) requires: Vec<(String, String, bool)>,
    pub(crate) conflicts: Vec<(String, String)>,
    /// Id, version, whether exclusive.
    pub(crate) provides: Vec<(String, String, bool)>,
    pub(crate) after: Vec<String>,
    pub(crate) before: Vec<String>,
    /// Name, scopes, whether optional; all of them paths.
    pub(crate) permissions: Vec<(String, Vec<String>, bool)>,
    pub(crate) events: Vec<EventEntry>,
}

impl Plugin {
    pub(crate) fn new(id: &str, version: &str) -> Self {
        let package = format!("cms-plugin-{}", id.rsplit('.').next().unwrap_or(id));
        Self {
            id: id.to_owned(),
            version: version.to_owned(),
            package,
            host: "*".to_owned(),
            requires: Vec::new(),
            conflicts: Vec::new(),
            provides: Vec::new(),
            after: Vec::new(),
            before: Vec::new(),
            permissions: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Makes the descriptor; each entry stands on a line of its own in a manifest that is made up.
    pub(crate) fn describe(&self) -> &'static Descriptor {
        let mut line = 3;
        let file = text(&format!("plugins/{}/plugin.toml", self.package.trim_start_matches("cms-plugin-")));
        let mut locate = |snippet: String, column: usize, width: usize| {
            line += 1;
            let (column, width) = (u32::try_from(column).expect("short"), u32::try_from(width).expect("short"));
            Location { file, line, column, snippet: snippet.leak(), width }
        };
        let location = locate(format!("id = \"{}\"", self.id), 6, self.id.len() + 2);
        let host_location = locate(format!("host = \"{}\"", self.host), 8, self.host.len() + 2);
        let mut requires: Vec<Requirement> = Vec::new();
        for (id, wanted, optional) in &self.requires {
            let target = if id.starts_with("service.") { Target::Service } else { Target::Plugin };
            let location = locate(format!("\"{id}\" = \"{wanted}\""), 1, id.len() + 2);
            requires.push(Requirement {
                id: PluginId::new(text(id)),
                target,
                range: range(wanted),
                optional: *optional,
                reason: "",
                location,
            });
        }
        let mut conflicts = Vec::new();
        for (id, unwanted) in &self.conflicts {
            let location = locate(format!("\"{id}\" = \"{unwanted}\""), 1, id.len() + 2);
            conflicts.push(Conflict { id: PluginId::new(text(id)), range: range(unwanted), reason: "", location });
        }
        let mut provides = Vec::new();
        for (id, offered, exclusive) in &self.provides {
            let location = locate(format!("\"{id}\" = {{ version = \"{offered}\", exclusive = {exclusive} }}"), 1, id.len() + 2);
            provides.push(Provision { id: PluginId::new(text(id)), version: version(offered), exclusive: *exclusive, location });
        }
        let mut hints = |list: &str, ids: &[String]| {
            let hint = |id: &String| OrderHint {
                id: PluginId::new(text(id)),
                location: locate(format!("{list} = [\"{id}\"]"), list.len() + 5, id.len() + 2),
            };
            keep(ids.iter().map(hint).collect())
        };
        let (after, before) = (hints("after", &self.after), hints("before", &self.before));
        let mut permissions = Vec::new();
        for (name, scopes, optional) in &self.permissions {
            permissions.push(PermissionRequest {
                name: text(name),
                scope_kind: ScopeKind::Path,
                scopes: keep(scopes.iter().map(|scope| text(scope)).collect()),
                optional: *optional,
                reason: "for the test",
                location: locate(format!("\"{name}\" = {{ scope = {scopes:?}, reason = \"for the test\" }}"), 1, name.len() + 2),
            });
        }
        Box::leak(Box::new(Descriptor {
            id: PluginId::new(text(&self.id)),
            version: version(&self.version),
            package: text(&self.package),
            description: "",
            authors: "",
            license: "",
            repository: "",
            host: range(&self.host),
            host_location,
            stability: Stability::Stable,
            notice: "",
            requires: keep(requires),
            conflicts: keep(conflicts),
            provides: keep(provides),
            after,
            before,
            permissions: keep(permissions),
            limits: Limits::NONE,
            state_version: 0,
            config_defaults: "",
            extensions: &[],
            events: keep(self.events.clone()),
            asks: &[],
            location,
        }))
    }
}
