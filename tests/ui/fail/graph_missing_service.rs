//! A required service has no provider.

include!("../plugin.rs");

plugin!(session, r#"
manifest-version = 1
[plugin]
id = "site.session"
version = "1.0.0"
host = "*"
[requires]
"service.store" = "^1"
"#);

keyway::host! { policy = grant_requested, plugins = [session] }

fn main() {
    let _ = plugins();
}
