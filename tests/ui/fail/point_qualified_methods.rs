//! Methods are unsafe, const or of another ABI.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    unsafe fn careless(&self);
    extern "C" fn foreign(&self);
}

fn main() {}
