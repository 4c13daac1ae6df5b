//! A key is written twice.

use keyway::extension_point;

#[extension_point(id = "site.point", id = "site.other", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
