//! A deadline that could limit nothing.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open", deadline = "1s")]
pub trait Point {
    fn ask(&self) -> bool;
}

#[extension_point(id = "site.other", version = "1.0.0", on_failure = "open", deadline = "none")]
pub trait Other {
    fn ask(&self) -> bool;
}

fn main() {}
