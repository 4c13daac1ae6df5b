//! A key is misspelt.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open", dead_line = "2s")]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
