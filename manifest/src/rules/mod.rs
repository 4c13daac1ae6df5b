//! The rules that one file must keep, one file here for each: code, title and check.
//!
//! A new rule is a new file, a line in [`RULES`], a page in `docs/errors/` and a fixture in `tests/fixtures/`; the tests at the end
//! of this file and in `tests/` say what is missing.

use crate::ScopeKind;
use crate::parse::{
    CargoFacts, Diagnostic, Fault, Findings, Manifest, PermissionLine, PermissionNames, ScopeProblem, ScopeProblemClass, Source,
    Spanned, check_scope, nearest, one_of, quoted,
};

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable code, `KW` and four digits.
    pub code: &'static str,
    /// The name of its file here, of its fixture and of its compile-fail case.
    pub name: &'static str,
    /// A short title, the same as on its page in `docs/errors/`.
    pub title: &'static str,
    /// The check over a manifest; `None` for rules that apply before there is one, or only to `host.toml`.
    check: Option<fn(&Input<'_>, &mut Findings)>,
}

impl Rule {
    pub(crate) const fn new(code: &'static str, name: &'static str, title: &'static str) -> Self {
        Self { code, name, title, check: None }
    }

    const fn over_manifests(mut self, check: fn(&Input<'_>, &mut Findings)) -> Self {
        self.check = Some(check);
        self
    }
}

/// What a rule over manifests may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) source: &'a Source,
    pub(crate) faults: &'a [Fault<'a>],
    pub(crate) manifest: &'a Manifest,
    pub(crate) facts: &'a CargoFacts,
    pub(crate) names: PermissionNames<'a>,
}

/// A scope that `check_scope` refuses, with the line it stands in.
#[derive(Debug)]
pub(crate) struct BadScope<'a> {
    pub(crate) permission: &'a str,
    pub(crate) kind: ScopeKind,
    pub(crate) scope: &'a Spanned<String>,
    pub(crate) problem: ScopeProblem,
}

impl<'a> BadScope<'a> {
    /// Checks one scope of a permission.
    pub(crate) fn find(permission: &'a str, kind: ScopeKind, scope: &'a Spanned<String>) -> Option<Self> {
        let problem = check_scope(kind, &scope.value).err()?;
        Some(Self { permission, kind, scope, problem })
    }

    /// Hands the scope to the rule that it breaks.
    pub(crate) fn report(&self, source: &Source, findings: &mut Findings) {
        findings.push(match self.problem.class {
            ScopeProblemClass::Empty => empty_scope::diagnostic(self, source),
            ScopeProblemClass::Outside => scope_outside::diagnostic(self, source),
            ScopeProblemClass::Malformed => malformed_scope::diagnostic(self, source),
            ScopeProblemClass::WrongKind(other) => scope_of_wrong_kind::diagnostic(self, other, source),
        });
    }
}

impl<'a> Input<'a> {
    /// The scopes of known permissions that are refused, in file order.
    fn bad_scopes(&self) -> impl Iterator<Item = BadScope<'a>> {
        let names = self.names;
        self.manifest.permissions.iter().flat_map(move |line: &'a PermissionLine| {
            let name = names.canonical(&line.name.value);
            let known = name.and_then(|name| Some((name, names.scope_kind(name)?)));
            let scopes = line.scope.get().map_or(&[][..], |scopes| scopes.value.as_slice());
            scopes.iter().filter_map(move |scope| known.and_then(|(name, kind)| BadScope::find(name, kind, scope)))
        })
    }

    /// Every id of the manifest: its own, and those it names.
    fn ids(&self) -> impl Iterator<Item = &'a Spanned<String>> {
        let manifest = self.manifest;
        let relations = manifest.requires.iter().chain(&manifest.conflicts).chain(&manifest.provides).map(|line| &line.id);
        manifest.id.get().into_iter().chain(relations).chain(&manifest.after).chain(&manifest.before)
    }
}

/// Everything that is wrong with the id of a plugin.
pub(crate) fn examine_plugin_id(id: &Spanned<String>, source: &Source) -> impl Iterator<Item = Diagnostic> {
    let examine = [malformed_id::examine, id_too_long::examine, non_ascii_id::examine, reserved_id::own_id];
    examine.into_iter().filter_map(move |examine| examine(id, source))
}

/// A word that a key does not take, with those that it takes.
pub(crate) fn unknown_word(
    code: &'static str,
    key: &str,
    written: &Spanned<String>,
    known: &[&str],
    source: &Source,
) -> Diagnostic {
    let similar = nearest(&written.value, known.iter().copied());
    let help = match similar.first() {
        Some(near) => format!("write `\"{near}\"`"),
        None => format!("write {}, in quotes", one_of(known)),
    };
    let message = format!("`{key}` is {}, which it does not know", quoted(&written.value));
    Diagnostic::new(code, source.place(&written.span), message).similar(similar).help(help)
}

/// Runs every rule over a manifest. A format that is not known is the only thing reported about such a file.
pub(crate) fn check_manifest(input: &Input<'_>, findings: &mut Findings) {
    if unsupported_manifest_version::is_unsupported(input) {
        return unsupported_manifest_version::check(input, findings);
    }
    for check in RULES.iter().filter_map(|rule| rule.check) {
        check(input, findings);
    }
}

