//! A folder of plugins that only trusted users may change, and the files in it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use keyway_manifest::shown;

use super::copies::Copies;
use super::digest::Digest;
use super::reading::{Besides, Reading};
use super::refusal::{Reason, Refusal, Refusals};
use super::rules::{Facts, FileRules, Kind, Limit, Use, further_names, link_in_folder};
use super::sealed::Sealed;
use super::stamp::Stamp;
use super::walk::walk;
use crate::platform::{self, Handle, Step};

/// A folder in which plugins lie, opened.
///
/// It and each folder above it belong to root, to the user whose rights the host has, or to one that [`FileRules::owners`] names, and
/// nobody else may write to them. Files are looked up through the opened folder, so renaming it or a folder above it changes nothing.
///
/// ```no_run
/// use keyway_native::{FileRules, Folder};
///
/// let folder = Folder::open("extensions".as_ref(), FileRules::default())?;
/// let library = folder.seal("libsite_sitemap.so".as_ref())?;
/// println!("{} has the digest {}", keyway_manifest::shown(library.origin()), library.digest());
/// # Ok::<(), keyway_native::Refusals>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    handle: Handle,
    rules: Arc<FileRules>,
    copies: Option<Arc<Copies>>,
}

/// What an entry of a [`Folder`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link: never followed.
    Link,
    /// A pipe, a socket or a device: never read.
    Other,
}

/// A file read into memory as a whole, with the digest of the very bytes.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The file's content.
    pub bytes: Vec<u8>,
    /// The digest of `bytes`.
    pub digest: Digest,
    /// Where the file lay.
    pub origin: PathBuf,
}

impl Folder {
    /// Opens a folder and checks it and each folder above it. Symbolic links on the way are followed if nobody else can change them.
    ///
    /// # Errors
    /// KW0720 when it cannot be opened, KW0721 for a link that others can change, KW0722 when it is no folder, KW0724 and KW0725 when other users may write
    /// to one of the folders or own it. Everything that is wrong on the way is told at once.
    pub fn open(path: &Path, rules: FileRules) -> Result<Self, Refusals> {
        let (path, handle) = walk(path, &rules)?;
        Ok(Self { path, handle, rules: Arc::new(rules), copies: None })
    }

    /// Neither reads nor hashes a library again while one of these copies is of the unchanged file, here and in the folders in it.
    #[must_use]
    pub fn sharing(self, copies: &Arc<Copies>) -> Self {
        Self { copies: Some(Arc::clone(copies)), ..self }
    }

    /// Opens a folder in this one.
    ///
    /// # Errors
    /// As [`open`](Self::open); any link is KW0721.
    pub fn subfolder(&self, name: &OsStr) -> Result<Self, Refusals> {
        let path = self.path_of(name)?;
        match platform::step(&self.handle, name).map_err(|problem| unreadable(&path, &problem))? {
            Step::Folder(handle, facts) => {
                let found = self.rules.folder_problems(&path, &facts, Use::Read);
                let (rules, copies) = (Arc::clone(&self.rules), self.copies.clone());
                Refusals::unless_any(found, Self { path, handle, rules, copies })
            }
            Step::Link(..) => Err(link_in_folder(&path).into()),
            Step::Other(_) => {
                let help = "name a folder";
                Err(Refusal::new(Reason::NotAFile, format!("`{}` is not a folder", shown(&path)), help).into())
            }
        }
    }

    /// Where it is, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names in it and what they stand for, sorted by name. What vanishes meanwhile is left out.
    ///
    /// # Errors
    /// KW0720 when the folder cannot be read.
    pub fn entries(&self) -> Result<Vec<(OsString, EntryKind)>, Refusals> {
        let names = platform::names(&self.handle).map_err(|problem| unreadable(&self.path, &problem))?;
        let kind = |name: &OsStr| match platform::facts(&self.handle, name).ok()?.kind {
            Kind::File => Some(EntryKind::File),
            Kind::Folder => Some(EntryKind::Folder),
            Kind::Link => Some(EntryKind::Link),
            Kind::Pipe | Kind::Socket | Kind::Device => Some(EntryKind::Other),
        };
        Ok(names.into_iter().filter_map(|name| kind(&name).map(|kind| (name, kind))).collect())
    }

    /// Reads a library once into a copy that nobody can change, and computes its digest on the way.
    ///
    /// When a signature lies beside it, `NAME.minisig`, the hash that signatures are over is computed from the same reading. The hashes of a large
    /// library are computed by threads of their own, which end with this call.
    ///
    /// # Errors
    /// KW0720 to KW0725 for a file that is not to be used, KW0727 when no sealed copy can be made or the file changed meanwhile.
    pub fn seal(&self, name: &OsStr) -> Result<Sealed, Refusals> {
        match &self.copies {
            Some(copies) => copies.seal(self, name),
            None => self.seal_stamped(name).map(|(_, sealed)| sealed),
        }
    }

