//! The generated code names nothing that the author may have replaced.

#![deny(warnings)]

mod shadow {
    pub struct Option;
    pub struct Result;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Arc;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub trait Send {}
    pub trait Sync {}
    pub trait Sized {}
    pub trait Clone {}
    pub mod core {}
    pub mod std {}
    pub mod keyway {}
}

#[allow(unused_imports)]
use shadow::*;

#[::keyway::extension_point(id = "test.point", version = "1.0.0", on_failure = "open")]
pub trait Point {
    async fn later(&self, text: &str) -> bool;
    fn now(&self) -> bool;
}

#[derive(::keyway::Plugin)]
#[plugin(
    provides(Point),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "test.plugin"
host = "*"
[permissions]
"filesystem.read" = { scope = ["content/**"], reason = "reads pages" }
"#
)]
pub struct Plugin;

impl ::keyway::Lifecycle for Plugin {
    type Config = ();

    async fn init(_: &::keyway::Context<Self>, (): ()) -> ::core::result::Result<Self, ::keyway::Error> {
        ::core::result::Result::Ok(Self)
    }
}

impl Point for Plugin {
    async fn later(&self, text: &str) -> bool {
        text.is_empty()
    }

    fn now(&self) -> bool {
        true
    }
}

fn main() {}
