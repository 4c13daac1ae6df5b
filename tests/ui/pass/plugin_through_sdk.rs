//! An SDK hands the framework on, and its plugins name it there.

mod sdk {
    pub use keyway;

    #[keyway::extension_point(id = "test.point", version = "1.0.0", on_failure = "open", crate = sdk::keyway)]
    pub trait Point {
        fn ask(&self) -> bool;
    }

    use crate::sdk;
}

use sdk::keyway::prelude::*;

#[derive(Plugin)]
#[plugin(
    crate = crate::sdk::keyway,
    provides(sdk::Point),
    manifest_text = "manifest-version = 1\n[plugin]\nid = \"test.plugin\"\nhost = \"*\""
)]
pub struct Asked;

impl Lifecycle for Asked {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl sdk::Point for Asked {
    fn ask(&self) -> bool {
        true
    }
}

fn main() {}
