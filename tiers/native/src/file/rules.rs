//! Which files and folders may hold plugins: what they are, whose they are, and who may write to them.

use std::path::Path;

use keyway_manifest::{shell_word, shown};

use super::refusal::{Reason, Refusal};
use super::stamp::Stamp;

/// What is asked of each file, and of each folder on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRules {
    /// Bytes that a library may have at most; 256 MiB unless set.
    pub largest: u64,
    /// What sets [`largest`](Self::largest), as the help about a library that is larger names it; "the host's limit" unless set.
    pub largest_is: &'static str,
    /// Ids of users whose files are taken, besides root's and those of the user whose rights the host runs with; none unless set. For
    /// example the user who installs plugins, when the host runs as another one.
    pub owners: Vec<u32>,
}

impl Default for FileRules {
    fn default() -> Self {
        Self { largest: 256 << 20, largest_is: "the host's limit", owners: Vec::new() }
    }
}

/// What a name in a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "what the standard library tells apart depends on the system"))]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    Pipe,
    Socket,
    Device,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        }
    }
}

/// What the system says of a file or folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// Who may use it; `None` where the system has no such thing.
    pub(crate) access: Option<Access>,
    /// How many names it has.
    pub(crate) names: u64,
    pub(crate) stamp: Stamp,
}

/// The mode and the owner, as Unix has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) mode: u32,
    pub(crate) owner: u32,
}

impl Access {
    const GROUP_WRITES: u32 = 0o020;
    const ALL_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;

    /// Whether others than the owner may write. An access-control list shows in the group's bits, so it is covered.
    const fn others_write(self) -> bool {
        self.mode & (Self::GROUP_WRITES | Self::ALL_WRITE) != 0
    }

    const fn is_sticky(self) -> bool {
        self.mode & Self::STICKY != 0
    }

    const fn writers(self) -> &'static str {
        if self.mode & Self::ALL_WRITE != 0 { "every user" } else { "its group" }
    }

    const fn to_take_away(self) -> &'static str {
        match (self.mode & Self::GROUP_WRITES != 0, self.mode & Self::ALL_WRITE != 0) {
            (true, true) => "go-w",
            (true, false) => "g-w",
            _ => "o-w",
        }
    }
}

/// How a folder is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is on the way to the folder.
    Passed,
    /// Files are taken from it.
    Read,
}

impl FileRules {
    /// How large a library may be.
    pub(crate) const fn limit(&self) -> Limit {
        Limit { bytes: self.largest, set_by: Some(self.largest_is) }
    }

    pub(crate) fn trusts(&self, owner: u32) -> bool {
        owner == 0 || crate::platform::this_user() == Some(owner) || self.owners.contains(&owner)
    }

    /// What is wrong with a file that is about to be read: everything at once.
    pub(crate) fn file_problems(&self, path: &Path, facts: &Facts, limit: Limit) -> Vec<Refusal> {
        if facts.kind == Kind::Link {
            return vec![link_in_folder(path)];
        }
        if facts.kind != Kind::File {
            let help = "put a regular file there; pipes, sockets and devices are never read";
            return vec![Refusal::new(
                Reason::NotAFile,
                format!("`{}` is {}, not a file", shown(path), facts.kind.as_str()),
                help,
            )];
        }
        let mut found = self.owner_problem(path, facts).into_iter().collect::<Vec<_>>();
        if let Some(access) = facts.access.filter(|access| access.others_write()) {
            found.push(writable(path, access));
        }
        if facts.stamp.len > limit.bytes {
            found.push(limit.exceeded(path, facts.stamp.len));
        }
        found
    }

