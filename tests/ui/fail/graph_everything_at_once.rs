//! Every problem of a graph is told in one run.

include!("../plugin.rs");

plugin!(auth, r#"
manifest-version = 1
[plugin]
id = "site.auth"
version = "1.0.0"
host = "*"
[requires]
"site.storage" = "^2.1"
"site.clock" = "^1"
[conflicts]
"site.legacy" = "*"
"#);

plugin!(storage, r#"
manifest-version = 1
[plugin]
id = "site.storage"
version = "1.4.0"
host = "*"
"#);

plugin!(legacy, r#"
manifest-version = 1
[plugin]
id = "site.legacy"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [auth, storage, legacy] }

fn main() {
    let _ = plugins();
}
