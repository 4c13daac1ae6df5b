//! A point whose failures are skipped returns a type without a neutral value.

use keyway::extension_point;

pub struct Picture;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    async fn draw(&self) -> Picture;
}

fn main() {}
