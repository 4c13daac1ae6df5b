//! The workspace around a new package.

use std::path::{Path, PathBuf};

use keyway_manifest::host::{Pattern, relative};
use toml_edit::{Array, DocumentMut, Item, Value};

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

    /// Whether members can take this dependency from the workspace.
    pub(crate) fn has_dependency(&self, name: &str) -> bool {
        self.document.get("workspace").and_then(|workspace| workspace.get("dependencies")?.get(name)).is_some()
    }

    /// Whether the folder of a member is one already, by a name or a pattern.
    fn has_member(&self, member: &str) -> bool {
        let members = self.document.get("workspace").and_then(|workspace| workspace.get("members"));
        texts(members).any(|pattern| is_matched(pattern, member))
    }

    /// Adds the packages in these folders to the members, as far as they are none yet, and writes Cargo.toml. Answers whether it had to.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn join(&mut self, folders: &[PathBuf]) -> Result<bool, Failure> {
        let members = folders.iter().map(|folder| relative(&self.folder, folder));
        let new: Vec<String> = members.filter(|member| !self.has_member(member)).collect();
        if new.is_empty() {
            return Ok(false);
        }
        let workspace = &mut self.document["workspace"];
        let list =
            workspace.as_table_like_mut().map(|table| table.entry("members").or_insert(Item::Value(Value::Array(Array::new()))));
        if let Some(list) = list.and_then(Item::as_array_mut) {
            new.iter().for_each(|member| toml_file::insert(list, member));
        }
        let cargo_toml = self.folder.join("Cargo.toml");
        toml_file::write(&cargo_toml, &self.document.to_string())
            .map_err(|error| Failure::file("the workspace's", FileVerb::Written, &cargo_toml, &error))?;
        Ok(true)
    }
}

fn texts(item: Option<&Item>) -> impl Iterator<Item = &str> {
    item.and_then(Item::as_array).into_iter().flat_map(|array| array.iter().filter_map(Value::as_str))
}

/// Whether a pattern of members, in which `*` stands for any characters of one part, means this folder.
fn is_matched(pattern: &str, member: &str) -> bool {
    let (pattern, member): (Vec<_>, Vec<_>) =
        (Path::new(pattern).components().collect(), Path::new(member).components().collect());
    let matches = |(pattern, part): (&std::path::Component<'_>, &std::path::Component<'_>)| {
        let (Some(pattern), Some(part)) = (pattern.as_os_str().to_str(), part.as_os_str().to_str()) else { return false };
        if pattern.contains('*') { Pattern::new(pattern).matches(part) } else { pattern == part }
    };
    pattern.len() == member.len() && pattern.iter().zip(&member).all(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_one_part() {
        assert!(is_matched("plugins/*", "plugins/search") && is_matched("./sdk", "./sdk") && is_matched("*-sdk", "site-sdk"));
        assert!(!is_matched("plugins/*", "plugins/a/b") && !is_matched("plugins/*", "other/a") && !is_matched("a_b", "a-b"));
    }
}
