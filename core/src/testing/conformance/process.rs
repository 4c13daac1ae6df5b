//! The threads and open files of this process.

use std::collections::BTreeMap;

/// What the process has at one moment, by name.
pub(super) struct Process {
    /// How many threads have this name.
    pub(super) threads: BTreeMap<String, usize>,
    /// How often this file, socket or pipe is open.
    pub(super) files: BTreeMap<String, usize>,
}

impl Process {
    /// Looks at the process; `None` where the system does not tell.
    pub(super) fn look() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let mut process = Self { threads: BTreeMap::new(), files: BTreeMap::new() };
        for thread in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
            // It may end while it is looked at.
            if let Ok(name) = std::fs::read_to_string(thread.path().join("comm")) {
                *process.threads.entry(name.trim_end().to_owned()).or_default() += 1;
            }
        }
        for file in std::fs::read_dir("/proc/self/fd").ok()?.flatten() {
            let Ok(target) = std::fs::read_link(file.path()) else { continue };
            let target = target.to_string_lossy();
            // The folder that is being read is open too. Sockets and pipes have a number each, which says nothing.
            if !target.starts_with("/proc/") {
                let name = target.split_once(":[").map_or(&*target, |(kind, _)| kind);
                *process.files.entry(name.to_owned()).or_default() += 1;
            }
        }
        Some(process)
    }

    pub(super) fn has_no_more_than(&self, other: &Self) -> bool {
        Self::more(&other.threads, &self.threads).is_empty() && Self::more(&other.files, &self.files).is_empty()
    }

    /// What there is more of than before.
    pub(super) fn more(before: &BTreeMap<String, usize>, after: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
        let more = |(name, count): (&String, &usize)| {
            let more = count.saturating_sub(before.get(name).copied().unwrap_or_default());
            (more > 0).then(|| (name.clone(), more))
        };
        after.iter().filter_map(more).collect()
    }
}