    /// The same, with the stamp that the file had while it was read.
    pub(super) fn seal_stamped(&self, name: &OsStr) -> Result<(Stamp, Sealed), Refusals> {
        let path = self.path_of(name)?;
        let (mut file, facts) = self.open_file(name, &path, self.rules.limit())?;
        let notes = further_names(&path, &facts).into_iter().collect();
        let is_signed = platform::facts(&self.handle, &signature_of(name)).is_ok();
        let besides = if is_signed { Besides::Signed } else { Besides::Nothing };
        let reading = Reading { origin: &path, limit: self.rules.limit(), expected: facts.stamp.len, besides };
        let sealed = Sealed::read(&reading, &mut file, notes)?;
        unchanged(&file, &facts, &path)?;
        Ok((facts.stamp, sealed))
    }

    /// Reads a file of at most `largest` bytes into memory, for example plugin.toml; `None` when there is none of that name.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn read(&self, name: &OsStr, largest: u64) -> Result<Option<Whole>, Refusals> {
        let path = self.path_of(name)?;
        let limit = Limit { bytes: largest, set_by: None };
        let (file, facts) = match self.open_file(name, &path, limit) {
            Ok(opened) => opened,
            Err(Opening::Missing(_)) => return Ok(None),
            Err(refused) => return Err(refused.into()),
        };
        let mut bytes = Vec::new();
        // One byte more than allowed tells that the file has grown.
        (&file).take(largest.saturating_add(1)).read_to_end(&mut bytes).map_err(|problem| unreadable(&path, &problem))?;
        if bytes.len() as u64 > largest {
            return Err(limit.exceeded(&path, bytes.len() as u64).into());
        }
        unchanged(&file, &facts, &path)?;
        Ok(Some(Whole { digest: Digest::of(&bytes), bytes, origin: path }))
    }

    /// What the system says of a file's content, without reading it. The file is checked as [`seal`](Self::seal) would.
    ///
    /// # Errors
    /// KW0720 to KW0725.
    pub fn stamp(&self, name: &OsStr) -> Result<Stamp, Refusals> {
        self.look(name).map(|seen| seen.stamp)
    }

    /// What there is to know of a library without reading it, which is checked as [`seal`](Self::seal) would.
    pub(super) fn look(&self, name: &OsStr) -> Result<Look, Refusals> {
        let path = self.path_of(name)?;
        let facts = platform::facts(&self.handle, name).map_err(|problem| unreadable(&path, &problem))?;
        let found = self.rules.file_problems(&path, &facts, self.rules.limit());
        let notes = further_names(&path, &facts).into_iter().collect();
        Refusals::unless_any(found, Look { stamp: facts.stamp, path, notes })
    }

    /// The digest of a file, read for this alone: no copy is made, and nothing may be loaded on the strength of it.
    pub(super) fn digest(&self, name: &OsStr) -> Result<(Stamp, Digest), Refusals> {
        let path = self.path_of(name)?;
        let (mut file, facts) = self.open_file(name, &path, self.rules.limit())?;
        // Nobody waits for it, so it does not take several processors.
        let reading = Reading { origin: &path, limit: self.rules.limit(), expected: 0, besides: Besides::Nothing };
        let content = reading.read(&mut file, &mut io::sink())?;
        unchanged(&file, &facts, &path)?;
        Ok((facts.stamp, content.digest))
    }

    fn path_of(&self, name: &OsStr) -> Result<PathBuf, Refusal> {
        let mut parts = Path::new(name).components();
        if matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name) {
            return Ok(self.path.join(name));
        }
        let message = format!("`{}` is not the name of a file in `{}`", shown(name.as_ref()), shown(&self.path));
        Err(Refusal::new(Reason::Unreadable, message, "give a name without `/` and other than `.` and `..`"))
    }

    fn open_file(&self, name: &OsStr, path: &Path, limit: Limit) -> Result<(File, Facts), Opening> {
        self.open_file_after(name, path, limit, || {})
    }

    /// Opens a file; what is to happen between the look at it and its opening is for tests to say.
    fn open_file_after(&self, name: &OsStr, path: &Path, limit: Limit, looked: impl FnOnce()) -> Result<(File, Facts), Opening> {
        let problem_of = |problem: io::Error| match problem.kind() {
            io::ErrorKind::NotFound => Opening::Missing(unreadable(path, &problem)),
            _ => Opening::Refused(unreadable(path, &problem).into()),
        };
        let check = |facts: &Facts| {
            let found = self.rules.file_problems(path, facts, limit);
            Refusals::unless_any(found, ()).map_err(Opening::Refused)
        };
        // Looked at before it is opened, because opening may have effects on a device; and again what was opened, which alone counts.
        check(&platform::facts(&self.handle, name).map_err(problem_of)?)?;
        looked();
        let (file, facts) = platform::open(&self.handle, name).map_err(problem_of)?;
        check(&facts)?;
        Ok((file, facts))
    }
}

