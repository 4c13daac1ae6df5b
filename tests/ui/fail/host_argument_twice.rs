//! An argument is given twice.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [clock], plugins = [] }

fn main() {
    let _ = plugins();
}
