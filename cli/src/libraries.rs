//! Libraries of plugins, as a lock wants to know them: whose they are, for which target, and their digests. Nothing of them is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use keyway_manifest::LockedTier;
use keyway_manifest::lock::{Digest, LockEntry, Permissions, PluginSource};
use keyway_manifest::parse::read_bounded;
use keyway_native::{Checksums, read_record_of_any_machine};

use crate::binary;
use crate::failure::{Class, Failure, FileVerb, LIBRARY};

/// A library that was read.
#[derive(Debug)]
pub(crate) struct Library {
    /// The plugin's id.
    pub(crate) id: String,
    /// The file.
    pub(crate) file: PathBuf,
    /// What the library says of its plugin, with its digest; the source is not known.
    pub(crate) entry: LockEntry,
}

/// Reads all libraries in a folder and in the folders below it, as a host looks for them. One may have `most` bytes.
///
/// # Errors
/// The folder cannot be read, has no library, or has one that is none of a plugin.
pub(crate) fn read_folder(folder: &Path, most: u64) -> Result<Vec<Library>, Failure> {
    let mut files = libraries_in(folder)?;
    for below in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        files.extend(libraries_in(&below)?);
    }
    if files.is_empty() {
        let message = format!("there is no library in `{}`", folder.display());
        return Err(Failure::new(Class::File, LIBRARY, message).help(
            "name the folder that the host looks into; `cargo keyway lock --checksums` takes digests without the libraries",
        ));
    }
    files.iter().map(|file| read(file, most)).collect()
}

/// Bytes of a file of checksums at most: about ten thousand libraries.
const LARGEST_CHECKSUMS: usize = 1 << 20;

/// The digests of the plugins' libraries that a file of checksums has, by package. Names that are none of a library of `packages` are left out.
///
/// # Errors
/// The file cannot be read, has a malformed line, or names no library of any of the packages.
pub(crate) fn read_checksums(
    file: &Path,
    packages: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, Digest>, Failure> {
    let read = read_bounded(file, LARGEST_CHECKSUMS);
    let bytes = read.map_err(|error| Failure::file("the checksums", FileVerb::Read, file, &error))?;
    let checksums = Checksums::parse(&bytes).map_err(|refusal| {
        let failure = Failure::new(Class::Verification, LIBRARY, format!("`{}` cannot be used", file.display()));
        Failure { detail: refusal.to_string(), ..failure.help("write the file anew beside the libraries, with `sha256sum`") }
    })?;
    let digest = |package: &str| {
        let stem = package.replace('-', "_");
        let found = [format!("lib{stem}.so"), format!("lib{stem}.dylib"), format!("{stem}.dll")];
        let found = found.iter().find_map(|name| checksums.of(name))?;
        found.to_string().parse().ok()
    };
    let with_digest = |package: String| digest(&package).map(|digest| (package, digest));
    let found: BTreeMap<String, Digest> = packages.into_iter().filter_map(with_digest).collect();
    if found.is_empty() {
        let message = format!("`{}` names no library of a plugin of this host", file.display());
        return Err(Failure::new(Class::Verification, LIBRARY, message)
            .help("libraries are called by their packages, for example `libcms_plugin_feed.so` for `cms-plugin-feed`"));
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: &std::io::Error| Failure::file("the folder of libraries", FileVerb::Read, folder, error);
    let read = fs::read_dir(folder).map_err(|error| failed(&error))?;
    let mut paths =
        read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
    paths.sort();
    Ok(paths)
}

fn libraries_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_library = |path: &PathBuf| path.extension() == Some(OsStr::new("so")) && path.is_file();
    Ok(entries(folder)?.into_iter().filter(is_library).collect())
}

fn read(file: &Path, most: u64) -> Result<Library, Failure> {
    let failed = |error: &std::io::Error| Failure::file("the library", FileVerb::Read, file, error);
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| failed(&error))?;
    opened.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    let refused = |detail: String, help: &str| {
        let failure = Failure::new(Class::Verification, LIBRARY, format!("`{}` is no library of a plugin", file.display()));
        Failure { detail, ..failure.help(help) }
    };
    if bytes.len() as u64 > most {
        let help = "build it without debug information, or raise `file-size` in `[native]` of `host.toml`";
        return Err(refused(format!("it has more than {most} bytes, as many as `[native]` lets a host read"), help));
    }
    let elsewhere = "take it out of the folder, or build it as a library of a plugin";
    let record = read_record_of_any_machine(&bytes).map_err(|error| refused(error.to_string(), elsewhere))?;
    let descriptor = record.descriptor().map_err(|error| refused(error.to_string(), elsewhere))?;
    binary::whole(&bytes).map_err(|why| refused(format!("it {why}"), elsewhere))?;
    let entry = LockEntry {
        version: descriptor.version.to_string(),
        package: record.package().package.clone(),
        source: PluginSource::Library,
        checksum: None,
        tier: LockedTier::Native,
        manifest: Digest::of_manifest(record.manifest()),
        permissions: Permissions::requested(descriptor.permissions),
        artifacts: [(record.build().target.clone(), BTreeSet::from([Digest::sha256(&bytes)]))].into(),
        approval: None,
    };
    Ok(Library { id: descriptor.id.to_string(), file: file.to_owned(), entry })
}
