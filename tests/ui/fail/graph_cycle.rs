//! Three plugins wait for each other.

include!("../plugin.rs");

plugin!(auth, r#"
manifest-version = 1
[plugin]
id = "site.auth"
version = "1.0.0"
host = "*"
[requires]
"site.session" = "*"
"#);

plugin!(session, r#"
manifest-version = 1
[plugin]
id = "site.session"
version = "1.0.0"
host = "*"
[requires]
"service.store" = "*"
"#);

plugin!(store, r#"
manifest-version = 1
[plugin]
id = "site.store"
version = "1.0.0"
host = "*"
[provides]
"service.store" = "1.0.0"
[order]
after = ["site.auth"]
"#);

keyway::host! { policy = grant_requested, plugins = [auth, session, store] }

fn main() {
    let _ = plugins();
}
