//! The trait is unsafe.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub unsafe trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
