//! An exclusive service has two providers.

include!("../plugin.rs");

plugin!(disk, r#"
manifest-version = 1
[plugin]
id = "site.disk"
version = "1.0.0"
host = "*"
[provides]
"service.store" = { version = "1.0.0", exclusive = true }
"#);

plugin!(memory, r#"
manifest-version = 1
[plugin]
id = "site.memory"
version = "1.0.0"
host = "*"
[provides]
"service.store" = "1.0.0"
"#);

keyway::host! { policy = grant_requested, plugins = [disk, memory] }

fn main() {
    let _ = plugins();
}
