//! Methods take something else than `&self`.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn consume(self);
    fn change(&mut self);
    fn boxed(self: Box<Self>);
    fn make() -> bool;
}

fn main() {}
