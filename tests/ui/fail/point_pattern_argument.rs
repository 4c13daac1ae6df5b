//! An argument is a pattern.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn ask(&self, (left, right): (u8, u8)) -> bool {
        left == right
    }
}

fn main() {}
