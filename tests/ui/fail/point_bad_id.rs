//! The id has an upper-case letter.

use keyway::extension_point;

#[extension_point(id = "Site.Point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
