//! Every mistake that can be made in `#[event(…)]`.

use keyway::Event;

#[derive(Event)]
pub struct WithoutAnything;

#[derive(Event)]
#[event(topic = "Content Changed", version = "1")]
pub struct Malformed;

#[derive(Event)]
#[event(topc = "content.changed", topic = "content.changed", topic = "content.changed", version = "1.0.0")]
pub struct Misspelt;

#[derive(Event)]
#[event(topic)]
pub struct WithoutValue;

#[derive(Event)]
#[event(topic = "content.changed", version = "1.0.0")]
pub struct Generic<T>(T);

#[derive(Event)]
#[event(topic = "content.changed", version = "1.0.0")]
pub struct OtherField {
    #[event(name)]
    pub path: String,
}

#[derive(Event)]
#[event(topic = "content.changed", version = "1.0.0")]
pub enum KeyOfEnum {
    Path(#[event(key)] String),
}

fn main() {}
