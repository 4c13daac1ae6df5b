//! A policy may name permissions that the SDK declares.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy_text = r#"
[permissions]
allow = { "mail.send" = ["https://mail.example"] }
"#, permissions = ["mail.send" = Origin], plugins = [clock] }

fn main() {
    assert_eq!(plugins().policy.rules[0].permission, "mail.send");
}
