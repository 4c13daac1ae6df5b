//! Environment variables, optional permissions and the policy.

use keyway::capability::EnvironmentError;
use keyway::manifest::{Descriptor, Location, LockRules, PermissionRequest, Policy, PolicyRule, PolicyVerb, ScopeKind};

use crate::fixture::{Greet, Play, descriptor, request, table, table_with};

#[tokio::test]
async fn variables_are_read_by_granted_names_only() {
    const READS: &[PermissionRequest] = &[request("env.read", ScopeKind::Variable, &["CARGO_PKG_*", "KEYWAY_TEST_UNSET"])];
    let play = Play::of(table(vec![Descriptor { permissions: READS, ..descriptor("a", &[]) }])).script("a", "takes", "true");
    let host = play.builder().start().await.unwrap();
    let environment = play.taken().environment.unwrap();
    assert_eq!(environment.get("CARGO_PKG_NAME").unwrap(), "keyway");
    assert_eq!(environment.get("KEYWAY_TEST_UNSET"), Err(EnvironmentError::NotSet("KEYWAY_TEST_UNSET".to_owned())));
    for denied in ["PATH", "", "CARGO", "cargo_pkg_name"] {
        assert!(matches!(environment.get(denied), Err(EnvironmentError::Denied(_))), "{denied}");
    }
    assert_eq!(environment.get("CARGO_PKG_=\0"), Err(EnvironmentError::NotSet("CARGO_PKG_=\0".to_owned())));
    let denials = host.plugin("site.a").unwrap().denials;
    assert_eq!(denials.count, 4);
    assert_eq!(
        denials.last.unwrap().to_string(),
        "KW0610 plugin `site.a` was denied `env.read` for `cargo_pkg_name`: its grant covers `CARGO_PKG_*`, `KEYWAY_TEST_UNSET`"
    );
    host.stop().await;
}

#[tokio::test]
async fn an_optional_permission_that_the_policy_denies_gives_no_capability() {
    const OPTIONAL: &[PermissionRequest] =
        &[PermissionRequest { optional: true, ..request("filesystem.read", ScopeKind::Path, &["content/**", "drafts/**"]) }];
    const fn deny(scopes: &'static [&'static str]) -> PolicyRule {
        PolicyRule {
            plugin: None,
            plugin_location: Location::UNKNOWN,
            verb: PolicyVerb::Deny,
            permission: "filesystem.read",
            scopes,
            location: Location::UNKNOWN,
        }
    }
    const ALL: &[PolicyRule] = &[deny(&[])];
    const DRAFTS: &[PolicyRule] = &[deny(&["drafts/**"])];
    for (rules, granted) in [(ALL, None), (DRAFTS, Some("content/**"))] {
        let policy = Policy { grant_unmentioned: true, rules, native: None, lock: LockRules::DEFAULT };
        let play = Play::of(table_with(vec![Descriptor { permissions: OPTIONAL, ..descriptor("a", &[]) }], policy))
            .script("a", "takes", "true");
        let host = play.builder().mount("content", ".").start().await.unwrap();
        let scopes: Vec<_> = host.plugins()[0].grants.iter().flat_map(|grant| grant.scopes.clone()).collect();
        assert_eq!(scopes, Vec::from_iter(granted));
        match (granted, play.taken().files) {
            (Some(_), Ok(files)) => {
                assert!(files.read("drafts/x.md").unwrap_err().to_string().contains("its grant covers `content/**`"));
            }
            (None, Err(error)) => assert_eq!(
                error,
                "KW0619 plugin `site.a` was granted nothing of `filesystem.read`: the host's policy leaves nothing of what its manifest asks for"
            ),
            (_, other) => panic!("{other:?}"),
        }
        assert!(host.start_report().policy.starts_with("0 rules allow and 1 denies; "), "{}", host.start_report().policy);
        host.stop().await;
    }
}

