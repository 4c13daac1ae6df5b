//! Values that are not understood, each told.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_all, plugins = clock, sdk = "site", concrete, panic_abort = yes, 7 }

fn main() {
    let _ = plugins();
}
