//! Secrets within a grant of `secrets.read`: files of a folder, and environment variables.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyway_manifest::{shell_word, shown};
use zeroize::Zeroizing;

use super::{Grants, World};
use crate::capability::{Secret, SecretError, SecretSource, SecretText};

/// The beginning of the environment variables that hold secrets.
const PREFIX: &str = "KEYWAY_SECRET_";
/// A secret is no larger than this, in bytes.
const LARGEST: u64 = 64 << 10;

/// Where the secrets of a host are.
#[derive(Debug, Default, Clone)]
pub(in crate::host) struct SecretStore {
    /// A folder with a file for each.
    pub(in crate::host) folder: Option<PathBuf>,
    /// Whether environment variables are looked at too.
    pub(in crate::host) environment: bool,
    /// Names and values that a test made up.
    pub(in crate::host) made_up: BTreeMap<String, String>,
}

/// A text that is overwritten when it is dropped.
struct Kept(Zeroizing<String>);

impl SecretText for Kept {
    fn expose(&self) -> &str {
        &self.0
    }
}

/// The secrets that one plugin may read.
pub(super) struct ScopedSecrets {
    grants: Arc<Grants>,
    world: Arc<World>,
}

impl ScopedSecrets {
    pub(super) const fn new(grants: Arc<Grants>, world: Arc<World>) -> Self {
        Self { grants, world }
    }
}

impl SecretSource for ScopedSecrets {
    fn get(&self, name: &str) -> Result<Secret, SecretError> {
        self.grants.check("secrets.read", name).map_err(SecretError::Denied)?;
        let unusable = |reason: String| SecretError::Unusable { name: name.to_owned(), reason };
        if !is_plain(name) {
            let reason =
                "a name holds letters, digits, `-`, `_` and `.`, begins with none of `.` and `-`, and has at most 128 characters";
            return Err(unusable(reason.to_owned()));
        }
        let SecretStore { folder, environment, made_up } = &self.world.secrets;
        if let Some(value) = made_up.get(name) {
            return Ok(keep(Zeroizing::new(value.clone())));
        }
        let mut looked = Vec::new();
        if let Some(folder) = folder {
            let path = folder.join(name);
            match read(&path) {
                Ok(Some(text)) => return Ok(keep(text)),
                Ok(None) => looked.push(format!("`{}` does not exist", shown(&path))),
                Err(reason) => return Err(unusable(reason)),
            }
        }
        if *environment {
            let variable = variable(name);
            let set = self
                .world
                .variables
                .get(&variable)
                .cloned()
                .map(Ok)
                .or_else(|| std::env::var_os(&variable).map(|value| value.into_string()));
            match set {
                Some(Ok(value)) => return Ok(keep(Zeroizing::new(value))),
                Some(Err(_)) => return Err(unusable(format!("the environment variable `{variable}` holds no Unicode text"))),
                None => looked.push(format!("`{variable}` is not set")),
            }
        }
        let looked = if looked.is_empty() {
            "name a folder with `folder` in `[host.secrets]` of the configuration".to_owned()
        } else {
            looked.join(", and ")
        };
        Err(SecretError::Missing { name: name.to_owned(), looked })
    }
}

fn keep(text: Zeroizing<String>) -> Secret {
    Secret::new(Arc::new(Kept(text)))
}

/// Whether a name is a plain file name everywhere; a grant of `*` covers `../key` as well.
fn is_plain(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=128).contains(&name.len()) && !name.starts_with(['.', '-']) && name.bytes().all(is_allowed)
}

/// The environment variable of a secret: `mail-password` is `KEYWAY_SECRET_MAIL_PASSWORD`.
fn variable(name: &str) -> String {
    let upper =
        name.chars().map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' });
    PREFIX.chars().chain(upper).collect()
}

/// The text of a file without the line break at its end; `None` when there is no file.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>, String> {
    let shown = shown(path);
    let failed = |error: io::Error| format!("the file `{shown}` cannot be read: {error}");
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    // Of the open file, so that it cannot be exchanged between the look and the reading.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(format!("`{shown}` is no file"));
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let mend =
                shell_word(path).map_or_else(|| "take their rights away".to_owned(), |path| format!("run `chmod 600 {path}`"));
            return Err(format!("the file `{shown}` is open to other users (mode {mode:o}); {mend}"));
        }
    }
    if metadata.len() > LARGEST {
        return Err(format!("the file `{shown}` is larger than {} KiB", LARGEST >> 10));
    }
    // One buffer that never grows: a buffer that moved would leave a copy behind. A file that grows meanwhile is cut and refused.
    let mut bytes = Zeroizing::new(vec![0; usize::try_from(LARGEST).unwrap_or(usize::MAX) + 1]);
    let mut length = 0;
    while length < bytes.len() {
        match (&file).read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    if length == bytes.len() {
        return Err(format!("the file `{shown}` is larger than {} KiB", LARGEST >> 10));
    }
    let text = std::str::from_utf8(&bytes[..length]).map_err(|_| format!("the file `{shown}` is no UTF-8 text"))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(Some(Zeroizing::new(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_lead_elsewhere_are_refused() {
        for name in ["mail-password", "a", "API.key_2"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "-x", "a/b", "../a", "a\\b", "a\0", "ä", "C:x", &"x".repeat(129)] {
            assert!(!is_plain(name), "{name}");
        }
        assert_eq!(variable("mail-password.v2"), "KEYWAY_SECRET_MAIL_PASSWORD_V2");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_told_in_one_line() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("keyway-secrets-{}\nKW0000", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("key");
        std::fs::write(&file, "x").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let told = [read(&folder).unwrap_err(), read(&file).unwrap_err()];
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(told[0].ends_with("\\nKW0000` is no file"), "{told:?}");
        assert!(told[1].ends_with("\\nKW0000/key` is open to other users (mode 644); take their rights away"), "{told:?}");
    }
}
