//! The error type cannot tell of a failed call.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "closed")]
pub trait Point {
    fn handle(&self) -> Result<String, std::num::ParseIntError>;
}

fn main() {}
