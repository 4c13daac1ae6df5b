//! Files of secret keys.

use std::fs;
use std::path::Path;

use keyway_native::SecretKey;
use zeroize::Zeroizing;

use super::password::PasswordArguments;
use super::{refused, refused_of, warn_of_open};
use crate::failure::{Failure, FileVerb};
use crate::session::Session;

/// Reads a secret key; `password` is asked for when it has one.
///
/// # Errors
/// The file cannot be read, is none of a key, or the password is wrong.
pub(crate) fn read(file: &Path, password: &PasswordArguments, session: &Session) -> Result<SecretKey, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::file("the secret key", FileVerb::Read, file, &error))?;
    let text = Zeroizing::new(text);
    if !SecretKey::has_password(&text) {
        let key = SecretKey::parse(&text).map_err(|refusal| refused_of(file, &refusal))?;
        warn_of_open("the secret key", file, session);
        return Ok(key);
    }
    warn_of_open("the secret key", file, session);
    let password = password.known(session)?;
    session.progress("trying the password, which takes some seconds on purpose");
    SecretKey::parse_with_password(&text, &password).map_err(|refusal| refused_of(file, &refusal))
}

/// Makes a secret key and keeps it in a new file for its owner alone, hidden by a password if there is one.
///
/// # Errors
/// The file is there already or cannot be written, or the system gives no random numbers.
pub(crate) fn made(file: &Path, password: Option<&str>, session: &Session) -> Result<SecretKey, Failure> {
    let key = SecretKey::generate().map_err(|refusal| refused(&refusal))?;
    let saved = match password {
        Some(password) => {
            session.progress("hiding the key behind the password, which takes some seconds on purpose");
            key.save_with_password(file, password)
        }
        None => key.save(file),
    };
    saved.map_err(|refusal| refused(&refusal))?;
    Ok(key)
}
