//! The SDK does not say `keyway::sdk!()`.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

mod site {}

keyway::host! { policy = grant_requested, sdk = site, plugins = [clock] }

fn main() {
    let _ = plugins();
}
