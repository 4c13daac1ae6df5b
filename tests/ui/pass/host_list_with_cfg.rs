//! An explicit list may hold `#[cfg(…)]`.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [clock, #[cfg(any())] nowhere::at_all] }

fn main() {
    assert_eq!(plugins().registrations.len(), 1);
}
