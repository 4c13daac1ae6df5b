//! Where the word `unsafe` stands in the source code of a plugin.

use std::path::{Path, PathBuf};

use keyway_manifest::host::relative;
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use proc_macro2::TokenTree;
use serde::{Deserialize, Serialize};
use syn::{Attribute, Meta};

use crate::audit::{Class, read_source};

/// What a plugin's own source code says about `unsafe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsafeCode {
    /// Whether there may be any, and whether there is.
    pub standing: UnsafeStanding,
    /// Where it stands: files as they are named from the plugin's folder, with the line.
    pub places: Vec<String>,
    /// Files that the compiler read and that are no Rust that is understood here.
    pub unread: Vec<String>,
}

/// Whether a plugin's own source code has `unsafe` in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnsafeStanding {
    /// It says `forbid(unsafe_code)`: the compiler refuses any.
    Forbidden,
    /// It has none.
    None,
    /// It has some.
    Used,
}

/// Reads the files that the compiler read of a plugin; `folder` is that of its package, `roots` are the files of its crates, and
/// `forbidden` says whether its Cargo.toml forbids unsafe code.
pub(super) fn read(folder: &Path, roots: &[PathBuf], files: &[PathBuf], forbidden: bool) -> UnsafeCode {
    let source = read_source(files.iter().cloned());
    let mut places: Vec<(String, u32)> = source
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Unsafe)
        .map(|mark| (named(&mark.file, folder), mark.line))
        .collect();
    places.sort();
    places.dedup();
    let mut unread: Vec<String> = source.unread.iter().map(|file| named(file, folder)).collect();
    unread.sort();
    let forbidden = forbidden || (!roots.is_empty() && roots.iter().all(|root| forbids(root)));
    let standing = match (forbidden, places.as_slice()) {
        (true, _) => UnsafeStanding::Forbidden,
        (false, []) => UnsafeStanding::None,
        (false, _) => UnsafeStanding::Used,
    };
    let places = places.iter().map(|(file, line)| format!("{file}:{line}")).collect();
    UnsafeCode { standing, places, unread }
}

/// The name of a file that is the same wherever the project lies. What a build script wrote has no place of its own.
fn named(file: &Path, folder: &Path) -> String {
    if file.starts_with(folder) {
        return relative(folder, file);
    }
    let parts: Vec<_> = file.iter().collect();
    match parts.iter().rposition(|part| *part == "out") {
        Some(out) => format!("OUT_DIR/{}", parts[out + 1..].iter().collect::<PathBuf>().display()),
        None => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// Whether the file of a crate has `#![forbid(unsafe_code)]`.
fn forbids(root: &Path) -> bool {
    let parsed = read_bounded_text(root, LARGEST_TEXT).ok().and_then(|text| syn::parse_file(&text).ok());
    let forbid = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("forbid") => {
            list.tokens.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(lint) if lint == "unsafe_code"))
        }
        Meta::Path(_) | Meta::List(_) | Meta::NameValue(_) => false,
    };
    parsed.is_some_and(|file| file.attrs.iter().any(forbid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forbidden_is_told_and_paths_do_not_depend_on_the_machine() {
        let folder = std::env::temp_dir().join(format!("keyway-surface-unsafe-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("src/deep")).unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            std::fs::write(&file, text).unwrap();
            file
        };
        let files = [
            write("src/lib.rs", "#![forbid(unsafe_code)]\nmod deep;\n"),
            write("src/deep/mod.rs", "fn f() {\n unsafe {} }\n"),
            write("src/odd.rs", "fn f( {"),
            write("src/data.txt", "unsafe"),
        ];
        let read = |root: &PathBuf, forbidden| read(&folder, std::slice::from_ref(root), &files, forbidden);
        let (forbidden, used) = (read(&files[0], false), read(&files[1], false));
        assert_eq!(forbidden.standing, UnsafeStanding::Forbidden);
        assert_eq!((used.standing, used.places.as_slice()), (UnsafeStanding::Used, &["src/deep/mod.rs:2".to_owned()][..]));
        assert_eq!(used.unread, ["src/odd.rs"]);
        assert_eq!(read(&files[1], true).standing, UnsafeStanding::Forbidden);
        let made = Path::new("/target/debug/build/p-12ab/out/deep/made.rs");
        assert_eq!(named(made, &folder), "OUT_DIR/deep/made.rs");
        assert_eq!(named(Path::new("/elsewhere/made.rs"), &folder), "made.rs");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
