//! The listing for people.

use std::fmt::Write;

use keyway::host::StartReport;

use super::columns::lay_out;
use super::{PermissionEntry, PluginEntry};

/// A table of the plugins and, under it, what each may do.
#[must_use]
pub fn plugins(entries: &[PluginEntry]) -> String {
    if entries.is_empty() {
        return "this program was built without plugins; build it with `--features default` or name some, for example `--features content`\n"
            .to_owned();
    }
    let mut rows = vec![["plugin", "version", "tier", "level", "takes part in"].map(str::to_owned)];
    rows.extend(entries.iter().map(|entry| {
        [entry.id.to_owned(), entry.version.clone(), entry.tier.to_owned(), entry.level.to_string(), entry.points.join(", ")]
    }));
    let mut text = lay_out(&rows, "");
    for entry in entries {
        if let Some(library) = &entry.library {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  `{}` is the library {library}", entry.id);
        }
        if entry.disabled {
            let _ = writeln!(text, "  `{}` is not started: the configuration disables it", entry.id);
        }
        if let Some(why) = &entry.left_out {
            let _ = writeln!(text, "  `{}` is left out: {why}", entry.id);
        }
        if let Some(approval) = entry.approval.filter(|approval| approval.until.is_some()) {
            let _ = writeln!(text, "  `{}` is {approval}", entry.id);
        }
    }
    format!("{text}\nwhat each may do\n{}", permissions(entries))
}

/// A table of the plugins as they run, and what keeps those that do not.
#[must_use]
pub fn started(report: &StartReport) -> String {
    let mut rows = vec![["plugin", "version", "tier", "state", "ms"].map(str::to_owned)];
    rows.extend(report.plugins.iter().map(|plugin| {
        let took = plugin.init_took.unwrap_or_default() + plugin.start_took.unwrap_or_default();
        [
            plugin.id.to_string(),
            plugin.version.to_string(),
            plugin.tier.to_owned(),
            plugin.state.to_string(),
            format!("{:.1}", took.as_secs_f64() * 1e3),
        ]
    }));
    let mut text = lay_out(&rows, "");
    for error in report.plugins.iter().filter_map(|plugin| plugin.error.as_ref()) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {error}\n    help: {}", error.help());
    }
    text
}

/// One line for each scope that is granted, with the reason that the plugin gives for it. Plugins that are libraries are
/// marked, and those that the configuration disables.
#[must_use]
pub fn permissions(entries: &[PluginEntry]) -> String {
    let mut rows = Vec::new();
    for entry in entries {
        let mut name = entry.id.to_owned();
        name.push_str(if entry.tier == "native" { " (native)" } else { "" });
        name.push_str(if entry.disabled { " (disabled)" } else { "" });
        if entry.permissions.is_empty() {
            rows.push([name, "nothing".to_owned(), String::new(), String::new()]);
            continue;
        }
        for permission in &entry.permissions {
            rows.push([name, permission.name.to_owned(), scopes(permission), permission.reason.to_owned()]);
            name = String::new();
        }
    }
    lay_out(&rows, "  ")
}

fn scopes(permission: &PermissionEntry) -> String {
    let denied = permission.asked.len() - permission.granted.len();
    match (permission.granted.is_empty(), denied) {
        (true, _) => "denied".to_owned(),
        (false, 0) => permission.granted.join(" "),
        (false, _) => format!("{} ({denied} denied)", permission.granted.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_is_a_library_or_disabled_is_marked_where_it_says_what_it_may_do() {
        let entry = |id, tier| PluginEntry {
            id,
            version: "1.0.0".to_owned(),
            package: "",
            tier,
            library: None,
            approval: None,
            disabled: false,
            left_out: None,
            stability: "stable",
            description: "",
            level: 0,
            requires: Vec::new(),
            provides: Vec::new(),
            points: Vec::new(),
            permissions: Vec::new(),
        };
        let reads = PermissionEntry { name: "secrets", asked: &["key"], granted: vec!["key"], reason: "to sign" };
        let library = PluginEntry { permissions: vec![reads], ..entry("site.clock", "native") };
        let off = PluginEntry { disabled: true, ..entry("site.sun", "static") };
        let text = permissions(&[entry("site.feed", "static"), library, entry("site.moon", "native"), off]);
        assert_eq!(
            text,
            "  site.feed            nothing\n  site.clock (native)  secrets  key  to sign\n  site.moon (native)   nothing\n  \
             site.sun (disabled)  nothing\n"
        );
    }
}
