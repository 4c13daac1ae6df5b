//! `permissions`: what the policy leaves of what plugins ask for, and what the lock says of it.

use cargo_keyway::answer::Permissions;

use crate::sandbox::Sandbox;

/// A lock of two plugins; `site.mail` asks for more by now than was approved of it.
const LOCK: &str = r#"# Made by `cargo keyway lock`. Commit it: the build of this host holds every plugin to it.
lock-version = 1

order = []

[plugin."site.files"]
version = "1.2.0"
package = "site-plugin-files"
source = "path:plugins/files"
tier = "static"
manifest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

[plugin."site.files".permissions]
"filesystem.read" = ["content/**"]
"filesystem.write" = { scope = ["content/**"], optional = true }
"#;

#[test]
fn a_matrix_and_single_plugins() {
    let site = Sandbox::site();
    site.run(&["permissions", "-F", "full"]).snapshot("permissions");
    site.run(&["permissions", "site.files", "site.clock"]).snapshot("permissions_of_plugins");
    site.run(&["permissions", "site.absent"]).snapshot("permissions_of_an_unknown_plugin");
    assert_eq!(site.run(&["permissions", "site.files", "--all"]).code(), 2);
    let all: Permissions = site.json(&["permissions", "--all"]);
    assert_eq!((all.policy.as_deref(), all.lock, all.plugins.len()), (Some("host/host.toml"), None, 9));
    let files: Permissions = site.json(&["permissions", "site.files"]);
    let [read, write] = files.plugins[0].permissions.as_slice() else { panic!("{files:?}") };
    assert_eq!((read.granted.as_slice(), read.refused.len()), (&["content/**".to_owned()][..], 0));
    assert_eq!((write.granted.len(), write.refused.as_slice()), (0, &["content/**".to_owned()][..]));
}

#[test]
fn the_policy_may_grant_a_part_or_refuse_what_is_needed() {
    let site = Sandbox::site();
    site.edit(
        "plugins/files/plugin.toml",
        "scope = [\"content/**\"], optional",
        "scope = [\"content/**\", \"notes/**\"], optional",
    );
    site.edit("host/host.toml", "\"filesystem.read\" = [\"content/**\"]", "\"filesystem.write\" = [\"notes/**\"]");
    site.run(&["permissions"]).snapshot("permissions_refused");
}

#[test]
fn the_lock_says_what_was_decided() {
    let site = Sandbox::site();
    site.write("host/keyway.lock", LOCK);
    site.run(&["permissions"]).snapshot("permissions_with_a_lock");
    let permissions: Permissions = site.json(&["permissions"]);
    assert_eq!(permissions.lock.as_deref(), Some("host/keyway.lock"));
    let said: Vec<(&str, &str)> =
        permissions.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin.lock.as_deref().unwrap_or("none"))).collect();
    assert!(said.contains(&("site.files", "pending")) && said.contains(&("site.pages", "absent")), "{said:?}");
    // The build is held to it as the compiler holds it.
    site.run(&["check"]).snapshot("check_with_a_lock");
    site.write("host/keyway.lock", "lock-version = 1\norder = 3\n");
    site.run(&["permissions"]).snapshot("permissions_with_a_broken_lock");
    site.run(&["check"]).snapshot("check_with_a_broken_lock");
    // Who does not ask about it does not need it.
    assert_eq!(site.run(&["list"]).code(), 0);
}
