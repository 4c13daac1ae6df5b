//! Method names would hide those of a guard.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn clone(&self) -> bool;
    fn counts(&self) -> u64;
}

fn main() {}
