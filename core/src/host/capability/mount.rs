//! The folders that a host has mounted for the files capability, each opened once so that no path can lead out of it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use keyway_manifest::{shown, shown_text};

use crate::host::failure::Problem;

/// The mounted folders by name.
#[derive(Debug, Default)]
pub(in crate::host) struct Mounts(BTreeMap<String, Dir>);

impl Mounts {
    /// Opens the folders. Each mistake becomes a problem.
    pub(in crate::host) fn open(folders: &[(String, PathBuf)], problems: &mut Vec<Problem>) -> Self {
        let mut mounts = BTreeMap::new();
        for (name, folder) in folders {
            if name.is_empty()
                || name.contains(['/', '\\', ':', '*'])
                || name.contains(char::is_control)
                || name == "."
                || name == ".."
            {
                let message = format!("`{}` cannot name a mounted folder", shown_text(name));
                problems.push(Problem::new(
                    "KW0616",
                    message,
                    "use a plain name such as `content`: the first segment of the paths of plugins",
                ));
                continue;
            }
            match Dir::open_ambient_dir(folder, ambient_authority()) {
                Ok(dir) => {
                    if mounts.insert(name.clone(), dir).is_some() {
                        let message = format!("`{name}` is mounted twice, the second time on `{}`", shown(folder));
                        problems.push(Problem::new("KW0616", message, "mount each name once"));
                    }
                }
                Err(error) => {
                    let message = format!("the folder `{}` cannot be mounted as `{name}`: {error}", shown(folder));
                    problems.push(Problem::new("KW0616", message, "create the folder, or correct the path given to `mount`"));
                }
            }
        }
        Self(mounts)
    }

    /// The folder mounted under a name.
    pub(super) fn get(&self, name: &str) -> io::Result<&Dir> {
        self.0.get(name).ok_or_else(|| {
            let name = shown_text(name);
            let names: Vec<_> = self.0.keys().map(|name| format!("`{name}`")).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!(
                "the host has mounted no folder `{name}` (mounted: {names}); correct the path, or add `.mount(\"{name}\", \"path/of/the/folder\")` to `Host::builder`"
            );
            io::Error::new(io::ErrorKind::NotFound, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders_are_told_in_one_line_each() {
        let mut problems = Vec::new();
        let folders = [("content", "/no/such\nKW0000 all is well"), ("a\nb", "/")];
        let mounts = Mounts::open(&folders.map(|(name, folder)| (name.to_owned(), folder.into())), &mut problems);
        let told: Vec<_> = problems.iter().map(Problem::message).collect();
        assert!(told[0].starts_with("the folder `/no/such\\nKW0000 all is well` cannot be mounted as `content`: "), "{told:?}");
        assert_eq!(told[1..], ["`a\\nb` cannot name a mounted folder"]);
        assert!(mounts.get("x\u{1b}[2J").unwrap_err().to_string().starts_with("the host has mounted no folder `x\\u{1b}[2J` "));
    }
}
