//! `Self` is in a signature.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn twin(&self) -> Option<Self>
    where
        Self: Sized;
}

fn main() {}