pub(crate) mod contradictory_order;
pub(crate) mod duplicate_entry;
pub(crate) mod duplicate_key;
pub(crate) mod duplicate_permission;
pub(crate) mod empty_scope;
pub(crate) mod file_empty;
pub(crate) mod file_has_bom;
pub(crate) mod file_missing;
pub(crate) mod file_not_utf8;
pub(crate) mod file_too_large;
pub(crate) mod file_unreadable;
pub(crate) mod id_too_long;
pub(crate) mod invalid_range;
pub(crate) mod invalid_state_version;
pub(crate) mod invalid_version;
pub(crate) mod limit_out_of_range;
pub(crate) mod lock_value;
pub(crate) mod malformed_id;
pub(crate) mod malformed_limit;
pub(crate) mod malformed_scope;
pub(crate) mod merge_conflict;
pub(crate) mod missing_host;
pub(crate) mod missing_key;
pub(crate) mod missing_notice;
pub(crate) mod missing_reason;
pub(crate) mod native_ids;
pub(crate) mod native_key;
pub(crate) mod native_value;
pub(crate) mod native_without_publisher;
pub(crate) mod nested_too_deep;
pub(crate) mod non_ascii_id;
pub(crate) mod policy_duplicate_rule;
pub(crate) mod policy_false;
pub(crate) mod policy_narrowing_without_effect;
pub(crate) mod provided_id_not_service;
pub(crate) mod required_and_conflicting;
pub(crate) mod reserved_id;
pub(crate) mod scope_of_wrong_kind;
pub(crate) mod scope_outside;
pub(crate) mod self_requirement;
pub(crate) mod toml_syntax;
pub(crate) mod unknown_key;
pub(crate) mod unknown_permission;
pub(crate) mod unknown_stability;
pub(crate) mod unsupported_manifest_version;
pub(crate) mod unused_notice;
pub(crate) mod wrong_type;
pub(crate) mod zero_limit;

/// All rules, by code.
pub const RULES: &[Rule] = &[
    file_missing::RULE,
    file_unreadable::RULE,
    file_empty::RULE,
    file_not_utf8::RULE,
    file_has_bom::RULE,
    file_too_large::RULE,
    nested_too_deep::RULE,
    merge_conflict::RULE,
    toml_syntax::RULE,
    duplicate_key::RULE,
    unknown_key::RULE,
    missing_key::RULE,
    wrong_type::RULE,
    unsupported_manifest_version::RULE,
    malformed_id::RULE,
    id_too_long::RULE,
    non_ascii_id::RULE,
    reserved_id::RULE,
    invalid_version::RULE,
    missing_host::RULE,
    invalid_range::RULE,
    unknown_stability::RULE,
    missing_notice::RULE,
    unused_notice::RULE,
    self_requirement::RULE,
    required_and_conflicting::RULE,
    contradictory_order::RULE,
    duplicate_entry::RULE,
    provided_id_not_service::RULE,
    unknown_permission::RULE,
    duplicate_permission::RULE,
    missing_reason::RULE,
    empty_scope::RULE,
    scope_outside::RULE,
    malformed_scope::RULE,
    scope_of_wrong_kind::RULE,
    malformed_limit::RULE,
    zero_limit::RULE,
    limit_out_of_range::RULE,
    invalid_state_version::RULE,
    policy_false::RULE,
    policy_narrowing_without_effect::RULE,
    policy_duplicate_rule::RULE,
    native_value::RULE,
    native_key::RULE,
    native_ids::RULE,
    native_without_publisher::RULE,
    lock_value::RULE,
];

#[cfg(test)]
pub(crate) mod tests {
    use std::path::{Path, PathBuf};

    use super::{RULES, Rule};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn stems(folder: &Path, prefix: &str, ending: &str) -> Vec<String> {
        let mut stems: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| Some(name.strip_prefix(prefix)?.strip_suffix(ending)?.to_owned()))
            .collect();
        stems.sort();
        stems
    }

    /// Every file of a folder is in the table, and the reverse.
    pub(crate) fn check_files(rules: &[Rule], folder: &str) {
        let mut files = stems(&root().join(folder), "", ".rs");
        files.retain(|name| name != "mod");
        let mut names: Vec<String> = rules.iter().map(|rule| rule.name.to_owned()).collect();
        names.sort();
        assert_eq!(files, names);
    }

    /// The codes ascend.
    pub(crate) fn check_codes(rules: &[Rule]) {
        for pair in rules.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} stands before {}", pair[0].code, pair[1].code);
        }
        for rule in rules {
            let digits = rule.code.strip_prefix("KW").expect("codes begin with KW");
            assert!(digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit()), "{}", rule.code);
        }
    }

    /// Every rule has its page with its title.
    pub(crate) fn check_pages(rules: &[Rule]) {
        for rule in rules {
            let page = root().join(format!("docs/errors/{}.md", rule.code));
            let text =
                std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("write docs/errors/{}.md: {error}", rule.code));
            assert_eq!(text.lines().next(), Some(format!("# {}: {}", rule.code, rule.title).as_str()));
        }
    }

    #[test]
    fn every_rule_has_its_file_its_code_and_its_page() {
        check_files(RULES, "manifest/src/rules");
        check_codes(RULES);
        check_pages(RULES);
    }

    #[test]
    fn no_page_about_manifests_without_a_rule() {
        for number in stems(&root().join("docs/errors"), "KW01", ".md") {
            assert!(
                RULES.iter().any(|rule| rule.code.ends_with(&format!("01{number}"))),
                "docs/errors/KW01{number}.md has no rule"
            );
        }
    }

    #[test]
    fn every_rule_about_plugin_toml_has_a_compile_fail_case() {
        let cases = stems(&root().join("tests/ui/fail"), "manifest_", ".rs");
        let about_manifests = RULES.iter().filter(|rule| rule.code < "KW0400");
        let missing: Vec<&str> =
            about_manifests.map(|rule| rule.name).filter(|name| !cases.iter().any(|case| case == name)).collect();
        assert!(missing.is_empty(), "write tests/ui/fail/manifest_<name>.rs for {missing:?}");
    }
}
