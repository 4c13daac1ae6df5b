//! The failure policy is a word that does not exist.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "ignore")]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
