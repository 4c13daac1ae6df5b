//! The attribute is for traits; structs and enums take the derive.

#[keyway::boundary]
pub struct Page {
    pub text: String,
}

#[keyway::boundary(opaque)]
pub trait Stream {
    fn read(&self) -> u8;
}

fn main() {}
