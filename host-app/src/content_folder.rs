//! The folder that is served, and where to look when none was named.

use std::path::{Path, PathBuf};

use keyway::host::shown;

use crate::Failure;

/// The folder that holds the site when none was named: this project's guide.
const DEFAULT_FOLDER: &str = "docs";

/// Finds the folder to serve: the one that was named, else `docs` in the current folder, else, when Cargo runs the program, `docs`
/// of the project it belongs to. The path comes back absolute.
///
/// # Errors
/// When it does not exist or is no folder.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, Failure> {
    match named {
        Some(folder) => check(folder),
        None => default_folders().iter().find_map(|folder| check(folder).ok()).ok_or_else(nothing_to_serve),
    }
}

/// Cargo tells a program that it runs where the package lies. Asking at run time keeps paths of the build machine out of the binary.
fn default_folders() -> Vec<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let project = package.as_deref().and_then(Path::parent).map(|project| project.join(DEFAULT_FOLDER));
    [Some(PathBuf::from(DEFAULT_FOLDER)), project].into_iter().flatten().collect()
}

fn check(folder: &Path) -> Result<PathBuf, Failure> {
    let named = shown(folder);
    match folder.canonicalize() {
        Ok(absolute) if absolute.is_dir() => Ok(absolute),
        Ok(_) => Err(Failure::usage(format!("the content `{named}` is a file, not a folder"))
            .help("name the folder that holds your Markdown files")),
        Err(error) => Err(Failure::usage(format!("the content folder `{named}` cannot be opened: {error}"))
            .help("check the path after `--content`, or `content` under `[server]` in the configuration file")),
    }
}

fn nothing_to_serve() -> Failure {
    let here = std::env::current_dir().map_or_else(|_| ".".to_owned(), |folder| shown(&folder));
    Failure::usage(format!("there is nothing to serve: `{here}` has no folder `{DEFAULT_FOLDER}`"))
        .help("name the folder of your site: `keyway-cms --content DIR`; a folder with one Markdown file is enough")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::find;

    #[test]
    fn what_is_no_folder_is_named() {
        let missing = find(Some(Path::new("no/such/folder"))).expect_err("it does not exist").to_string();
        assert!(missing.starts_with("error: the content folder `no/such/folder` cannot be opened: "), "{missing}");
        let file = find(Some(Path::new("Cargo.toml"))).expect_err("it is a file").to_string();
        assert!(file.starts_with("error: the content `Cargo.toml` is a file, not a folder"), "{file}");
    }
}
