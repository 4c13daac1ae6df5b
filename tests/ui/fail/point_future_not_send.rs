//! The future of a plugin's method cannot move between threads.

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    async fn ask(&self);
}

struct Extension;

impl Point for Extension {
    async fn ask(&self) {
        let shared = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(shared);
    }
}

fn main() {}
