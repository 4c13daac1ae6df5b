//! Who can sign in, as the settings say.

use std::collections::BTreeMap;
use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use keyway::prelude::*;
use keyway_cms_sdk::{ADMIN_ROLE, Principal};

use crate::config::UserConfig;
use crate::{Auth, password, session};

/// Bytes that a name may have.
const LONGEST_NAME: usize = 64;

/// The roles that the plugins of keyway-cms ask for. Others may ask for further ones.
const ROLES: [&str; 2] = ["editor", ADMIN_ROLE];

/// All users by name.
pub(crate) type Users = BTreeMap<String, User>;

/// Somebody who can sign in.
pub(crate) struct User {
    /// The name to show.
    name: String,
    roles: Vec<String>,
    pub(crate) hash: PasswordHash,
}

impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("User").field("name", &self.name).field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl User {
    /// What tells this user's password from another one, without telling the password or its hash.
    pub(crate) fn password_tag(&self) -> String {
        session::tag(&self.hash.to_string())
    }

    pub(crate) fn roles(&self) -> &[String] {
        &self.roles
    }

    /// The visitor that this user is, in the session of a cookie.
    pub(crate) fn principal(&self, id: &str, csrf: String) -> Principal {
        let principal = Principal::new(id, &self.name).with_csrf(csrf);
        self.roles.iter().fold(principal, Principal::with_role)
    }
}

/// Reads the users out of the settings, with their hashes out of secrets where they are there.
pub(crate) fn read(ctx: &Context<Auth>, configs: BTreeMap<String, UserConfig>) -> Result<Users, Error> {
    configs.into_iter().map(|(id, config)| Ok((id.clone(), user(ctx, &id, config)?))).collect()
}

fn user(ctx: &Context<Auth>, id: &str, config: UserConfig) -> Result<User, Error> {
    let refused = |what: String| Error::message(format!("the user `{}` cannot sign in: {what}", id.escape_debug()));
    if id.is_empty() || id.len() > LONGEST_NAME || id.trim() != id || id.chars().any(char::is_control) {
        return Err(refused(format!("a name has 1 to {LONGEST_NAME} bytes, no blank at its ends and no control characters")));
    }
    let hash = match (config.password, config.password_secret) {
        (Some(hash), None) => password::read(&hash)
            .map_err(|problem| refused(format!("{problem}; set `password` to what `keyway-cms hash-password` prints")))?,
        (None, Some(secret)) => {
            let text = ctx.secrets()?.get(&secret).map_err(|error| refused(error.to_string()))?;
            password::read(text.expose()).map_err(|problem| {
                refused(format!("{problem}; the secret `{secret}` must hold what `keyway-cms hash-password` prints"))
            })?
        }
        (None, None) => return Err(refused("there is no password; set `password` or `password-secret`".to_owned())),
        (Some(_), Some(_)) => {
            return Err(refused("`password` and `password-secret` are both set; leave one of them out".to_owned()));
        }
    };
    if password::is_weak(&hash) {
        ctx.log().warn(format_args!(
            "the password of `{id}` is hashed with less work than OWASP recommends; hash it again with `keyway-cms hash-password`"
        ));
    }
    for role in &config.roles {
        if let Some(meant) = ROLES.iter().find(|known| is_misspelt(role, known)) {
            ctx.log().warn(format_args!(
                "the user `{id}` has the role `{}`, and `{meant}` is the one that pages ask for: correct `roles` in \
                 `[plugin.\"site.auth\".users.\"{id}\"]` if it is meant",
                role.escape_debug()
            ));
        }
    }
    Ok(User { name: config.name.unwrap_or_else(|| id.to_owned()), roles: config.roles, hash })
}

/// Whether a role is another one, but for a letter that is wrong, missing or too many, two that are swapped, or capitals.
fn is_misspelt(written: &str, known: &str) -> bool {
    let (folded, known_chars): (Vec<char>, Vec<char>) = (written.to_lowercase().chars().collect(), known.chars().collect());
    let alike = folded.iter().zip(&known_chars).take_while(|(one, other)| one == other).count();
    let (one, other) = (&folded[alike..], &known_chars[alike..]);
    let alike = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[..one.len() - alike], &other[..other.len() - alike]);
    let is_swapped = matches!((one, other), ([a, b], [c, d]) if a == d && b == c);
    written != known && (is_swapped || (one.len() <= 1 && other.len() <= 1))
}

#[cfg(test)]
mod tests {
    use super::is_misspelt;

    #[test]
    fn a_role_is_misspelt_when_little_is_wrong() {
        for written in ["edtor", "editro", "editors", "Editor", "edittor", "editer", "EDTOR"] {
            assert!(is_misspelt(written, "editor"), "{written}");
        }
        for written in ["editor", "auditor", "author", "", "ed", "admin", "creditor"] {
            assert!(!is_misspelt(written, "editor"), "{written}");
        }
    }
}
