//! Signs a library of a plugin: what the signature says is read from the library itself.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use keyway_native::{Digest, SecretKey, Statement, read_record_of_any_machine};

use super::refused;
use crate::binary;
use crate::failure::{Class, Failure, FileVerb, LIBRARY};

/// A library that was signed.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The file of the signature.
    pub(crate) file: PathBuf,
    /// The plugin's id, as the library says it.
    pub(crate) id: String,
    /// Its version.
    pub(crate) version: String,
    /// The target that the library is for.
    pub(crate) target: String,
    /// The library's SHA-256.
    pub(crate) digest: Digest,
}

/// Signs a library, for its id, version, target and content, and writes the signature beside it: `<name>.minisig`. One that is there is
/// replaced, whole or not at all.
///
/// # Errors
/// The library cannot be read or is none of a plugin, or the signature cannot be written.
pub(crate) fn sign(library: &Path, key: &SecretKey) -> Result<Signed, Failure> {
    let bytes = binary::read("the library", library)?;
    let no_library = |detail: String| {
        let message = format!("`{}` is no library of a plugin", library.display());
        let failure = Failure::new(Class::Verification, LIBRARY, message);
        Failure { detail, ..failure.help("name the library of a plugin; what it says of itself is what is signed") }
    };
    let record = read_record_of_any_machine(&bytes).map_err(|error| no_library(error.to_string()))?;
    let descriptor = record.descriptor().map_err(|error| no_library(error.to_string()))?;
    binary::whole(&bytes).map_err(|why| no_library(format!("it {why}")))?;
    let (id, version) = (descriptor.id.to_string(), descriptor.version.to_string());
    let target = record.build().target.clone();
    let digest = Digest::of(&bytes);
    let statement = Statement::new(&id, &version, &target, digest).to_string();
    let signature = key.sign(&mut bytes.as_slice(), &statement).map_err(|refusal| refused(&refusal))?;
    // What would not verify is not to be given away.
    key.public_key().and_then(|public| public.verify(&mut bytes.as_slice(), &signature)).map_err(|refusal| refused(&refusal))?;
    let mut name = library.file_name().unwrap_or_default().to_owned();
    name.push(".minisig");
    let file = library.with_file_name(name);
    write(&file, &signature.to_string()).map_err(|error| Failure::file("the signature", FileVerb::Written, &file, &error))?;
    Ok(Signed { file, id, version, target, digest })
}

/// Writes a file beside the place that it then takes.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = File::create_new(&beside).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, file)
    });
    if written.is_err() {
        // It may not even exist.
        let _ = fs::remove_file(&beside);
    }
    written
}
