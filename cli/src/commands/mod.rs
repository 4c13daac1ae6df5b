//! The commands, a file for each.
//!
//! To add one:
//!
//! 1. Write `commands/<name>.rs`: `#[derive(clap::Args)] pub(crate) struct Arguments` with the doc comments that `--help` shows, and
//!    `pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure>`. A command that looks at one build
//!    flattens [`BuildArguments`](crate::arguments::BuildArguments) into its arguments and calls `session.project()?.build(…)?`.
//! 2. Say what it found as `pub` structs that derive `Serialize` and `Deserialize` with `deny_unknown_fields`, list them in `answer.rs`,
//!    and implement [`Report`](crate::output::Report) for the outermost. Print it with `session.print(&report)?`, once.
//! 3. Give it a line in the table below. The first line of the doc comment there is its line in `cargo keyway --help`.
//! 4. Write a case into `tests/it/<name>.rs`: the text is a snapshot (`KEYWAY_UPDATE=1` writes it), the JSON is read back into the type.
//! 5. Give it a section in `docs/cli.md`; a code of its own goes to `failure.rs` and gets a page in `docs/errors`.

pub(crate) mod add;
pub(crate) mod approvals;
pub(crate) mod approve;
pub(crate) mod audit;
pub(crate) mod check;
mod completions;
pub(crate) mod deny;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod info;
pub(crate) mod keygen;
pub(crate) mod list;
pub(crate) mod lock;
mod man;
pub(crate) mod new;
pub(crate) mod order;
pub(crate) mod permissions;
pub(crate) mod remove;
pub(crate) mod revoke;
mod schema;
pub(crate) mod sign;
pub(crate) mod surface;
pub(crate) mod test;
pub(crate) mod verify;
pub(crate) mod why;

use crate::failure::Failure;
use crate::session::Session;
use crate::verdict::Verdict;

/// Makes the enum of commands from its lines: `/// What it does. Name => module, "name";`.
macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident => $module:ident, $name:literal;)*) => {
        /// A command with its arguments.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($(#[$doc])* #[command(name = $name)] $variant($module::Arguments),)*
        }

        impl Command {
            /// The name, as it is typed.
            pub(crate) const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// Does the command's work.
            pub(crate) fn run(&self, session: &mut Session) -> Result<Verdict, Failure> {
                match self {
                    $(Self::$variant(arguments) => $module::run(arguments, session),)*
                }
            }
        }
    };
}

commands! {
    /// Checks manifests, policy and graph of one build or of many.
    Check => check, "check";
    /// Compares what manifests ask for with what object code calls.
    Audit => audit, "audit";
    /// Looks at what makes a host or its libraries fail later, and says how to mend it.
    Doctor => doctor, "doctor";
    /// Lists the plugins that the host knows.
    List => list, "list";
    /// Shows all that a plugin's manifest and package say.
    Info => info, "info";
    /// Says what brings a plugin in, who needs it, and what breaks without it.
    Why => why, "why";
    /// Shows who waits for whom, as text or as a drawing.
    Graph => graph, "graph";
    /// Shows in which order the plugins start, and why one starts before another.
    Order => order, "order";
    /// Shows what plugins may do, by the policy and by the lock.
    Permissions => permissions, "permissions";
    /// Reports what the plugins of a built host extend, offer, need and ask for.
    Surface => surface, "surface";
    /// Writes `keyway.lock`: which plugins there are and what they ask for.
    Lock => lock, "lock";
    /// Compares two locks, manifests or programs, or the lock with that of a Git revision.
    Diff => diff, "diff";
    /// Tells what was decided about each plugin, and what waits for a decision.
    Approvals => approvals, "approvals";
    /// Says in keyway.lock that plugins may have what they ask for.
    Approve => approve, "approve";
    /// Says in keyway.lock that plugins may not have what they ask for.
    Deny => deny, "deny";
    /// Takes approvals in keyway.lock back.
    Revoke => revoke, "revoke";
    /// Makes a plugin, a host or an SDK to begin with.
    New => new, "new";
    /// Adds a plugin to the host's Cargo.toml, and shows first what it costs and asks for.
    Add => add, "add";
    /// Takes a plugin out of the host's Cargo.toml, and shows who needs it.
    Remove => remove, "remove";
    /// Runs the conformance kit of plugins.
    Test => test, "test";
    /// Makes a key pair that signs plugins in libraries.
    Keygen => keygen, "keygen";
    /// Signs libraries of plugins.
    Sign => sign, "sign";
    /// Asks the host whether it would take libraries, without loading them.
    Verify => verify, "verify";
    /// Shows the page of an error.
    Explain => explain, "explain";
    /// Prints the JSON Schema of plugin.toml, for editors.
    Schema => schema, "schema";
    /// Prints what a shell needs to complete arguments.
    Completions => completions, "completions";
    /// Prints the manual page, or writes those of all commands.
    Man => man, "man";
}
