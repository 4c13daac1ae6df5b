//! A method names a lifetime.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn longest<'a>(&self, left: &'a str, right: &'a str) -> &'a str;
}

fn main() {}
