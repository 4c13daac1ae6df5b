//! The workspace around a new package.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use keyway_manifest::host::{Pattern, relative};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::dependency::Source;
use super::package::Package;
use crate::failure::{Failure, FileVerb};
use crate::toml_file;

/// The workspace whose folder a new package lies in.
#[derive(Debug, Clone)]
pub(crate) struct Enclosing {
    folder: PathBuf,
    document: DocumentMut,
}

impl Enclosing {
    /// The workspace around a folder that need not exist; `None` when there is none, or it leaves the folder out.
    ///
    /// # Errors
    /// A Cargo.toml on the way cannot be read or understood.
    pub(crate) fn around(folder: &Path) -> Result<Option<Self>, Failure> {
        for above in folder.ancestors().skip(1) {
            let cargo_toml = above.join("Cargo.toml");
            if !cargo_toml.is_file() {
                continue;
            }
            let document = toml_file::read(&cargo_toml)?;
            let Some(workspace) = document.get("workspace") else { continue };
            let here = relative(above, folder);
            let is_left_out = texts(workspace.get("exclude")).any(|left_out| Path::new(&here).starts_with(left_out));
            return Ok((!is_left_out).then(|| Self { folder: above.to_owned(), document }));
        }
        Ok(None)
    }

    /// The folder of the workspace's Cargo.toml.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `[workspace.dependencies]` says of a dependency.
    pub(crate) fn dependency(&self, name: &str) -> Option<Source> {
        let item = self.document.get("workspace").and_then(|workspace| workspace.get("dependencies")?.get(name))?;
        Source::read(item, &self.folder)
    }

    /// Writes a dependency into `[workspace.dependencies]`; [`write`](Self::write) writes the file.
    pub(crate) fn set_dependency(&mut self, name: &str, source: &Source) {
        let text = source.to_toml(&self.folder, &[]);
        let value: Value = text.parse().expect("what `to_toml` answers is TOML");
        let workspace = self.document["workspace"].as_table_like_mut();
        let dependencies = workspace.map(|workspace| workspace.entry("dependencies").or_insert(Item::Table(Table::new())));
        if let Some(dependencies) = dependencies.and_then(Item::as_table_like_mut) {
            dependencies.insert(name, Item::Value(value));
        }
    }

    /// The packages of the workspace, by their folders: its own, those that `members` names, and what these depend on within its folder.
    pub(crate) fn members(&self) -> Vec<Package> {
        let workspace = self.document.get("workspace");
        let patterns = texts(workspace.and_then(|workspace| workspace.get("members")));
        let left_out: Vec<PathBuf> =
            texts(workspace.and_then(|workspace| workspace.get("exclude"))).map(|path| self.folder.join(path)).collect();
        let mut open: BTreeSet<PathBuf> = patterns.flat_map(|pattern| matched(&self.folder, pattern)).collect();
        open.insert(self.folder.clone());
        let (mut seen, mut members) = (BTreeSet::new(), Vec::new());
        while let Some(folder) = open.pop_first() {
            // One folder may be named in several ways.
            let Ok(real) = folder.canonicalize() else { continue };
            if left_out.iter().any(|left_out| folder.starts_with(left_out)) || !seen.insert(real) {
                continue;
            }
            if let Some(member) = Package::in_folder(&folder) {
                let within = |other: &PathBuf| {
                    let way = relative(&self.folder, other);
                    (!way.starts_with("..")).then(|| self.folder.join(way))
                };
                open.extend(member.folders().iter().filter_map(within));
                members.push(member);
            }
        }
        members.sort_by(|left, right| left.folder().cmp(right.folder()));
        members
    }

    /// Whether the folder of a member is one already, by a name or a pattern.
    fn has_member(&self, member: &str) -> bool {
        let members = self.document.get("workspace").and_then(|workspace| workspace.get("members"));
        texts(members).any(|pattern| is_matched(pattern, member))
    }

