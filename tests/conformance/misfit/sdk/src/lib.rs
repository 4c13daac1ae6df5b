//! An SDK with a point that the plugin extends, one that it does not use, and one at which a type of another crate crosses.

pub use foldhash::fast::FixedState as Seed;
use keyway::{Boundary, extension_point};

keyway::sdk!();

/// A picture, as the plugin knows it.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Picture {
    /// Its title.
    pub title: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Its colours.
    #[cfg(feature = "colours")]
    pub colours: Vec<u32>,
}

/// Shows pictures.
#[extension_point(id = "misfit.gallery", version = "1.0.0", on_failure = "open")]
pub trait Gallery {
    /// The picture of a name.
    fn show(&self, name: &str) -> Option<Picture>;
}

/// Frames pictures. No plugin does.
#[extension_point(id = "misfit.frame", version = "1.0.0", on_failure = "open")]
pub trait Frame {
    /// What the frame is made of.
    fn material(&self) -> Option<String>;
}

/// Mixes colours from a seed whose type is of another crate.
#[extension_point(id = "misfit.mixer", version = "1.0.0", on_failure = "open")]
pub trait Mixer {
    /// The seed.
    fn seed(&self) -> Option<Seed>;
}
