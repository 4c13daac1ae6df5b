//! The trait has an associated type and constant.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    type Answer;
    const NAME: &'static str;
    fn ask(&self) -> bool;
}

fn main() {}
