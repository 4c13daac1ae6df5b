//! The three mandatory arguments are missing.

use keyway::extension_point;

#[extension_point()]
pub trait Point {
    fn ask(&self) -> bool;
}

fn main() {}
