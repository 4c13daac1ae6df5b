//! The policy is not TOML.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy_text = r#"
[permissions
allow = {
"#, plugins = [clock] }

fn main() {
    let _ = plugins();
}
