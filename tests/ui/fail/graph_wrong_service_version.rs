//! A required service is there in the wrong version.

include!("../plugin.rs");

plugin!(session, r#"
manifest-version = 1
[plugin]
id = "site.session"
version = "1.0.0"
host = "*"
[requires]
"service.store" = "^2"
"#);

plugin!(disk, r#"
manifest-version = 1
[plugin]
id = "site.disk"
version = "1.0.0"
host = "*"
[provides]
"service.store" = "1.3.0"
"#);

keyway::host! { policy = grant_requested, plugins = [session, disk] }

fn main() {
    let _ = plugins();
}
