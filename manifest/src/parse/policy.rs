//! Reads `host.toml`: the host's rules about permissions, native plugins and the lock.

use std::ops::Range;

use super::descriptor::{leak, leak_slice};
use super::diagnostic::{Findings, Report};
use super::document::{Table, Value, named};
use super::manifest::strings;
use super::permission_names::{ExtraPermission, PermissionNames};
use super::source::{Source, Spanned};
use super::{lock_rules, native_policy, structure, text};
use crate::rules::{
    BadScope, empty_scope, examine_plugin_id, file_empty, missing_key, policy_duplicate_rule, policy_false,
    policy_narrowing_without_effect, unknown_key, unknown_permission, wrong_type,
};
use crate::{Location, LockRules, PluginId, Policy, PolicyRule, PolicyVerb, schema};

/// One rule as written.
#[derive(Debug)]
struct Line {
    plugin: Option<Spanned<String>>,
    verb: PolicyVerb,
    permission: Spanned<String>,
    /// `None` for `true`, every scope.
    scopes: Option<Spanned<Vec<Spanned<String>>>>,
}

/// Understands the text of a `host.toml`.
///
/// `permissions` are those that the host's SDK declares beyond the built-in ones. What no rule of the file mentions is not allowed.
/// The strings of the policy are leaked: it lives as long as the process.
///
/// # Errors
/// Everything that is wrong, in file order.
pub fn parse_policy(text: &str, shown_as: &str, permissions: &[ExtraPermission]) -> Result<Policy, Report> {
    let source = Source::new(text, shown_as);
    let mut findings = Findings::new();
    let mut lines = Vec::new();
    let mut native = None;
    let mut lock = LockRules::DEFAULT;
    // A policy without a line allows nothing; unlike an empty manifest that is a policy.
    if !file_empty::is_blank(text)
        && let Some(document) = text::to_document(&source, &mut findings)
    {
        let faults = structure::compare(&document, schema::POLICY, &source);
        unknown_key::check(&faults, schema::POLICY, &source, &mut findings);
        missing_key::check(&faults, schema::POLICY, &source, &mut findings);
        wrong_type::check(&faults, &source, &mut findings);
        let reader = Reader { source: &source, names: PermissionNames { extra: permissions } };
        lines = reader.document(&document, &mut findings);
        reader.narrowing(&lines, &mut findings);
        native = document.get("native").and_then(|entry| native_policy::read(entry, &source, &mut findings));
        if let Some(entry) = document.get("lock") {
            lock = lock_rules::read(entry, &source, &mut findings);
        }
    }
    findings.finish()?;
    let rules = lines.iter().map(|line| to_rule(line, &source)).collect();
    Ok(Policy { grant_unmentioned: false, rules: leak_slice(rules), native, lock })
}

fn to_rule(line: &Line, source: &Source) -> PolicyRule {
    let scopes = line.scopes.as_ref().map_or(&[][..], |scopes| scopes.value.as_slice());
    PolicyRule {
        plugin: line.plugin.as_ref().map(|id| PluginId::new(leak(&id.value))),
        plugin_location: line.plugin.as_ref().map_or(Location::UNKNOWN, |id| source.place(&id.span).to_location()),
        verb: line.verb,
        permission: leak(&line.permission.value),
        scopes: leak_slice(scopes.iter().map(|scope| leak(&scope.value)).collect()),
        location: source.place(&line.permission.span).to_location(),
    }
}

#[derive(Debug, Clone, Copy)]
struct Reader<'a> {
    source: &'a Source,
    names: PermissionNames<'a>,
}

