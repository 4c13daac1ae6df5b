//! How `cargo keyway verify` asks a host's program; `keyway::host::answer_tools` answers.

/// The first argument of a program that is asked whether it would take libraries; their paths follow.
pub const VERIFY_ARGUMENT: &str = "--keyway-verify";

/// What lies in the file of a program that answers. A program without it is not started: it would do what it always does.
pub const ANSWERS_MARK: &[u8] = b"\0KEYWAY-ANSWERS verify 1\0";
