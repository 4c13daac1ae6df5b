//! A plugin is listed twice.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [clock, clock] }

fn main() {
    let _ = plugins();
}
