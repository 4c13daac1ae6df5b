//! Two plugins of the build conflict.

include!("../plugin.rs");

plugin!(sitemap, r#"
manifest-version = 1
[plugin]
id = "site.sitemap"
version = "1.0.0"
host = "*"
[conflicts]
"site.legacy" = { version = "<3", reason = "both own /sitemap.xml" }
"#);

plugin!(legacy, r#"
manifest-version = 1
[plugin]
id = "site.legacy"
version = "2.5.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [sitemap, legacy] }

fn main() {
    let _ = plugins();
}
