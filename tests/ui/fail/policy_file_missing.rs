//! The policy file does not exist.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = "no-such-host.toml", plugins = [clock] }

fn main() {
    let _ = plugins();
}
