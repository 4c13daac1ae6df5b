//! Two policies are given.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, policy_text = "", plugins = [clock] }

fn main() {
    let _ = plugins();
}
