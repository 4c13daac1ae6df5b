//! The log: lines on stderr, chosen by a filter.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::Failure;

/// What is logged without `--log`.
const DEFAULT_FILTER: &str = "info";

/// Sends the program's log to stderr, in colour on a terminal unless the environment variable `NO_COLOR` is set.
///
/// # Errors
/// When the filter is malformed or names an unknown level.
pub fn begin(filter: Option<&str>) -> Result<(), Failure> {
    let filter = parse(filter.unwrap_or(DEFAULT_FILTER))?;
    let is_colourful = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(is_colourful);
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init()
        .map_err(|error| Failure::new(format!("the log cannot be begun: {error}")))
}

fn parse(filter: &str) -> Result<Targets, Failure> {
    let refused = || {
        Failure::usage(format!("`{filter}` is no log filter"))
            .help("write a level (`error`, `warn`, `info`, `debug`, `trace`, `off`) or levels by crate: `warn,keyway=debug,keyway_cms=info`")
    };
    // A lone word that is no level would be taken for a crate, and everything else would fall silent.
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    if filter.split(',').any(|part| !part.contains('=') && !is_level(part.trim())) {
        return Err(refused());
    }
    filter.parse().map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn filters() {
        for filter in ["info", "off", "warn,keyway=debug", "keyway_cms=trace"] {
            parse(filter).expect(filter);
        }
        for word in ["blah", "keyway", "info,keyway", ""] {
            parse(word).expect_err("no level is called so");
        }
        let message = parse("keyway=loud").expect_err("no level is called so").to_string();
        assert!(message.starts_with("error: `keyway=loud` is no log filter\n  help: "), "{message}");
    }
}
