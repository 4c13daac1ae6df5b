//! The program that Cargo starts for `cargo keyway …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_keyway::run(std::env::args_os())
}
