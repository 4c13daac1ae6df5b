//! Several mistakes are told at once.

use keyway::extension_point;

#[extension_point(id = "site point", version = "one", on_failure = "open", timeout = "2s")]
pub trait Point: Clone {
    fn change(&mut self);
    fn tell(&self, text: impl Into<String>);
    type Answer;
}

fn main() {}
