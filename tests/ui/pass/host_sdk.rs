//! A host tells its SDK.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = ">=0.0.0"
"#);

mod sdk {
    keyway::sdk!();
}

keyway::host! { policy = grant_requested, sdk = sdk, plugins = [clock] }

fn main() {
    assert_eq!(plugins().sdk.map(|sdk| sdk.name), Some(env!("CARGO_PKG_NAME")));
}
