//! The policy does not mention what a plugin asks for.

include!("../plugin.rs");

plugin!(pages, r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
[permissions]
"filesystem.read" = { scope = ["content/**"], reason = "reads the pages" }
"#);

keyway::host! { policy_text = r#"
[permissions]
allow = { "http.routes" = true }
"#, plugins = [pages] }

fn main() {
    let _ = plugins();
}
