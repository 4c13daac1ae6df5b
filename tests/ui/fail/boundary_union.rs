//! A union does not tell which of its fields is there.

use keyway::Boundary;

#[derive(Boundary)]
pub union Bits {
    number: u32,
    bytes: [u8; 4],
}

fn main() {}
