//! A service whose failed calls would be skipped.

use keyway::extension_point;

#[extension_point(id = "service.storage", version = "1.0.0", on_failure = "open")]
pub trait Storage {
    fn load(&self, name: &str) -> Option<String>;
}

fn main() {}
