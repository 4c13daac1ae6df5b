//! The modules of a package, from the roots of its library and programs downwards.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use keyway_manifest::host::crate_roots;
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use syn::{Attribute, Expr, ExprLit, Ident, Item, ItemMod, Lit, Meta};

use crate::failure::{Failure, FileVerb};

/// Modules inside modules that are followed; nobody writes more.
const DEEPEST: usize = 64;

/// All modules of a package that its files hold.
#[derive(Default)]
pub(crate) struct SourceTree {
    modules: Vec<Module>,
    unread: Vec<(PathBuf, String)>,
}

/// One module.
pub(crate) struct Module {
    /// Its path from the root of its crate, which has none.
    pub(crate) path: Vec<String>,
    /// The file that it stands in.
    pub(crate) file: PathBuf,
    /// What stands in it.
    pub(crate) items: Vec<Item>,
}

impl SourceTree {
    /// Reads the package in a folder. Files that are missing are left out, as rustc tells about them.
    ///
    /// # Errors
    /// Its Cargo.toml cannot be read.
    pub(crate) fn of_package(folder: &Path) -> Result<Self, Failure> {
        let cargo_toml = folder.join("Cargo.toml");
        let text = read_bounded_text(&cargo_toml, LARGEST_TEXT)
            .map_err(|error| Failure::file("the file", FileVerb::Read, &cargo_toml, &error))?;
        let mut roots: Vec<PathBuf> = crate_roots(&text).into_iter().map(|root| folder.join(root)).collect();
        roots.extend(["src/lib.rs", "src/main.rs"].map(|root| folder.join(root)));
        roots.extend(programs(&folder.join("src/bin")));
        let mut seen = Vec::new();
        let mut tree = Self::default();
        for root in roots {
            if !seen.contains(&root) {
                tree.add_file(&root, Vec::new(), root.parent().unwrap_or(folder));
                seen.push(root);
            }
        }
        Ok(tree)
    }

    /// The modules; the first are the roots of the library and of the program.
    pub(crate) fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The files that cannot be read, or are no Rust that is understood here, each with what is wrong.
    pub(crate) fn unread(&self) -> &[(PathBuf, String)] {
        &self.unread
    }

    /// Tells whether there is a module of this path.
    pub(crate) fn has_module(&self, path: &[String]) -> bool {
        self.modules.iter().any(|module| module.path == path)
    }

    /// Tells whether a module, or one that it is in, is compiled for tests only: `#[cfg(test)]`.
    pub(crate) fn is_for_tests(&self, path: &[String]) -> bool {
        let declared = |outer: &[String], name: &str| {
            let outer = self.modules.iter().filter(|module| module.path == outer);
            let items = outer.flat_map(|module| &module.items);
            items.filter_map(|item| if let Item::Mod(inner) = item { Some(inner) } else { None }).any(|inner| {
                inner.ident.to_string().trim_start_matches("r#") == name && inner.attrs.iter().any(is_test_attribute)
            })
        };
        (0..path.len()).any(|depth| declared(&path[..depth], &path[depth]))
    }

    /// `folder` is where the files of its inner modules lie.
    fn add_file(&mut self, file: &Path, path: Vec<String>, folder: &Path) {
        let text = match read_bounded_text(file, LARGEST_TEXT) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => return self.unread.push((file.to_owned(), error.to_string())),
        };
        match syn::parse_file(&text) {
            Ok(parsed) => self.add_module(file, path, folder, parsed.items),
            Err(error) => self.unread.push((file.to_owned(), error.to_string())),
        }
    }

    fn add_module(&mut self, file: &Path, path: Vec<String>, folder: &Path, items: Vec<Item>) {
        if path.len() < DEEPEST {
            for inner in items.iter().filter_map(|item| if let Item::Mod(inner) = item { Some(inner) } else { None }) {
                self.add_inner(file, &path, folder, inner);
            }
        }
        self.modules.push(Module { path, file: file.to_owned(), items });
        // Outer modules are written before inner ones, whatever file they are in.
        self.modules.sort_by_key(|module| module.path.len());
    }

    fn add_inner(&mut self, file: &Path, outer: &[String], folder: &Path, inner: &ItemMod) {
        let name = inner.ident.to_string();
        let plain = name.trim_start_matches("r#");
        let path: Vec<String> = outer.iter().cloned().chain([plain.to_owned()]).collect();
        let own_folder = folder.join(plain);
        if let Some((_, items)) = &inner.content {
            return self.add_module(file, path, &own_folder, items.clone());
        }
        match named_path(inner) {
            // Written from the folder of the file; the modules in it lie beside it.
            Some(named) => {
                let named = file.parent().unwrap_or(folder).join(named);
                let beside = named.parent().unwrap_or(folder).to_owned();
                self.add_file(&named, path, &beside);
            }
            None => {
                let candidates = [folder.join(plain).with_extension("rs"), own_folder.join("mod.rs")];
                if let Some(found) = candidates.iter().find(|candidate| candidate.is_file()) {
                    self.add_file(found, path, &own_folder);
                }
            }
        }
    }
}

/// `#[cfg(test)]`.
fn is_test_attribute(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<Ident>().is_ok_and(|word| word == "test")
}

/// `#[path = "…"]`.
fn named_path(module: &ItemMod) -> Option<String> {
    let attribute = module.attrs.iter().find(|attribute| attribute.path().is_ident("path"))?;
    match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        Meta::Path(_) | Meta::List(_) => None,
    }
}

/// `src/bin/*.rs` and `src/bin/*/main.rs`, sorted.
fn programs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let file = |path: PathBuf| if path.is_dir() { path.join("main.rs") } else { path };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| file(entry.path())).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "rs"));
    files.sort();
    files
}
