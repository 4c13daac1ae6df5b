//! A plugin that leaves a file behind as soon as its library is loaded.

use keyway::prelude::*;
use misfit_sdk::{Gallery, Mixer, Picture, Seed};

extern "C" fn loaded() {
    let _ = std::fs::write(env!("MISFIT_MARKER"), "a constructor has run");
}

/// The loader calls it before anybody else can call anything in the library.
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = loaded;

/// Shows one picture.
#[derive(Plugin)]
#[plugin(provides(Gallery, Mixer))]
pub struct Misfit;

impl Lifecycle for Misfit {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Gallery for Misfit {
    fn show(&self, name: &str) -> Option<Picture> {
        (name == "sea").then(|| Picture { title: "The sea".to_owned(), width: 640, height: 480 })
    }
}

impl Mixer for Misfit {
    fn seed(&self) -> Option<Seed> {
        Some(Seed::with_seed(7))
    }
}
