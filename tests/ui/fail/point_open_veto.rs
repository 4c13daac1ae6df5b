//! A hook that may stop something, and whose failed calls would be skipped.

use keyway::extension_point;

#[extension_point(id = "site.before-delete", version = "1.0.0", on_failure = "open", mode = "veto")]
pub trait BeforeDelete {
    fn may_delete(&self, path: &str) -> Result<(), String>;
}

fn main() {}
