//! Nothing says what becomes of failed calls, and there is no default.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0")]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
