//! The file is not there.

use std::path::Path;

use super::Rule;
use crate::parse::{Diagnostic, Place, quoted};

pub(super) const RULE: Rule = Rule::new("KW0101", "file_missing", "the file is missing");

pub(crate) fn diagnostic(path: &Path, shown_as: &str) -> Diagnostic {
    let name = path.file_name().map_or_else(|| shown_as.to_owned(), |name| name.to_string_lossy().into_owned());
    let near = Path::new(path).parent().map(|folder| toml_files(folder, &name)).unwrap_or_default();
    let near = crate::parse::nearest(&name, near.iter().map(String::as_str));
    let help = match near.first() {
        Some(near) => format!("rename {} to {}, or correct the path", quoted(near), quoted(&name)),
        None => format!("create {} with {}, or correct the path", quoted(shown_as), super::file_empty::LEAST),
    };
    Diagnostic::new(RULE.code, Place::file(shown_as), format!("file {} does not exist", quoted(shown_as)))
        .similar(near)
        .help(help)
}

/// The names of the TOML files of a folder.
fn toml_files(folder: &Path, except: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| name.to_ascii_lowercase().ends_with(".toml") && name != except && name != "Cargo.toml").collect();
    names.sort();
    names
}
