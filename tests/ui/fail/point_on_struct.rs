//! The attribute stands on a struct.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub struct Point;

fn main() {}
