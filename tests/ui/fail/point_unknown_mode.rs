//! The mode of a hook is a word that does not exist.

use keyway::extension_point;

#[extension_point(id = "site.find", version = "1.0.0", on_failure = "open", mode = "any")]
pub trait Find {
    fn find(&self, path: &str) -> Option<String>;
}

fn main() {}
