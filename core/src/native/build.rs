//! With what this copy of `keyway` was built.

use keyway_manifest::record::{Allocator, BuildFacts, PanicStrategy, StateDowngrade, StateFacts};

use crate::state::{Downgrades, StateInfo};

/// The compiler, the target and the version of `keyway`, as the build script of `keyway` was told.
///
/// Panic strategy, allocator and debug assertions are the final program's or library's, and unknown here: where that is compiled,
/// [`facts`] is told.
pub const BUILD: BuildFacts = BuildFacts {
    rustc: env!("KEYWAY_RUSTC"),
    commit: env!("KEYWAY_RUSTC_COMMIT"),
    target: env!("KEYWAY_TARGET"),
    panic: PanicStrategy::Unknown,
    allocator: Allocator::Unknown,
    keyway: env!("CARGO_PKG_VERSION"),
    debug_assertions: false,
};

/// [`BUILD`] with what only the final program or library knows: `facts(cfg!(panic = "abort"), cfg!(debug_assertions))`.
///
/// The allocator is the host's: a program's own, or that to which a library's forwards.
#[must_use]
pub const fn facts(panics_abort: bool, debug_assertions: bool) -> BuildFacts {
    let panic = if panics_abort { PanicStrategy::Abort } else { PanicStrategy::Unwind };
    BuildFacts { panic, allocator: Allocator::Host, debug_assertions, ..BUILD }
}

/// The forms of a plugin's state as the record has them: `None` for a plugin that keeps none.
#[must_use]
pub const fn state_facts(state: Option<StateInfo>) -> Option<StateFacts> {
    let Some(StateInfo { version, migrates_from, downgrade }) = state else { return None };
    let downgrade = match downgrade {
        Downgrades::Supported => StateDowngrade::Supported,
        Downgrades::Lossy => StateDowngrade::Lossy,
        Downgrades::Refused => StateDowngrade::Refused,
    };
    Some(StateFacts { version, migrates_from, downgrade })
}

#[cfg(test)]
mod tests {
    use super::BUILD;

    #[test]
    fn the_compiler_and_the_target_are_known() {
        assert!(BUILD.rustc.starts_with("1."), "{}", BUILD.rustc);
        assert!(BUILD.target.contains(std::env::consts::ARCH), "{}", BUILD.target);
        let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(BUILD.commit.is_empty() || is_commit(BUILD.commit), "{}", BUILD.commit);
    }
}
