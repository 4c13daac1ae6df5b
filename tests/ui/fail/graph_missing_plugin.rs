//! A required plugin is not in the build.

include!("../plugin.rs");

plugin!(auth, r#"
manifest-version = 1
[plugin]
id = "site.auth"
version = "1.0.0"
host = "*"
[requires]
"site.storage" = "^2.1"
"#);

keyway::host! { policy = grant_requested, plugins = [auth] }

fn main() {
    let _ = plugins();
}
