//! What is borrowed for good does not cross.

use std::borrow::Cow;

use keyway::extension_point;

#[extension_point(id = "site.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    fn name(&self) -> &'static str;
    fn names(&self) -> Vec<(u8, Option<&'static [u8]>)>;
    fn title(&self, of: &'static str) -> Cow<'static, str>;
    async fn told(&self, call: Box<dyn Fn(&'static str) + Send + Sync + 'static>);
    fn fine(&self, of: &str, error: Box<dyn std::error::Error + 'static>) -> Cow<'_, str>;
}

fn main() {}
