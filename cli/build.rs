//! Puts the pages of all errors into the program, for `cargo keyway explain`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// `pages` leads to the guide's folder, so that the pages are part of the published package too. Where links are not checked out, the
/// folder itself is there.
const FOLDERS: [&str; 2] = ["pages", "../docs/errors"];

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo says where the package is"));
    let folder = FOLDERS.map(|folder| package.join(folder)).into_iter().find(|folder| folder.is_dir());
    let folder = folder.expect("the package has the pages of errors");
    let mut code = String::from("&[\n");
    for file in pages(&folder) {
        let name = file.file_stem().expect("a page has a name").to_string_lossy().into_owned();
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.to_string_lossy()).expect("a string takes any text");
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo says where to write"));
    fs::write(out.join("pages.rs"), code).expect("the folder that Cargo gives can be written to");
    println!("cargo::rerun-if-changed={}", folder.display());
}

/// The pages, sorted by their names.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of the pages can be read");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.retain(|file| {
        file.extension().is_some_and(|ending| ending == "md") && file.file_stem().is_some_and(|name| name != "index")
    });
    files.sort();
    files
}
