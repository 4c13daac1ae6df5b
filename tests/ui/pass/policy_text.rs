//! A policy grants by scope; what is asked as optional may be left out.

include!("../plugin.rs");

plugin!(pages, r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
[permissions]
"filesystem.read" = { scope = ["content/blog/**"], reason = "reads the pages" }
"network.client" = { scope = ["https://search.example"], optional = true, reason = "pings search engines" }
"#);

keyway::host! { policy_text = r#"
[permissions]
allow = { "filesystem.read" = ["content/**"] }
"#, plugins = [pages] }

fn main() {
    assert_eq!(plugins().policy.rules.len(), 1);
}
