//! The policy allows a plugin what it does not ask for at all.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy_text = r#"
[plugin."site.clock".permissions]
allow = { "env.read" = ["TZ"] }
"#, plugins = [clock] }

fn main() {
    let _ = plugins();
}
