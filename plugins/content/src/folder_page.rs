//! Which of several files is the page of their folder.

use keyway_cms_sdk::markdown_file::{is_folder_page, stem};

/// Of the documents that would be the page of the same folder, all but the first, each with the one that is kept: `index.md` comes
/// before `README.md`. `paths` are sorted.
pub(crate) fn surplus<'p>(paths: &[&'p str]) -> Vec<(&'p str, &'p str)> {
    let mut candidates: Vec<(&str, bool, &str)> = paths
        .iter()
        .filter_map(|path| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            stem(name).is_some_and(is_folder_page).then(|| (folder, !name.starts_with("index"), *path))
        })
        .collect();
    candidates.sort_unstable();
    let mut surplus = Vec::new();
    let mut kept: Option<(&str, &str)> = None;
    for (folder, _, path) in candidates {
        match kept {
            Some((same, page)) if same == folder => surplus.push((path, page)),
            _ => kept = Some((folder, path)),
        }
    }
    surplus
}

#[cfg(test)]
mod tests {
    use super::surplus;

    #[test]
    fn index_comes_before_readme_in_each_folder() {
        let paths = ["README.md", "a.md", "a/README.md", "b/ReadMe.md", "b/index.md", "b/readme.md", "index.md"];
        assert_eq!(surplus(&paths), [("README.md", "index.md"), ("b/ReadMe.md", "b/index.md"), ("b/readme.md", "b/index.md")]);
        assert!(surplus(&paths[..3]).is_empty());
    }
}
