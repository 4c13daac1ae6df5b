//! Whatever an SDK's types look like, their layouts are known while compiling.
#![deny(warnings)]

use std::borrow::Cow;

use keyway::Boundary;

/// Names that generated code uses too.
#[derive(Boundary)]
pub struct Probe {
    pub layout: String,
    pub r#type: Option<Box<Probe>>,
}

#[derive(Boundary)]
pub enum Either<'a, T, const N: usize>
where
    T: Clone,
{
    Left(&'a T, [T; N]),
    Right { text: Cow<'a, str>, again: Box<Either<'a, T, N>> },
    Neither,
}

#[derive(Boundary)]
#[repr(C, packed)]
pub struct Packed(u8, u32);

mod elsewhere {
    pub use keyway as framework;

    #[derive(framework::Boundary)]
    #[boundary(crate = self::framework)]
    pub struct Page {
        #[cfg(any())]
        pub gone: u8,
        pub owner: Option<super::Author>,
    }
}

#[derive(Boundary)]
pub struct Author {
    #[boundary(opaque)]
    pub pages: Vec<elsewhere::Page>,
}

const _: () = {
    assert!(Probe::LAYOUT.size == size_of::<Probe>());
    assert!(<Either<'_, u8, 4>>::LAYOUT.size == size_of::<Either<'_, u8, 4>>());
    assert!(Packed::LAYOUT.align == 1);
    assert!(elsewhere::Page::LAYOUT.size == size_of::<elsewhere::Page>());
};

fn main() {}
