//! `#[boundary(…)]` knows `opaque` on a field and `crate` on the type.

use keyway::Boundary;

#[derive(Boundary)]
#[boundary(opaque)]
pub struct Page {
    #[boundary(opaqe)]
    text: String,
    #[boundary = "opaque"]
    more: String,
}

fn main() {}
