//! What a host's program answers to `cargo keyway verify`, which cannot know by itself what only the program knows: how its types are laid out, and
//! which points it has.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use keyway_manifest::{ANSWERS_MARK, VERIFY_ARGUMENT};

use super::builder::HostBuilder;
use super::verification::Verification;

/// The version of the answer: its key `format`.
const FORMAT: u32 = 1;

/// Answers `cargo keyway verify`, when it is what started this program; call it first in `main`.
///
/// `cargo keyway verify FILE` asks the host's own program whether it would take a library, since only the program knows how its types are
/// laid out. It is started with the argument `--keyway-verify` and the paths of libraries, and prints a [`Verification`] of each, as JSON;
/// nothing of a library runs, and no plugin is started. `builder` is called for each library. `None` when the program was started for
/// something else.
///
/// A host that takes no libraries may call it too: without the feature `native` the answer is that it takes none.
///
/// ```
/// # keyway::host! { policy = grant_requested, plugins = [] }
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     if let Some(answered) = keyway::host::answer_tools(|| keyway::Host::builder(plugins())) {
///         return answered;
///     }
///     // The host starts here.
///     ExitCode::SUCCESS
/// }
/// ```
pub fn answer_tools(builder: impl Fn() -> HostBuilder) -> Option<ExitCode> {
    // In the program's file only when `main` calls this.
    std::hint::black_box(ANSWERS_MARK);
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != VERIFY_ARGUMENT {
        return None;
    }
    let libraries: Vec<Verification> = arguments.map(|file| verify(builder(), PathBuf::from(file))).collect();
    let is_refused = libraries.iter().any(|library| !library.is_taken());
    let written = writeln!(io::stdout(), "{}", serde_json::json!({ "format": FORMAT, "libraries": libraries }));
    Some(if written.is_err() || is_refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[cfg(feature = "native")]
fn verify(builder: HostBuilder, library: PathBuf) -> Verification {
    builder.verify_native(library)
}

#[cfg(not(feature = "native"))]
fn verify(_: HostBuilder, library: PathBuf) -> Verification {
    use super::failure::Problem;
    use super::verification::Question;

    let message = "the program was built without the feature `native` of `keyway`, so it takes no library";
    let help = "turn the feature on in the host's Cargo.toml, and say under `[native]` in host.toml whose libraries it takes";
    Verification::of_problems(library, vec![(Question::Policy, Problem::new("KW0755", message, help))])
}
