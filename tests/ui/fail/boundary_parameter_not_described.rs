//! What stands for a type parameter must be described.

use keyway::Boundary;

#[derive(Boundary)]
pub struct Listed<T> {
    entries: Vec<T>,
}

pub struct Plain(u8);

const LAYOUT: usize = <Listed<Plain> as Boundary>::LAYOUT.size;

fn main() {
    let _ = LAYOUT;
}
