//! What a plugin does when it is started and stopped.

use std::future::Future;

use crate::{Context, Error};

/// The life of a plugin: `init`, `start`, running, `stop`.
///
/// The host calls these in the order of the dependency graph: a plugin's `init` and `start` run after those of everything it
/// requires, its `stop` before theirs. Each phase has a deadline, set by the host or by `[limits]` in the manifest.
/// Write them as plain `async fn`; the futures must be `Send`.
#[diagnostic::on_unimplemented(
    message = "the plugin `{Self}` has no life cycle",
    label = "`Lifecycle` is not implemented for this plugin",
    note = "add `impl Lifecycle for {Self} {{ type Config = (); async fn init(_ctx: &Context<Self>, _config: ()) -> Result<Self, Error> {{ … }} }}`"
)]
pub trait Lifecycle: Sized + Send + Sync + 'static {
    /// The plugin's configuration: any type with `serde::Deserialize`; `()` for none.
    ///
    /// The host reads it from `[config]` of the manifest with the operator's settings laid over it. For a struct, say
    /// `#[serde(deny_unknown_fields)]`, so that a misspelt setting is an error and not silence.
    type Config: serde::de::DeserializeOwned + Send + 'static;

    /// Makes the plugin. Take the capabilities you need from `ctx` here; fail if you cannot work.
    ///
    /// # Errors
    /// Whatever keeps the plugin from working. The host names the plugin in front of the message.
    fn init(ctx: &Context<Self>, config: Self::Config) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Begins work that should not begin before everything of the same start level has been initialised. Does nothing by default.
    ///
    /// # Errors
    /// Whatever keeps the plugin from working.
    fn start(&self, ctx: &Context<Self>) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Ends the plugin's work. It is called once, also when `start` failed. Does nothing by default.
    ///
    /// # Errors
    /// What could not be ended; the host reports it and goes on stopping.
    fn stop(&self) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }
}
