//! The surface of a build: what its plugins extend, offer, need and may do, as one JSON text.
//!
//! `host!` has rustc write it from the descriptors, into a `static` of the program. So it lies in the program's file, where tools find it
//! without running anything, and it says what was compiled. The same plugins give the same bytes, wherever they are compiled.
//!
//! ```
//! use keyway_manifest::surface::{self, SurfaceParts, surface_len, write_surface};
//! use keyway_manifest::{Descriptor, PluginId};
//!
//! const PARTS: SurfaceParts<'static> = SurfaceParts {
//!     host: "my-server",
//!     host_version: "1.0.0",
//!     plugins: &[&Descriptor { id: PluginId::new("site.feed"), ..Descriptor::EMPTY }],
//!     order: &[0],
//!     levels: &[0],
//!     ..SurfaceParts::EMPTY
//! };
//! static SURFACE: [u8; surface_len(&PARTS)] = write_surface(&PARTS);
//!
//! let file = [b"all that is before it".as_slice(), &SURFACE, b"and after it"].concat();
//! assert_eq!(surface::find(&file), [surface::surface_text(&PARTS)]);
//! ```

mod frame;
mod json;
mod write;

use crate::{Descriptor, SdkInfo};

pub use frame::{find, text_of};
pub use write::{manifest_part, surface_len, surface_text, write_surface};

/// The version of the JSON text: its key `format`. A key more does not change it.
pub const SURFACE_FORMAT: u64 = 1;

/// What a surface is written from.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceParts<'a> {
    /// The Cargo package of the host.
    pub host: &'static str,
    /// The version of that package.
    pub host_version: &'static str,
    /// The version of Keyway.
    pub keyway: &'static str,
    /// The SDK that the host is built on, when `host!` was told.
    pub sdk: Option<SdkInfo>,
    /// Whether a panic of a plugin ends the program.
    pub panic_abort: bool,
    /// The plugins, in any order.
    pub plugins: &'a [&'static Descriptor],
    /// For each plugin what [`manifest_part`] says of it, or nothing, and then it is written from the descriptor. May be empty.
    pub ready: &'a [&'a str],
    /// Indices into `plugins` in start order.
    pub order: &'a [u16],
    /// The start level of each plugin, by its index in `plugins`.
    pub levels: &'a [u16],
    /// Indices into `plugins` of those that come from libraries; all others are linked in.
    pub native: &'a [u16],
}

impl SurfaceParts<'_> {
    /// Parts that say nothing, to fill in with struct-update syntax.
    pub const EMPTY: Self = Self {
        host: "",
        host_version: "",
        keyway: "",
        sdk: None,
        panic_abort: false,
        plugins: &[],
        ready: &[],
        order: &[],
        levels: &[],
        native: &[],
    };
}
