//! From what was reached back to the lines of the plugin that lead there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::model::Place;
use super::program::{AtomId, Lines, Program};
use super::reach::{Crates, Reached};
use super::symbol;
use crate::cargo::{Metadata, plain};

/// The debug information of the objects that were asked about.
pub(crate) struct Tracer<'p> {
    program: &'p Program,
    /// The files that the compiler read for the plugin.
    own: &'p BTreeSet<PathBuf>,
    /// The plugin's library, and the only one that can hold code of those files.
    library: usize,
    metadata: &'p Metadata,
    lines: BTreeMap<usize, Option<Lines>>,
}

/// A place on the way back from a use, and the pieces between the two.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) node: usize,
    pub(crate) at: u64,
    through: Vec<usize>,
}

impl Step {
    /// A place where nothing lies between.
    pub(crate) const fn new(node: usize, at: u64) -> Self {
        Self { node, at, through: Vec::new() }
    }

    /// One step further back: the place that refers to this one's piece.
    fn before(&self, node: usize, at: u64) -> Self {
        let through = self.through.iter().copied().chain([self.node]).collect();
        Self { node, at, through }
    }
}

impl<'p> Tracer<'p> {
    pub(crate) fn new(program: &'p Program, own: &'p BTreeSet<PathBuf>, library: usize, metadata: &'p Metadata) -> Self {
        Self { program, own, library, metadata, lines: BTreeMap::new() }
    }

    /// The places in code of crates from which a place in the generic code of `std` or in a table is reached.
    pub(crate) fn lifted(&self, crates: &Crates<'_>, reached: &Reached, node: usize, at: u64) -> Vec<Step> {
        let mut lifted = Vec::new();
        let mut open = VecDeque::from([Step { node, at, through: Vec::new() }]);
        let mut seen = BTreeSet::from([(node, at)]);
        while let Some(step) = open.pop_front() {
            let before = &reached.before[step.node];
            if before.is_empty() || crates.party(reached.nodes[step.node].atom).is_some() {
                lifted.push(step);
                continue;
            }
            open.extend(before.iter().filter(|place| seen.insert(**place)).map(|(node, at)| step.before(*node, *at)));
        }
        lifted
    }

    /// The lines of the plugin from which `from` is reached, each with the functions in between.
    pub(crate) fn places(&mut self, reached: &Reached, from: Vec<Step>) -> Vec<Place> {
        let mut places: BTreeMap<(String, u32), Place> = BTreeMap::new();
        let mut seen: BTreeSet<(usize, u64)> = from.iter().map(|step| (step.node, step.at)).collect();
        let mut open = VecDeque::from(from);
        while let Some(step) = open.pop_front() {
            let atom = reached.nodes[step.node].atom;
            if let Some((file, line)) = self.own_line(atom, step.at) {
                let place = || Place {
                    file: file.clone(),
                    line,
                    function: self.function(atom),
                    through: self.functions(reached, &step.through),
                };
                places.entry((file.clone(), line)).or_insert_with(place);
                continue;
            }
            let before = reached.before[step.node].iter();
            open.extend(before.filter(|place| seen.insert(**place)).map(|(node, at)| step.before(*node, *at)));
        }
        places.into_values().collect()
    }

    /// Where a place stands in source that is not the toolchain's.
    pub(crate) fn line(&mut self, atom: AtomId, at: u64) -> Option<(String, u32)> {
        let section = self.program.atoms[atom].section;
        let frames = self.lines(atom)?.frames(section, at);
        let frame = frames.iter().find(|frame| !is_of_the_toolchain(&frame.file))?;
        Some((self.shown(&frame.file), frame.line))
    }

    /// The innermost line of the plugin's own source at a place.
    fn own_line(&mut self, atom: AtomId, at: u64) -> Option<(String, u32)> {
        if self.program.library_of(atom) != self.library {
            return None;
        }
        let section = self.program.atoms[atom].section;
        let own = self.own;
        let frames = self.lines(atom)?.frames(section, at);
        let frame = frames.into_iter().find(|frame| own.contains(&plain(&frame.file)))?;
        Some((self.shown(&frame.file), frame.line))
    }

    fn lines(&mut self, atom: AtomId) -> Option<&Lines> {
        let program = self.program;
        self.lines.entry(program.atoms[atom].object).or_insert_with(|| Lines::of(program, atom)).as_ref()
    }

    /// A path as reports write it.
    pub(crate) fn shown(&self, file: &Path) -> String {
        shown(file, self.metadata)
    }

    fn function(&self, atom: AtomId) -> String {
        let name = self.program.name_of(atom).unwrap_or_default();
        symbol::path(name).unwrap_or_else(|| name.to_owned())
    }

    /// The named functions of a path, from the plugin on.
    fn functions(&self, reached: &Reached, through: &[usize]) -> Vec<String> {
        let mut functions: Vec<String> = through.iter().rev().map(|node| self.function(reached.nodes[*node].atom)).collect();
        functions.retain(|function| !function.is_empty());
        functions.dedup();
        functions
    }
}

/// A path as reports write it, with `/`: from the project's folder where it lies in it; of another package from that package's.
pub(crate) fn shown(file: &Path, metadata: &Metadata) -> String {
    let file = plain(file);
    if let Some(made) = made_by_build_script(&file, metadata) {
        return made;
    }
    let short = match (file.strip_prefix(&metadata.workspace_root), metadata.holding(&file)) {
        (Ok(inside), _) => inside.to_owned(),
        (Err(_), Some((package, rest))) => Path::new(&format!("{}-{}", package.name, package.version)).join(rest),
        (Err(_), None) => file.clone(),
    };
    short.to_string_lossy().replace('\\', "/")
}

/// What a build script wrote is named from the folder that it writes to, whose own name is another one on each machine.
fn made_by_build_script(file: &Path, metadata: &Metadata) -> Option<String> {
    let inside = file.strip_prefix(&metadata.target_directory).ok()?;
    let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy()).skip_while(|part| part != "build").skip(2);
    (parts.next()? == "out").then(|| format!("$OUT_DIR/{}", parts.collect::<Vec<_>>().join("/")))
}

/// The sources of `std` are named by the commit that they were built from.
fn is_of_the_toolchain(file: &Path) -> bool {
    file.starts_with("/rustc") || file.starts_with("/rust/deps")
}

impl std::fmt::Debug for Tracer<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tracer").field("library", &self.library).finish_non_exhaustive()
    }
}
