//! The way from the root of the file system to a folder of plugins, so that nobody but trusted users can change where it leads.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use keyway_manifest::shown;

use super::refusal::{Reason, Refusal, Refusals};
use super::rules::{Facts, FileRules, Use};
use crate::platform::{self, Handle, Step};

/// Links on one path, at most; as many as Linux follows.
const MOST_LINKS: u32 = 40;

/// One folder on the way.
struct Passed {
    path: PathBuf,
    handle: Handle,
    facts: Facts,
}

/// Opens a folder and checks each folder on the way to it.
///
/// A link on the way is followed, so that an operator may have `current -> release-7`: its owner, the folder in which it stands and each folder
/// to which it leads are checked, so whoever could change it may change the plugins anyway. All that is wrong on the way is told at once.
pub(super) fn walk(path: &Path, rules: &FileRules) -> Result<(PathBuf, Handle), Refusals> {
    let unreadable = |at: &Path, problem: &std::io::Error| {
        Refusal::new(Reason::Unreadable, format!("`{}` cannot be opened: {problem}", shown(at)), "name a folder that is there")
    };
    let absolute = std::path::absolute(path).map_err(|problem| unreadable(path, &problem))?;
    let mut found = Vec::new();
    let mut links = 0;
    let mut ahead = parts(&absolute);
    let (root, handle, facts) = platform::root(&absolute).map_err(|problem| unreadable(&absolute, &problem))?;
    let mut way = vec![Passed { path: root, handle, facts }];
    found.extend(way.iter().flat_map(|root| rules.folder_problems(&root.path, &root.facts, last_use(&ahead))));
    while let Some(part) = ahead.pop() {
        let Part::Down(name) = part else {
            // The root has no folder above it.
            if way.len() > 1 {
                way.pop();
            }
            continue;
        };
        let Some(here) = way.last() else { break };
        let next = here.path.join(&name);
        match platform::step(&here.handle, &name) {
            Ok(Step::Folder(handle, facts)) => {
                found.extend(rules.folder_problems(&next, &facts, last_use(&ahead)));
                way.push(Passed { path: next, handle, facts });
            }
            Ok(Step::Link(facts, target)) => {
                found.extend(rules.link_problem(&next, &facts, &here.facts));
                links += 1;
                if links > MOST_LINKS {
                    let message = format!("`{}` leads through more than {MOST_LINKS} symbolic links", shown(path));
                    found.push(Refusal::new(Reason::Link, message, "name the folder itself"));
                    break;
                }
                if target.has_root() {
                    way.truncate(1);
                }
                ahead.extend(parts(&target));
            }
            Ok(Step::Other(_)) => {
                let help = "name the folder that holds the plugins";
                found.push(Refusal::new(Reason::NotAFile, format!("`{}` is not a folder", shown(&next)), help));
                break;
            }
            Err(problem) => {
                found.push(unreadable(&next, &problem));
                break;
            }
        }
    }
    // What is wrong with a folder through which the way leads twice is told once.
    let mut told: Vec<Refusal> = Vec::new();
    for refusal in found {
        if !told.contains(&refusal) {
            told.push(refusal);
        }
    }
    let last = way.pop().map(|passed| (passed.path, passed.handle));
    Refusals::unless_any(told, last)?.ok_or_else(|| unreadable(path, &std::io::Error::other("the path is empty")).into())
}

/// A part of a path.
enum Part {
    Down(OsString),
    Up,
}

/// The parts of a path below its root, the first one last.
fn parts(path: &Path) -> Vec<Part> {
    let mut parts: Vec<Part> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(Part::Down(name.to_owned())),
            Component::ParentDir => Some(Part::Up),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect();
    parts.reverse();
    parts
}

fn last_use(ahead: &[Part]) -> Use {
    if ahead.is_empty() { Use::Read } else { Use::Passed }
}
