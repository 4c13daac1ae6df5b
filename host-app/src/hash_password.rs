//! `keyway-cms hash-password`: from a password that somebody types to what stands in the configuration.

use crate::{ConfigFile, Failure};

/// Characters that a password must have.
#[cfg(feature = "auth")]
const SHORTEST: usize = 8;

/// Reads a password and gives its hash, with a line break: from a terminal without showing it, else the first line of stdin.
///
/// How much work the hash is stands under `[plugin."site.auth".hashing]` of the configuration file.
///
/// # Errors
/// When there is no password, it has fewer than 8 characters, two that were typed differ, and in a program without the plugin
/// `site.auth`.
#[cfg(feature = "auth")]
pub fn hash_password(file: &ConfigFile) -> Result<String, Failure> {
    use cms_plugin_auth::{HashError, Hashing};

    let settings = file.plugin.get("site.auth").and_then(|plugin| plugin.get("hashing"));
    let hashing = match settings {
        Some(settings) => settings.clone().try_into().map_err(|error| {
            Failure::usage(format!("`[plugin.\"site.auth\".hashing]` is wrong: {error}"))
                .help("its keys are `memory-kib`, `passes` and `lanes`; leave the table out for what OWASP recommends")
        })?,
        None => Hashing::default(),
    };
    let password = read()?;
    if (1..SHORTEST).contains(&password.chars().count()) {
        return Err(Failure::usage(format!("the password has fewer than {SHORTEST} characters")).help(
            "take 15 or more, for example some words that belong together for nobody but you; NIST SP 800-63B takes none below 8",
        ));
    }
    let hash = hashing.hash(&password).map_err(|error| match error {
        HashError::Length(_) => {
            Failure::usage(error.to_string()).help("type it, or send it as one line: `keyway-cms hash-password < file`")
        }
        _ => Failure::usage(error.to_string()),
    })?;
    Ok(format!("{hash}\n"))
}

#[cfg(feature = "auth")]
fn read() -> Result<String, Failure> {
    use std::io::{self, BufRead, IsTerminal, Read};

    let failed = |error: io::Error| Failure::new(format!("the password cannot be read: {error}"));
    if io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").map_err(failed)?;
        if rpassword::prompt_password("Again: ").map_err(failed)? != password {
            return Err(Failure::usage("the two passwords differ").help("run it again and type the same one twice"));
        }
        return Ok(password);
    }
    let mut line = String::new();
    io::stdin().lock().take(64 * 1024).read_line(&mut line).map_err(failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Tells that this program has nobody who could sign in.
///
/// # Errors
/// Always: the plugin `site.auth` is not in this program.
#[cfg(not(feature = "auth"))]
pub fn hash_password(_: &ConfigFile) -> Result<String, Failure> {
    Err(Failure::usage("this program has no plugin that passwords are for").help("build it with `--features auth`"))
}
