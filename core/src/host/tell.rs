//! What an operator has to see: warnings and errors go to `tracing`, and to stderr in a program that has set up no log.

use std::fmt;

/// Logs a message at a level: `tell!(warn, { plugin = id, } "{error}")`, with the fields of `tracing` between the braces.
macro_rules! tell {
    ($level:ident, { $($fields:tt)* } $($message:tt)+) => {{
        ::tracing::$level!($($fields)* $($message)+);
        if $crate::host::tell::is_unheard() {
            $crate::host::tell::to_stderr(stringify!($level), format_args!($($message)+));
        }
    }};
}

pub(super) use tell;

/// Whether no subscriber was ever set, so that what is logged is lost. A program that wants silence sets `NoSubscriber`.
pub(super) fn is_unheard() -> bool {
    !tracing::dispatcher::has_been_set()
}

// In tests this goes through what test runners capture. Elsewhere it must not panic when nobody reads stderr, as `eprintln` does.
#[cfg_attr(feature = "testing", expect(clippy::print_stderr, reason = "the log of a program that has none"))]
pub(super) fn to_stderr(level: &str, message: fmt::Arguments<'_>) {
    let level = if level == "warn" { "warning" } else { level };
    #[cfg(feature = "testing")]
    eprintln!("{level}: {message}");
    #[cfg(not(feature = "testing"))]
    {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "{level}: {message}");
    }
}
