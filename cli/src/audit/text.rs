//! Audits in words.

use std::collections::BTreeMap;

use anstyle::Style;

use super::diff::{AuditDiff, PluginDiff};
use super::model::{Audit, PermissionAudit, Place, PluginAudit, Use, Used, Verdict};
use crate::failure::{AUDIT_UNDECLARED, AUDIT_UNSPOKEN, AUDIT_UNUSED};
use crate::output::{Page, Report, style, styled};

/// How many lines of a use are shown; JSON has all.
const MOST_PLACES: usize = 3;

/// How many functions between a line and a use are shown, those of the toolchain left out.
const MOST_FUNCTIONS: usize = 3;

impl Report for Audit {
    fn text(&self, page: &mut Page) {
        for plugin in &self.plugins {
            page.heading(format!("{} {}", plugin.id, plugin.version));
            plugin.text(page);
        }
        page.gap();
        for id in &self.left_out {
            page.line(format!("{id}: is in the host's own crate, so its code cannot be told from the host's"));
        }
        for allowance in &self.unused_allowances {
            page.line(styled(style::NOTICE, format!("nothing makes use of the allowance for {allowance}: take it out")));
        }
        let allowed = |found: &&Use| matches!(found.verdict, Verdict::Allowed { .. });
        let allowed = self.plugins.iter().flat_map(|plugin| &plugin.uses).filter(allowed).count();
        let unused =
            self.plugins.iter().flat_map(|plugin| &plugin.permissions).filter(|permission| permission.used == Used::No).count();
        page.line(format!(
            "{}: {} undeclared, {} allowed; {} not made use of",
            counted(self.plugins.len(), "plugin"),
            counted(self.undeclared(), "use"),
            allowed,
            counted(unused, "permission"),
        ));
    }
}

impl PluginAudit {
    fn text(&self, page: &mut Page) {
        for permission in &self.permissions {
            page.line(format!("  {}: {}", permission.name, way(permission)));
        }
        for found in &self.uses {
            found.text(page, &self.id);
        }
        self.allowed(page);
        for permission in self.permissions.iter().filter(|permission| permission.used == Used::No) {
            page.line(format!(
                "  {} {AUDIT_UNUSED} `{}` asks for `{}` and makes no use of it\n    help: take it out of {}",
                styled(style::NOTICE, "warning:"),
                self.id,
                permission.name,
                self.manifest
            ));
        }
        if !self.at_build_time.is_empty() {
            let runs: Vec<String> = self.at_build_time.iter().map(|runs| format!("{} ({})", runs.package, runs.what)).collect();
            page.line(styled(style::FAINT, format!("  runs while it is built, and is not looked at: {}", runs.join(", "))));
        }
        for note in &self.notes {
            page.line(format!("  {} {note}", styled(style::NOTICE, "note:")));
        }
        if self.permissions.is_empty() && self.uses.is_empty() {
            page.line(styled(style::GOOD, "  asks for nothing and does nothing past Keyway"));
        }
    }
}

impl PluginAudit {
    /// What is allowed, together where it is so for one reason.
    fn allowed(&self, page: &mut Page) {
        let mut allowed: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for found in &self.uses {
            if let Verdict::Allowed { reason } = &found.verdict {
                let package = found.through.last().unwrap_or(&self.package);
                allowed.entry((package, reason)).or_default().push(format!("`{}` [{}]", found.name, found.class));
            }
        }
        for ((package, reason), uses) in allowed {
            page.line(format!("  {} in `{package}`: {}", styled(style::FAINT, "allowed"), uses.join(", ")));
            page.line(format!("    reason: {reason}"));
        }
    }
}

/// How a permission is made use of.
fn way(permission: &PermissionAudit) -> String {
    let places = match permission.places.as_slice() {
        [] => String::new(),
        [only] => format!(" ({}:{})", only.file, only.line),
        [first, rest @ ..] => format!(" ({}:{} and {} more)", first.file, first.line, rest.len()),
    };
    let way = match permission.used {
        Used::Keyway => "through Keyway",
        Used::Directly => "past Keyway, which does not hold it to its scopes",
        Used::Point => "by what it provides",
        Used::No => "not made use of",
        Used::Unknown => "object code does not tell whether it is made use of",
    };
    way.to_owned() + &places
}