#[tokio::test]
async fn what_the_manifest_does_not_ask_for_is_not_given() {
    let play = Play::new(&[("a", &[])]).script("a", "takes", "true");
    let host = play.builder().start().await.unwrap();
    let error = play.taken().files_mut.unwrap_err();
    assert_eq!(error, "KW0619 plugin `site.a` was granted nothing of `filesystem.write`: its manifest does not ask for it");
    host.stop().await;
}

#[tokio::test]
async fn a_granted_folder_that_is_not_mounted_is_told_before_anything_starts() {
    const LISTS: &[PermissionRequest] = &[
        PermissionRequest {
            location: Location {
                file: "plugins/mask/plugin.toml",
                line: 9,
                column: 1,
                snippet: "\"filesystem.read\" = { scope = [\"lists/names.txt\", \"lists/more/**\"], reason = \"reads the names\" }",
                width: 17,
            },
            ..request("filesystem.read", ScopeKind::Path, &["lists/names.txt", "lists/more/**"])
        },
        request("filesystem.write", ScopeKind::Path, &["**", "cache/**"]),
    ];
    let plugins = || table(vec![Descriptor { permissions: LISTS, ..descriptor("mask", &[]) }, descriptor("b", &[])]);
    let play = Play::of(plugins());
    let error = play.builder().mount("content", ".").start().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the host did not start\n  \
         KW0627 plugin `site.mask 1.2.0` is granted `filesystem.read` for `lists/names.txt`, but the host has mounted no folder `lists`\n    \
         --> plugins/mask/plugin.toml:9:1\n    \
         |\n  \
         9 | \"filesystem.read\" = { scope = [\"lists/names.txt\", \"lists/more/**\"], reason = \"reads the names\" }\n    \
         | ^^^^^^^^^^^^^^^^^\n    \
         help: add `.mount(\"lists\", \"path/of/the/folder\")` to `Host::builder`\n  \
         KW0627 plugin `site.mask 1.2.0` is granted `filesystem.write` for `cache/**`, but the host has mounted no folder `cache`\n    \
         help: add `.mount(\"cache\", \"path/of/the/folder\")` to `Host::builder`"
    );
    assert!(play.journal().is_empty());

    let play = Play::of(plugins());
    let host = play.builder().mount("lists", ".").mount("cache", ".").start().await.unwrap();
    host.stop().await;
    let off = "[host]\ndisabled = ['site.mask']".parse().unwrap();
    let host = Play::of(plugins()).builder().config(off).start().await.unwrap();
    host.stop().await;
}

#[tokio::test]
async fn what_a_program_does_in_a_plugins_name_is_checked_as_its_own_uses_are() {
    const LISTENS: &[PermissionRequest] = &[request("network.server", ScopeKind::Address, &["127.0.0.1:1965"])];
    let play = Play::of(table(vec![Descriptor { permissions: LISTENS, ..descriptor("a", &[]) }]));
    let host = play.builder().start().await.unwrap();
    let plugin = host.plugin("site.a").unwrap();
    assert_eq!(plugin.denials.count, 0);
    let listener = host.extensions::<dyn Greet>()[0].plugin();
    host.check(listener, "network.server", "127.0.0.1:1965").unwrap();
    let denied = host.check(listener, "network.server", "0.0.0.0:1965").unwrap_err().to_string();
    assert_eq!(
        denied,
        "KW0610 plugin `site.a` was denied `network.server` for `0.0.0.0:1965`: its grant covers `127.0.0.1:1965`"
    );
    let denied = host.check(listener, "http.headers", "set-cookie").unwrap_err().to_string();
    assert!(denied.ends_with("its manifest does not ask for it"), "{denied}");
    assert_eq!(host.plugin("site.a").unwrap().denials.count, 2);
    let stranger: &'static Descriptor = Box::leak(Box::new(descriptor("stranger", &[])));
    host.check(stranger, "network.server", "127.0.0.1:1965").unwrap_err();
    host.stop().await;
}
