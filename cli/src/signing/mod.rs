//! Keys and signatures in the formats of the program minisign: making and reading secret keys, and signing libraries.

mod password;
mod secret;
mod statement;

pub(crate) use password::PasswordArguments;
pub(crate) use secret::{made, read};
pub(crate) use statement::{Signed, sign};

use std::path::Path;

use keyway_native::Refusal;

use crate::failure::{Class, Failure};

/// Why a key cannot be used, or no signature made.
pub(crate) fn refused(refusal: &Refusal) -> Failure {
    Failure::new(Class::Verification, refusal.code(), refusal.message()).help(refusal.help())
}

/// The same of a file.
fn refused_of(file: &Path, refusal: &Refusal) -> Failure {
    let failure = refused(refusal);
    Failure { message: format!("`{}`: {}", file.display(), failure.message), ..failure }
}
