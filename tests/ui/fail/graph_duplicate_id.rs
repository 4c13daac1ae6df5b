//! Two plugins have the same id.

include!("../plugin.rs");

plugin!(first, r#"
manifest-version = 1
[plugin]
id = "site.cache"
version = "1.0.0"
host = "*"
"#);

plugin!(second, r#"
manifest-version = 1
[plugin]
id = "site.cache"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [first, second] }

fn main() {
    let _ = plugins();
}
