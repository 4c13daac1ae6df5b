//! The policy names a plugin that the host does not know.

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
allow = { "filesystem.read" = true }
[plugin."site.page".permissions]
deny = { "env.read" = true }
"#, plugins = [pages] }

fn main() {
    let _ = plugins();
}
