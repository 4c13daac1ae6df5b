//! A point whose errors go up has a method that cannot fail.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "closed")]
pub trait Point {
    async fn handle(&self, path: &str) -> String;
}

fn main() {}
