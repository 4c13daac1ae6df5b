//! A supertrait is not implemented by what hosts call.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point: Clone {
    fn ask(&self) -> bool;
}

fn main() {}
