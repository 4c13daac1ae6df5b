//! An optional requirement is there in a version that does not fit.

include!("../plugin.rs");

plugin!(feed, r#"
manifest-version = 1
[plugin]
id = "site.feed"
version = "1.0.0"
host = "*"
[requires]
"site.search" = { version = "^2", optional = true, reason = "lists results" }
"#);

plugin!(search, r#"
manifest-version = 1
[plugin]
id = "site.search"
version = "1.9.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [feed, search] }

fn main() {
    let _ = plugins();
}
