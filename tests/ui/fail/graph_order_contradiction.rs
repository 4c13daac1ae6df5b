//! Order hints alone contradict each other.

include!("../plugin.rs");

plugin!(first, r#"
manifest-version = 1
[plugin]
id = "site.first"
version = "1.0.0"
host = "*"
[order]
after = ["site.second"]
"#);

plugin!(second, r#"
manifest-version = 1
[plugin]
id = "site.second"
version = "1.0.0"
host = "*"
[order]
after = ["site.first"]
"#);

keyway::host! { policy = grant_requested, plugins = [first, second] }

fn main() {
    let _ = plugins();
}
