//! An argument is misspelt.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { polcy = grant_requested, plugins = [clock] }

fn main() {
    let _ = plugins();
}
