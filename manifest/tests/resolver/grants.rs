//! What the policy leaves of a plugin's requests.

use keyway_manifest::{
    Descriptor, Graph, Location, LockRules, NativePolicy, NativePublisher, PluginId, Policy, PolicyRule, PolicyVerb, grants,
    resolve_slice,
};

use super::maker::Plugin;

fn menu() -> &'static Descriptor {
    let mut menu = Plugin::new("site.menu", "1.0.0");
    let scopes = |scopes: &[&str]| scopes.iter().map(|&scope| scope.to_owned()).collect();
    menu.permissions.push(("filesystem.read".to_owned(), scopes(&["content/**", "media/icons/*"]), true));
    menu.permissions.push(("filesystem.write".to_owned(), scopes(&["cache/**"]), true));
    menu.describe()
}

const fn rule(verb: PolicyVerb, permission: &'static str, scopes: &'static [&'static str]) -> PolicyRule {
    PolicyRule { plugin: None, plugin_location: Location::UNKNOWN, verb, permission, scopes, location: Location::UNKNOWN }
}

/// The grants as text, one permission per entry.
fn granted(policy: &Policy) -> Vec<String> {
    grants(menu(), policy).iter().map(|grant| format!("{} {}", grant.name, grant.scopes.join(" "))).collect()
}

#[test]
fn without_a_policy_all_requests_are_granted() {
    assert_eq!(granted(&Policy::GRANT_REQUESTED), ["filesystem.read content/** media/icons/*", "filesystem.write cache/**"]);
}

#[test]
fn with_a_policy_nothing_is_granted_that_is_not_allowed() {
    assert_eq!(granted(&Policy { grant_unmentioned: false, rules: &[], native: None, lock: LockRules::DEFAULT }), [""; 0]);
    const RULES: &[PolicyRule] = &[rule(PolicyVerb::Allow, "filesystem.read", &["media/**"])];
    assert_eq!(
        granted(&Policy { grant_unmentioned: false, rules: RULES, native: None, lock: LockRules::DEFAULT }),
        ["filesystem.read media/icons/*"]
    );
    assert_eq!(
        granted(&Policy { grant_unmentioned: true, rules: RULES, native: None, lock: LockRules::DEFAULT }),
        ["filesystem.read media/icons/*", "filesystem.write cache/**"]
    );
}

#[test]
fn deny_wins_over_allow_in_either_order() {
    const ALLOW: PolicyRule = rule(PolicyVerb::Allow, "filesystem.read", &[]);
    const DENY: PolicyRule = rule(PolicyVerb::Deny, "filesystem.read", &["content/drafts/*"]);
    for rules in [&[ALLOW, DENY], &[DENY, ALLOW]] {
        assert_eq!(
            granted(&Policy { grant_unmentioned: false, rules, native: None, lock: LockRules::DEFAULT }),
            ["filesystem.read media/icons/*"]
        );
    }
}

#[test]
fn a_rule_for_another_plugin_says_nothing() {
    const RULES: &[PolicyRule] =
        &[PolicyRule { plugin: Some(PluginId::new("site.other")), ..rule(PolicyVerb::Deny, "filesystem.write", &[]) }];
    assert_eq!(granted(&Policy { grant_unmentioned: true, rules: RULES, native: None, lock: LockRules::DEFAULT }).len(), 2);
}

#[test]
fn rules_may_be_about_plugins_that_come_as_libraries() {
    const ACME: NativePublisher = NativePublisher { name: "Acme", keys: &[], ids: &["acme.*"], location: Location::UNKNOWN };
    const SIGNED: NativePolicy = NativePolicy { publishers: &[ACME], ..NativePolicy::DEFAULT };
    const OPEN: NativePolicy = NativePolicy { require_signature: false, ..NativePolicy::DEFAULT };
    let about = |id| PolicyRule { plugin: Some(PluginId::new(id)), ..rule(PolicyVerb::Deny, "env.read", &[]) };
    let rules = [about("acme.feed"), about("site.mneu")];
    let unknown = |native| {
        let policy = Policy { grant_unmentioned: true, rules: Box::leak(Box::new(rules)), native, lock: LockRules::DEFAULT };
        let graph = Graph {
            plugins: &[menu()],
            sdk: None,
            available: &[],
            libraries: &[],
            policy: &policy,
            policy_file: "host.toml",
            lock: None,
        };
        resolve_slice(&graph).map_or_else(|report| report.problems.len(), |_| 0)
    };
    assert_eq!(unknown(None), 2);
    assert_eq!(unknown(Some(SIGNED)), 1, "nobody may sign for `site.mneu`");
    assert_eq!(unknown(Some(OPEN)), 0, "any library may have any id");
}
