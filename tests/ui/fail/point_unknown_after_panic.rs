//! What follows a panic is a word that does not exist.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "closed", after_panic = "reload")]
pub trait Point {
    fn ask(&self) -> Result<bool, keyway::CallError>;
}

fn main() {}