    /// Adds the packages in these folders to the members, as far as they are none yet; [`write`](Self::write) writes the file. Answers
    /// whether it had to.
    pub(crate) fn join(&mut self, folders: &[PathBuf]) -> bool {
        let members = folders.iter().map(|folder| relative(&self.folder, folder));
        let new: Vec<String> = members.filter(|member| !self.has_member(member)).collect();
        let workspace = &mut self.document["workspace"];
        let list =
            workspace.as_table_like_mut().map(|table| table.entry("members").or_insert(Item::Value(Value::Array(Array::new()))));
        if let Some(list) = list.and_then(Item::as_array_mut) {
            new.iter().for_each(|member| toml_file::insert(list, member));
        }
        !new.is_empty()
    }

    /// Writes Cargo.toml.
    ///
    /// # Errors
    /// It cannot be written; then it is as it was.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let cargo_toml = self.folder.join("Cargo.toml");
        toml_file::write(&cargo_toml, &self.document.to_string())
            .map_err(|error| Failure::file("the workspace's", FileVerb::Written, &cargo_toml, &error))
    }
}

fn texts(item: Option<&Item>) -> impl Iterator<Item = &str> {
    item.and_then(Item::as_array).into_iter().flat_map(|array| array.iter().filter_map(Value::as_str))
}

/// The folders below `folder` that a pattern of members means.
fn matched(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for component in Path::new(pattern).components() {
        let part = component.as_os_str().to_string_lossy();
        found = match component {
            Component::Normal(_) if part.contains('*') => found.iter().flat_map(|folder| folders_like(folder, &part)).collect(),
            component => found.iter().map(|folder| folder.join(component)).collect(),
        };
    }
    found
}

fn folders_like(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_like = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| is_part(pattern, name));
    entries.filter(is_like).collect()
}

/// Whether a pattern of members, in which `*` stands for any characters of one part, means this folder.
fn is_matched(pattern: &str, member: &str) -> bool {
    let (pattern, member): (Vec<_>, Vec<_>) =
        (Path::new(pattern).components().collect(), Path::new(member).components().collect());
    let matches = |(pattern, part): (&Component<'_>, &Component<'_>)| {
        let (Some(pattern), Some(part)) = (pattern.as_os_str().to_str(), part.as_os_str().to_str()) else { return false };
        is_part(pattern, part)
    };
    pattern.len() == member.len() && pattern.iter().zip(&member).all(matches)
}

fn is_part(pattern: &str, part: &str) -> bool {
    // Of package names, for which this kind of pattern is made, `-` and `_` are one; of folders they are two.
    if pattern.contains('*') { Pattern::new(pattern).matches(part) } else { pattern == part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_one_part() {
        assert!(is_matched("plugins/*", "plugins/search") && is_matched("./sdk", "./sdk") && is_matched("*-sdk", "site-sdk"));
        assert!(!is_matched("plugins/*", "plugins/a/b") && !is_matched("plugins/*", "other/a") && !is_matched("a_b", "a-b"));
    }

    #[test]
    fn members_are_what_cargo_takes_for_them() {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site");
        let workspace = Enclosing::around(&site.join("new")).unwrap().unwrap();
        let members = workspace.members();
        let find = |name: &str| members.iter().find(|member| member.name() == name).unwrap();
        let (host, mail, sdk) = (find("site"), find("site-plugin-mail"), find("site-sdk"));
        assert!(host.is_host() && mail.is_plugin() && !mail.is_host() && !sdk.is_plugin() && !sdk.is_host());
        assert_eq!(host.dependency("site-sdk"), Some(Source::folder(&site.join("sdk"))));
        assert_eq!(sdk.dependency("keyway"), Some(Source::folder(&site.join("keyway"))));
        assert_eq!(host.dependency("site-plugin-mail"), Some(Source::folder(&site.join("plugins/mail"))));
    }
}
