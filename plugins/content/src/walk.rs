//! Which Markdown files are there.

use keyway::capability::{FileEntry, FileError};
use keyway::prelude::{Files, Logger};

use keyway_cms_sdk::markdown_file::{is_folder_page, stem};

/// Folders inside folders, beyond which nobody keeps pages.
const DEEPEST: usize = 32;

/// The paths of all Markdown files below a folder, sorted. What is hidden by a leading dot is left out; so is, with a line in the log, a
/// folder that cannot be listed or that is a link.
///
/// # Errors
/// When the topmost folder cannot be listed.
pub(crate) fn markdown_files(files: &Files, top: &str, log: &Logger) -> Result<Vec<String>, FileError> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    sort_in(files.list(top)?, &mut found, &mut folders, log);
    while let Some(folder) = folders.pop() {
        if folder.matches('/').count() > DEEPEST {
            log.warn(format_args!("`{folder}` lies more than {DEEPEST} folders deep; it is left out"));
            continue;
        }
        match files.list(&folder) {
            Ok(entries) => sort_in(entries, &mut found, &mut folders, log),
            Err(error) => log.warn(format_args!("{error}; the folder is left out")),
        }
    }
    found.sort();
    Ok(found)
}

fn sort_in(entries: Vec<FileEntry>, found: &mut Vec<String>, folders: &mut Vec<String>, log: &Logger) {
    let mut pages: Vec<String> = Vec::new();
    for entry in entries {
        if name(&entry.path).starts_with('.') {
            continue;
        }
        if entry.is_folder && entry.is_link {
            log.warn(format_args!("`{}` is a link to a folder; it is left out, as it could lead in a ring", entry.path));
        } else if entry.is_folder {
            folders.push(entry.path);
        } else if stem(&entry.path).is_some() {
            pages.push(entry.path);
        }
    }
    let surplus = surplus_folder_pages(&pages);
    for path in surplus {
        log.warn(format_args!("{path}: the folder has another file that is its page; this one is left out"));
        pages.retain(|page| *page != path);
    }
    found.append(&mut pages);
}

/// Of the files that would be the page of their folder, all but the first: `index.md` comes before `README.md`.
fn surplus_folder_pages(pages: &[String]) -> Vec<String> {
    let mut candidates: Vec<&String> = pages.iter().filter(|page| stem(name(page)).is_some_and(is_folder_page)).collect();
    candidates.sort_by_key(|page| !name(page).starts_with("index"));
    candidates.into_iter().skip(1).cloned().collect()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::surplus_folder_pages;

    #[test]
    fn index_comes_before_readme() {
        let pages = ["content/README.md", "content/a.md", "content/index.md"].map(str::to_owned);
        assert_eq!(surplus_folder_pages(&pages), ["content/README.md"]);
        assert!(surplus_folder_pages(&pages[..2]).is_empty());
    }
}
