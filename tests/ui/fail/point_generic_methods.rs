//! Methods are generic.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn ask<T>(&self, question: T) -> bool;
    fn tell(&self, text: impl Into<String>);
}

fn main() {}
