//! Decisions about what plugins may ask for: who decides, how long it holds, and how it stands today.

mod by;
mod decided;
mod refusal;
mod standing;
mod today;
mod until;

pub(crate) use by::decider;
pub use decided::{Asked, Decided, DecidedPlugin};
pub(crate) use decided::{decide, ids_in};
pub(crate) use refusal::{RefusalArguments, phrase, refuse};
pub(crate) use standing::Standing;
pub(crate) use today::now;
pub(crate) use until::last_day;

/// Who decides, as arguments.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DecisionArguments {
    /// Who decides, such as an e-mail address; else `KEYWAY_APPROVER`, else the address that Git knows.
    #[arg(long, value_name = "WHO", env = "KEYWAY_APPROVER", hide_env_values = true)]
    pub(crate) by: Option<String>,
    /// Shows what would be written, and writes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
