//! Where the password of a secret key comes from: a person at a terminal, or a file. It is never an argument, which others could read.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::warn_of_open;
use crate::failure::{Class, Failure, FileVerb, NO_PASSWORD};
use crate::session::Session;

/// How the password is given.
#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArguments {
    /// Reads the password of the secret key from a file, whose first line it is; without it, a person at the terminal is asked.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArguments {
    /// The password of a key that exists.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or nobody can be asked.
    pub(crate) fn known(&self, session: &Session) -> Result<Zeroizing<String>, Failure> {
        match self.in_file(session)? {
            Some(password) => Ok(password),
            None => prompt("Password of the secret key: ", "give it with `--password-file FILE`, or run this at a terminal"),
        }
    }

    /// The password of a key that is to be made; at a terminal it is asked for twice.
    ///
    /// # Errors
    /// As [`known`](Self::known), and when the two differ.
    pub(crate) fn chosen(&self, session: &Session) -> Result<Zeroizing<String>, Failure> {
        if let Some(password) = self.in_file(session)? {
            return Ok(password);
        }
        let help = "give one with `--password-file FILE`, run this at a terminal, or say `--no-password`";
        let password = prompt("Password for the secret key: ", help)?;
        if password.is_empty() {
            return Err(Failure::new(Class::Arguments, NO_PASSWORD, "the password is empty").help(help));
        }
        if prompt("The same again: ", help)? != password {
            let failure = Failure::new(Class::Arguments, NO_PASSWORD, "the two passwords differ");
            return Err(failure.help("run this again, and type the same one twice"));
        }
        Ok(password)
    }

    fn in_file(&self, session: &Session) -> Result<Option<Zeroizing<String>>, Failure> {
        let Some(file) = &self.password_file else { return Ok(None) };
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::file("the file with the password", FileVerb::Read, file, &error))?;
        let text = Zeroizing::new(text);
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() {
            let message = format!("the first line of `{}` is empty, and the password is to stand there", file.display());
            return Err(Failure::new(Class::File, NO_PASSWORD, message).help("write the password into the file, in one line"));
        }
        warn_of_open("the file with the password", file, session);
        Ok(Some(Zeroizing::new(line.to_owned())))
    }
}

/// Asks a person, without showing what is typed.
fn prompt(question: &str, help: &str) -> Result<Zeroizing<String>, Failure> {
    if !io::stdin().is_terminal() {
        let message = "a password is needed, and there is nobody at a terminal to ask";
        return Err(Failure::new(Class::Arguments, NO_PASSWORD, message).help(help));
    }
    let password = rpassword::prompt_password(question);
    password.map(Zeroizing::new).map_err(|error| Failure::file("the password", FileVerb::Read, "the terminal".as_ref(), &error))
}
