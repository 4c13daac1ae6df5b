//! The trait is generic.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point<T> {
    fn ask(&self, question: T) -> bool;
}

fn main() {}
