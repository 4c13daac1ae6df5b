//! A host may have no plugins.

keyway::host! { policy = grant_requested, plugins = [] }

fn main() {
    assert!(plugins().registrations.is_empty());
}
