//! The runtime for programs that load plugins: start, stop, the extensions, and the capabilities behind the contexts.

/// A running set of plugins.
#[derive(Debug)]
pub struct Host;
