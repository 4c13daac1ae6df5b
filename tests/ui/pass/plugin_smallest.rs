//! The smallest plugin.

#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]

use keyway::prelude::*;

/// Does nothing.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
manifest-version = 1
[plugin]
id = "test.smallest"
host = "*"
"#)]
pub struct Smallest;

impl Lifecycle for Smallest {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {
    let descriptor = <Smallest as Plugin>::DESCRIPTOR;
    assert_eq!(descriptor.id.as_str(), "test.smallest");
    assert_eq!(descriptor.version.to_string(), "0.0.0", "Cargo.toml gives what the manifest leaves out");
    assert_eq!(descriptor.package, "keyway-tests-tests");
    assert!(descriptor.extensions.is_empty() && descriptor.permissions.is_empty());
}
