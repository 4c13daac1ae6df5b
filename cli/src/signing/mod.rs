//! Keys and signatures in the formats of the program minisign: making and reading secret keys, and signing libraries.

mod password;
mod secret;
mod statement;

pub(crate) use password::PasswordArguments;
pub(crate) use secret::{made, read};
pub(crate) use statement::{Signed, sign};

use std::path::Path;

use keyway_native::{Refusal, shell_command};

use crate::access::Access;
use crate::failure::{Class, Failure};
use crate::session::Session;

/// Warns of a file with a secret that others than its owner may read or write. It is used all the same: whoever keeps it may have no choice.
fn warn_of_open(what: &str, file: &Path, session: &Session) {
    if let Some(access) = Access::of(file).filter(|access| access.is_file && access.others_read) {
        let text = format!("{what} `{}` is open to other users (mode {:04o})", file.display(), access.mode);
        session.warning(&text, &shell_command("chmod 600", file));
    }
}

/// Why a key cannot be used, or no signature made.
pub(crate) fn refused(refusal: &Refusal) -> Failure {
    Failure::new(Class::Verification, refusal.code(), refusal.message()).help(refusal.help())
}

/// The same of a file.
fn refused_of(file: &Path, refusal: &Refusal) -> Failure {
    let failure = refused(refusal);
    Failure { message: format!("`{}`: {}", file.display(), failure.message), ..failure }
}
