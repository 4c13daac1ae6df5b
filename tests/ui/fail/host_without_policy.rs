//! `host!` was not told a policy.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { plugins = [clock] }

fn main() {
    let _ = plugins();
}
