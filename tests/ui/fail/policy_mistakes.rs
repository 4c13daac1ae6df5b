//! Everything that is wrong with a policy is told in one run.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy_text = r#"
[permission]
[permissions]
allow = { "filesystem.red" = true, "env.read" = false }
deny = { "network.client" = ["content/**"], "http.routes" = [] }
"#, plugins = [clock] }

fn main() {
    let _ = plugins();
}
