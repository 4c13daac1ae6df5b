//! The policy allows nothing of what a new plugin asks for: one block of lines mends it.

include!("../plugin.rs");

plugin!(pages, r#"
manifest-version = 1
[plugin]
id = "site.pages"
version = "1.0.0"
host = "*"
[permissions]
"filesystem.read" = { scope = ["content/**"], reason = "reads the pages" }
"storage.keys" = { scope = ["pages/**"], reason = "remembers which were read" }
"#);

keyway::host! { policy_text = r#"
[permissions]
deny = { "process.execute" = true }
"#, plugins = [pages] }

fn main() {
    let _ = plugins();
}
