//! A method that is not to count does not exist.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open", uncounted(acces, zzz))]
pub trait Point {
    fn access(&self) -> bool;
}

fn main() {}
