//! The value of an argument is no string.

use keyway::extension_point;

#[extension_point(id = site.point, version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
