//! The folders that a host has mounted for the files capability, each opened once so that no path can lead out of it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::host::failure::Problem;

/// The mounted folders by name.
#[derive(Debug, Default)]
pub(in crate::host) struct Mounts(BTreeMap<String, Dir>);

impl Mounts {
    /// Opens the folders. Each mistake becomes a problem.
    pub(in crate::host) fn open(folders: &[(String, PathBuf)], problems: &mut Vec<Problem>) -> Self {
        let mut mounts = BTreeMap::new();
        for (name, folder) in folders {
            if name.is_empty() || name.contains(['/', '\\', ':', '*', '\0']) || name == "." || name == ".." {
                let message = format!("`{name}` cannot name a mounted folder");
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
                        let message = format!("`{name}` is mounted twice, the second time on `{}`", folder.display());
                        problems.push(Problem::new("KW0616", message, "mount each name once"));
                    }
                }
                Err(error) => {
                    let message = format!("the folder `{}` cannot be mounted as `{name}`: {error}", folder.display());
                    problems.push(Problem::new("KW0616", message, "create the folder, or correct the path given to `mount`"));
                }
            }
        }
        Self(mounts)
    }

    /// The folder mounted under a name.
    pub(super) fn get(&self, name: &str) -> io::Result<&Dir> {
        self.0.get(name).ok_or_else(|| {
            let names: Vec<_> = self.0.keys().map(|name| format!("`{name}`")).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!(
                "the host has mounted no folder `{name}` (mounted: {names}); correct the path, or add `.mount(\"{name}\", \"path/of/the/folder\")` to `Host::builder`"
            );
            io::Error::new(io::ErrorKind::NotFound, message)
        })
    }
}
