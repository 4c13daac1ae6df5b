//! A required plugin is missing because its id is misspelt.

include!("../plugin.rs");

plugin!(auth, r#"
manifest-version = 1
[plugin]
id = "site.auth"
version = "1.0.0"
host = "*"
[requires]
"site.sotrage" = "^1"
"#);

plugin!(storage, r#"
manifest-version = 1
[plugin]
id = "site.storage"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [auth, storage] }

fn main() {
    let _ = plugins();
}
