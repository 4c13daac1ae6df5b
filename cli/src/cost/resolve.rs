//! Cargo.lock after a host's Cargo.toml was edited.

use super::packages::built_with;
use crate::project::Project;
use crate::session::Session;

/// Has Cargo bring Cargo.lock up to date, without the network. The commands that come next do not write it, and need it where only Cargo knows
/// the folder of a dependency.
pub(crate) fn tell_cargo(project: &Project, session: &Session) {
    if built_with(project).is_err() {
        session.notice("Cargo.lock is not up to date yet; `cargo fetch` brings it there");
    }
}
