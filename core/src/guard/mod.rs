//! What stands between a host and an extension: the panic shield on the plugin's side, and the slot on the host's side that counts
//! calls, limits their time and says whose fault a failure is.
//!
//! The types that `#[extension_point]` generates are thin: each method of a guard calls [`Slot::call`] or [`Slot::call_async`] with
//! the shielded method of the plugin. All behaviour is here.

mod aggregate;
mod breaker;
mod call_error;
pub mod clock;
mod counter;
mod gate;
mod hanging;
mod latency;
pub(crate) mod mark;
mod options;
mod outcome;
mod panic;
mod plugin_number;
pub(crate) mod seat;
mod slot;
mod traffic;
mod trouble;

pub use aggregate::{Aggregate, TimeIsUp};
pub use breaker::{Breaker, BreakerOptions};
pub use call_error::{CallError, CallErrorKind};
pub use counter::CallCounts;
pub use hanging::HangingCall;
pub use latency::Latency;
#[cfg(feature = "host")]
pub(crate) use mark::Round;
pub use options::{BreakerChange, CallObserver, SlotOptions, Timer};
pub use outcome::{Closed, Neutral, Outcome, OutcomeClosed, OutcomeOpen};
pub(crate) use panic::CaughtInside;
pub use panic::{Caught, Panicked, catch};
pub use plugin_number::PluginNumber;
pub use slot::{Hold, Slot};
pub use traffic::{Rate, Traffic};
pub use trouble::Trouble;
