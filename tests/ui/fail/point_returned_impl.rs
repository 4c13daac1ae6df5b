//! A method returns an opaque type.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn list(&self) -> impl Iterator<Item = u8>;
}

fn main() {}