    /// What is wrong with a folder.
    ///
    /// A folder that everybody may write to is passed when it is sticky, as `/tmp` is: nobody but the owner can take away or rename an
    /// entry there, and the entry that leads on is asked for its owner in its turn. Files are never taken from such a folder itself.
    pub(crate) fn folder_problems(&self, path: &Path, facts: &Facts, used: Use) -> Vec<Refusal> {
        let mut found = self.owner_problem(path, facts).into_iter().collect::<Vec<_>>();
        if let Some(access) = facts.access.filter(|access| access.others_write()) {
            match (access.is_sticky(), used) {
                (true, Use::Passed) => {}
                (true, Use::Read) => found.push(Refusal::new(
                    Reason::Writable,
                    format!("`{}` is a folder in which every user may put files", shown(path)),
                    "make a folder of its own for plugins, for example below it: `mkdir -m 755 <folder>`",
                )),
                (false, _) => found.push(writable(path, access)),
            }
        }
        found
    }

    /// What is wrong with a link on the way to the folder, which stands in a folder with these facts.
    pub(crate) fn link_problem(&self, path: &Path, link: &Facts, parent: &Facts) -> Option<Refusal> {
        if parent.access.is_some_and(|access| access.others_write()) {
            // Whoever may write there can give a link of another user a second name.
            let help = "name the folder that it leads to";
            let message = format!("`{}` is a symbolic link in a folder in which every user may put links", shown(path));
            return Some(Refusal::new(Reason::Link, message, help));
        }
        self.owner_problem(path, link)
    }

    fn owner_problem(&self, path: &Path, facts: &Facts) -> Option<Refusal> {
        let owner = facts.access?.owner;
        (!self.trusts(owner)).then(|| {
            let user = crate::platform::this_user().unwrap_or(0);
            Refusal::new(
                Reason::ForeignOwner,
                format!("`{}` belongs to user {owner}, and the host runs as user {user}", shown(path)),
                format!(
                    "{}; that the program takes plugins of user {owner} is for its developer to say, `native_owner({owner})` of `HostBuilder`",
                    shell_command("chown root", path)
                ),
            )
        })
    }
}

/// What is said of a file with further names: whoever may write to it through one of them is told by its owner and mode, which are the
/// file's and not the name's, so it is a note.
pub(crate) fn further_names(path: &Path, facts: &Facts) -> Option<Refusal> {
    (facts.names > 1).then(|| {
        Refusal::new(
            Reason::FurtherNames,
            format!("`{}` has {} names (hard links)", shown(path), facts.names),
            "install plugins as copies: what is written through another name changes this file too",
        )
    })
}

pub(crate) fn link_in_folder(path: &Path) -> Refusal {
    Refusal::new(
        Reason::Link,
        format!("`{}` is a symbolic link", shown(path)),
        "put the file or folder itself there: links inside a folder of plugins are not followed",
    )
}

/// How many bytes a file may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) bytes: u64,
    /// What sets it for a library; `None` for a file beside one, whose limit is fixed.
    pub(crate) set_by: Option<&'static str>,
}

impl Limit {
    pub(crate) fn exceeded(self, path: &Path, len: u64) -> Refusal {
        let message = format!("`{}` has {len} bytes, and {} are the limit", shown(path), self.bytes);
        let help = match self.set_by {
            Some(setting) => format!("strip the library (`strip = true` in the release profile), or raise {setting}"),
            None => "put the right file there: none of this name is as large".to_owned(),
        };
        Refusal::new(Reason::TooLarge, message, help)
    }
}

fn writable(path: &Path, access: Access) -> Refusal {
    Refusal::new(
        Reason::Writable,
        format!("`{}` may be written by {} (mode {:04o})", shown(path), access.writers(), access.mode & 0o7777),
        shell_command(&format!("chmod {}", access.to_take_away()), path),
    )
}

/// A command about a file as texts show it, to be copied into a shell: `` `chmod go-w '/srv/a b'` ``. Of a file whose name no text can show as it
/// is, it says to rename it first.
#[must_use]
pub fn shell_command(words: &str, path: &Path) -> String {
    match shell_word(path) {
        Some(argument) => format!("`{words} {argument}`"),
        None => format!("rename it, because its name cannot be written in a shell as it is shown, and then `{words}` it"),
    }
}
