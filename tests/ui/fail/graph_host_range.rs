//! A plugin was written for another version of the SDK.

include!("../plugin.rs");

plugin!(future, r#"
manifest-version = 1
[plugin]
id = "site.future"
version = "1.0.0"
host = "^7"
"#);

mod sdk {
    keyway::sdk!();
}

keyway::host! { policy = grant_requested, sdk = sdk, plugins = [future] }

fn main() {
    let _ = plugins();
}