impl Reader<'_> {
    fn document(&self, document: &Table, findings: &mut Findings) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(permissions) = document.table("permissions") {
            self.permissions(permissions, None, &mut lines, findings);
        }
        let Some(plugins) = document.table("plugin") else { return lines };
        let mut seen: Vec<Spanned<String>> = Vec::new();
        for entry in named(plugins, &schema::POLICY_PLUGIN_KIND, self.source) {
            examine_plugin_id(&entry.name, self.source).for_each(|diagnostic| findings.push(diagnostic));
            if let Some(first) = seen.iter().find(|first| first.value == entry.name.value) {
                findings.push(policy_duplicate_rule::diagnostic(&entry.name, first, "plugin", self.source));
            }
            if let Value::Table(table) = &entry.value.value
                && let Some(permissions) = table.table("permissions")
            {
                self.permissions(permissions, Some(&entry.name), &mut lines, findings);
            }
            seen.push(entry.name);
        }
        lines.sort_by_key(|line| line.permission.span.start);
        lines
    }

    fn permissions(&self, table: &Table, plugin: Option<&Spanned<String>>, lines: &mut Vec<Line>, findings: &mut Findings) {
        for (key, verb) in [("allow", PolicyVerb::Allow), ("deny", PolicyVerb::Deny)] {
            let Some(rules) = table.table(key) else { continue };
            let mut seen: Vec<Spanned<String>> = Vec::new();
            for entry in named(rules, &schema::SCOPES_BY_PERMISSION, self.source) {
                let canonical = self.names.canonical(&entry.name.value);
                let same = |first: &&Spanned<String>| {
                    first.value == entry.name.value || (canonical.is_some() && self.names.canonical(&first.value) == canonical)
                };
                if let Some(first) = seen.iter().find(same) {
                    findings.push(policy_duplicate_rule::diagnostic(&entry.name, first, key, self.source));
                } else if let Some(diagnostic) =
                    unknown_permission::examine(&entry.name, self.names, self.source, unknown_permission::OF_POLICY)
                {
                    findings.push(diagnostic);
                }
                seen.push(entry.name.clone());
                match &entry.value.value {
                    Value::Flag(true) => {
                        lines.push(Line { plugin: plugin.cloned(), verb, permission: entry.name, scopes: None });
                    }
                    Value::Flag(false) => {
                        findings.push(policy_false::diagnostic(&entry.name, &entry.value.span, key, self.source));
                    }
                    Value::List(items) => {
                        self.scopes(&entry.name, items, &entry.value.span, findings);
                        let scopes = Some(Spanned::new(strings(items), entry.value.span.clone()));
                        lines.push(Line { plugin: plugin.cloned(), verb, permission: entry.name, scopes });
                    }
                    _ => {} // Rule `wrong_type` reports it.
                }
            }
        }
    }

    fn scopes(&self, permission: &Spanned<String>, items: &[Spanned<Value>], list: &Range<usize>, findings: &mut Findings) {
        if items.is_empty() {
            findings.push(empty_scope::empty_rule(&permission.value, list, self.source));
        }
        let Some(name) = self.names.canonical(&permission.value) else { return };
        let Some(kind) = self.names.scope_kind(name) else { return };
        for scope in &strings(items) {
            if let Some(bad) = BadScope::find(name, kind, scope) {
                bad.report(self.source, findings);
            }
        }
    }

    /// A narrow `allow` beside a wide one, for the same plugins or for some of them, has no effect.
    fn narrowing(&self, lines: &[Line], findings: &mut Findings) {
        let allowed = |line: &&Line| line.verb == PolicyVerb::Allow;
        let place = |line: &Line| self.source.place(&line.permission.span);
        for narrow in lines.iter().filter(allowed).filter(|line| line.scopes.is_some()) {
            let same_permission = |wide: &&Line| wide.scopes.is_none() && wide.permission.value == narrow.permission.value;
            for wide in lines.iter().filter(allowed).filter(same_permission) {
                // Two rules for the same plugins are duplicates already; two for different plugins do not meet.
                let (plugin, general) = match (&narrow.plugin, &wide.plugin) {
                    (Some(plugin), None) => (plugin, false),
                    (None, Some(plugin)) => (plugin, true),
                    _ => continue,
                };
                findings.push(policy_narrowing_without_effect::diagnostic(
                    &narrow.permission.value,
                    &plugin.value,
                    general,
                    place(narrow),
                    place(wide),
                ));
            }
        }
    }
}
