//! Keeping a library in memory for as long as anything that came out of it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Keeps the library in memory from which something came; nothing for what is linked into the program.
///
/// Whoever has it beside what came out of the library declares it after that: fields are dropped in their order, and the code that drops is
/// the library's.
#[derive(Clone, Default)]
pub struct Hold(Option<Arc<dyn Any + Send + Sync>>);

impl Hold {
    /// Keeps a library.
    #[must_use]
    pub fn on(library: Arc<dyn Any + Send + Sync>) -> Self {
        Self(Some(library))
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Hold(a library)" } else { "Hold(nothing)" })
    }
}
