//! A durable event is written to a database, and its type cannot be.

#[derive(keyway::Event)]
#[event(topic = "shop.ordered", version = "1.0.0", durable)]
pub struct Ordered {
    pub number: u64,
}

fn main() {}
