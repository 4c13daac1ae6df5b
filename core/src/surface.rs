//! What a program's plugins extend, offer, need and may do, as rustc wrote it into the program.

use std::fmt;

use keyway_manifest::surface::{SurfaceParts, text_of};

/// The surface of a program: one JSON text about its plugins, which rustc writes from their descriptors.
///
/// It is in [`PluginTable::surface`](crate::PluginTable::surface). It lies in the program's file as well, between marks, so that
/// `cargo keyway surface --binary FILE` finds it there without running anything.
#[derive(Clone, Copy)]
pub struct Surface {
    parts: &'static SurfaceParts<'static>,
    marked: &'static [u8],
}

impl Surface {
    /// That of no program.
    pub const NONE: Self = Self { parts: &SurfaceParts::EMPTY, marked: &[] };

    /// What `host!` had rustc write; for the code that it emits.
    #[doc(hidden)]
    #[must_use]
    pub fn new(parts: &'static SurfaceParts<'static>, marked: &'static [u8]) -> Self {
        // What may be read anywhere stays in the program's file, whatever else a linker throws away.
        Self { parts, marked: std::hint::black_box(marked) }
    }

    /// The JSON text; empty for a table that was not made by [`host!`](crate::host!).
    ///
    /// The first line says what the program is: `format` (1), `host`, `keyway`, `sdk`, `panic_abort`, and `levels`, how many plugins start at
    /// each level. Then there is one line for each plugin, in start order. The same sources give the same bytes.
    #[must_use]
    pub fn text(&self) -> &'static str {
        text_of(self.marked)
    }

    /// The text as it would be with these plugins, which are in start order; those that have a library have the tier `native`.
    ///
    /// [`HostBuilder::preview`](crate::HostBuilder::preview) tells them.
    ///
    /// # Panics
    /// When they are more than 65,535.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn with(&self, plugins: &[crate::host::PlannedPlugin]) -> String {
        let index = |index: usize| u16::try_from(index).expect("a host has 65,535 plugins at most");
        let loaded = plugins.iter().enumerate().filter(|(_, plugin)| plugin.library.is_some());
        keyway_manifest::surface::surface_text(&SurfaceParts {
            plugins: &plugins.iter().map(|plugin| plugin.descriptor).collect::<Vec<_>>(),
            ready: &[],
            order: &(0..index(plugins.len())).collect::<Vec<_>>(),
            levels: &plugins.iter().map(|plugin| plugin.level).collect::<Vec<_>>(),
            native: &loaded.map(|(place, _)| index(place)).collect::<Vec<_>>(),
            ..*self.parts
        })
    }
}

impl fmt::Debug for Surface {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Surface").field("host", &self.parts.host).field("bytes", &self.marked.len()).finish()
    }
}