impl Use {
    fn text(&self, page: &mut Page, plugin: &str) {
        let (colour, word): (Style, String) = match &self.verdict {
            Verdict::Undeclared { .. } => (style::BAD, "error:".to_owned()),
            Verdict::Declared { permission } => (style::FAINT, format!("declared ({permission}):")),
            Verdict::Allowed { .. } => return,
            Verdict::Unreached => (style::FAINT, "not reached:".to_owned()),
        };
        let code = self.code().map(|code| format!("{code} ")).unwrap_or_default();
        page.line(format!("  {} {code}{}", styled(colour, word), sentence(plugin, self)));
        // Of what another package does the ways there are much the same.
        let most = if self.through.is_empty() { MOST_PLACES } else { 1 };
        for place in self.places.iter().take(most) {
            page.line(format!("    --> {}", shown(place)));
        }
        if self.places.len() > most {
            page.line(format!("    and from {}", counted(self.places.len() - most, "more line")));
        }
        if self.places.is_empty() && self.site.is_none() {
            page.line("    no line of the plugin leads there");
        }
        if let Verdict::Undeclared { permissions } = &self.verdict {
            page.line(format!("    help: {}", help(permissions)));
        }
    }

    /// The code of the error that it is.
    fn code(&self) -> Option<&'static str> {
        match &self.verdict {
            Verdict::Undeclared { permissions } if permissions.is_empty() => Some(AUDIT_UNSPOKEN),
            Verdict::Undeclared { .. } => Some(AUDIT_UNDECLARED),
            Verdict::Declared { .. } | Verdict::Allowed { .. } | Verdict::Unreached => None,
        }
    }
}

/// What a use is, in one sentence.
pub(crate) fn sentence(plugin: &str, found: &Use) -> String {
    let whose = match (found.through.last(), &found.site) {
        (Some(package), Some(site)) => format!(" in `{package}` ({site})"),
        (Some(package), None) => format!(" in `{package}`"),
        (None, _) => String::new(),
    };
    let by = match found.through.as_slice() {
        [] | [_] => String::new(),
        [path @ .., _] => format!(", which `{}` brings", path.join("` → `")),
    };
    format!("`{plugin}` {}: `{}`{whose}{by} [{}]", found.does, found.name, found.class)
}

fn shown(place: &Place) -> String {
    let mut text = format!("{}:{}", place.file, place.line);
    if !place.function.is_empty() {
        text += &format!(" in `{}`", place.function);
    }
    let named: Vec<&str> = place.through.iter().map(String::as_str).filter(|function| !is_of_the_toolchain(function)).collect();
    for function in named.iter().take(MOST_FUNCTIONS) {
        text += &format!(" → `{function}`");
    }
    if named.len() > MOST_FUNCTIONS {
        text += &format!(" → {} more", named.len() - MOST_FUNCTIONS);
    }
    text
}

/// Adapters and the like, which only pass on what they are given.
fn is_of_the_toolchain(function: &str) -> bool {
    let path = function.trim_start_matches('<');
    ["core::", "alloc::", "std::"].iter().any(|name| path.starts_with(name))
}

fn help(permissions: &[String]) -> String {
    let allow = "allow it with a reason in `keyway-audit.toml`";
    match permissions {
        [] => format!("do it through Keyway or leave it; or {allow}"),
        permissions => format!("ask for `{}` and do it through the context; or {allow}", permissions.join("` or `")),
    }
}

impl Report for AuditDiff {
    fn text(&self, page: &mut Page) {
        for plugin in &self.plugins {
            plugin.text(page);
        }
        if self.plugins.is_empty() {
            page.line("nothing differs in what the plugins can do");
        }
    }
}

impl PluginDiff {
    fn text(&self, page: &mut Page) {
        page.heading(match (&self.old_version, &self.new_version) {
            (Some(old), Some(new)) => format!("{} {old} → {new}", self.id),
            (None, Some(new)) => format!("{} {new}, which was not there", self.id),
            (Some(old), None) => format!("{} {old}, which is not there any more", self.id),
            (None, None) => self.id.clone(),
        });
        let gained = style::BAD;
        let lost = style::GOOD;
        for (sign, colour, permissions) in [("+", gained, &self.permissions_gained), ("-", lost, &self.permissions_lost)] {
            for permission in permissions {
                page.line(format!("  {} asks for {permission}", styled(colour, sign)));
            }
        }
        for (sign, colour, uses) in [("+", gained, &self.uses_gained), ("-", lost, &self.uses_lost)] {
            for found in uses {
                page.line(format!("  {} {}{}", styled(colour, sign), sentence(&self.id, found), judged(&found.verdict)));
                for place in found.places.iter().take(MOST_PLACES) {
                    page.line(format!("    --> {}", shown(place)));
                }
            }
        }
        for (sign, colour, crates) in [("+", gained, &self.brought_gained), ("-", lost, &self.brought_lost)] {
            for name in crates {
                page.line(format!("  {} brings {name}", styled(colour, sign)));
            }
        }
    }
}

const fn judged(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Declared { .. } => ", declared",
        Verdict::Undeclared { .. } => ", undeclared",
        Verdict::Allowed { .. } => ", allowed",
        Verdict::Unreached => ", not reached",
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
