//! The deadline has no unit.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open", deadline = "2")]
pub trait Point {
    async fn ask(&self) -> bool;
}

fn main() {}