/// A library that was looked at and not read.
pub(super) struct Look {
    pub(super) stamp: Stamp,
    pub(super) path: PathBuf,
    pub(super) notes: Vec<Refusal>,
}

/// Why a file was not opened.
enum Opening {
    Missing(Refusal),
    Refused(Refusals),
}

impl From<Opening> for Refusals {
    fn from(opening: Opening) -> Self {
        match opening {
            Opening::Missing(refusal) => refusal.into(),
            Opening::Refused(refusals) => refusals,
        }
    }
}

/// Fails when a file is not what it was when it was opened: its bytes may be half of one version and half of another.
fn unchanged(file: &File, before: &Facts, path: &Path) -> Result<(), Refusal> {
    let after = platform::stamp(file).map_err(|problem| unreadable(path, &problem))?;
    if after == before.stamp {
        return Ok(());
    }
    let help = "try again; a new version is written beside the old one, and renamed into place when it is whole";
    Err(Refusal::new(Reason::NotSealed, format!("`{}` changed while it was read", shown(path)), help))
}

/// The name of the file in which the signature of a library lies beside it.
pub(crate) fn signature_of(library: &OsStr) -> OsString {
    let mut name = library.to_owned();
    name.push(".minisig");
    name
}

pub(super) fn unreadable(path: &Path, problem: &io::Error) -> Refusal {
    let help = match problem.kind() {
        io::ErrorKind::NotFound => "put the file there, or name another one",
        io::ErrorKind::PermissionDenied => "let the user as whom the host runs read it",
        _ => "see to what the system says",
    };
    Refusal::new(Reason::Unreadable, format!("`{}` cannot be read: {problem}", shown(path)), help)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::{Folder, Reason, Refusals};
    use crate::file::FileRules;
    use crate::file::rules::Limit;

    /// Why a file is refused that passes the look at it and is exchanged before it is opened.
    fn exchanged(name: &str, exchange: impl FnOnce(&Path)) -> Vec<Reason> {
        let path = std::env::temp_dir().join(format!("keyway-exchanged-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        let write = |name: &str, mode: u32| {
            fs::write(path.join(name), "library").expect("a file can be written");
            fs::set_permissions(path.join(name), Permissions::from_mode(mode)).expect("the mode can be set");
        };
        fs::create_dir(&path).expect("a folder can be made");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("the mode can be set");
        write("plugin.so", 0o644);
        write("open", 0o666);
        let folder = Folder::open(&path, FileRules::default()).expect("it is fit for plugins");
        let opened = folder.open_file_after("plugin.so".as_ref(), &path, Limit { bytes: 100, set_by: None }, || exchange(&path));
        let reasons =
            opened.err().map_or_else(Vec::new, |refused| Refusals::from(refused).iter().map(|told| told.reason()).collect());
        fs::remove_dir_all(&path).expect("it is ours");
        reasons
    }

    #[test]
    fn what_is_opened_counts_and_not_what_was_looked_at() {
        assert_eq!(exchanged("nothing", |_| {}), []);
        let open = |folder: &Path| fs::rename(folder.join("open"), folder.join("plugin.so")).expect("it can be renamed");
        assert_eq!(exchanged("open", open), [Reason::Writable]);
        let link = |folder: &Path| {
            fs::remove_file(folder.join("plugin.so")).expect("it is there");
            symlink("/etc/hostname", folder.join("plugin.so")).expect("a link can be made");
        };
        assert_eq!(exchanged("link", link), [Reason::Unreadable]);
        let pipe = |folder: &Path| {
            use rustix::fs::{CWD, FileType, Mode, mknodat};
            fs::remove_file(folder.join("plugin.so")).expect("it is there");
            mknodat(CWD, folder.join("plugin.so"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("a pipe can be made");
        };
        assert_eq!(exchanged("pipe", pipe), [Reason::NotAFile], "and nobody waits for a writer");
        assert_eq!(
            exchanged("gone", |folder| fs::remove_file(folder.join("plugin.so")).expect("it is there")),
            [Reason::Unreadable]
        );
    }
}
