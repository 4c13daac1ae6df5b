//! The object code of a build as a graph: pieces of code and data, and which piece refers to which.
//!
//! Nothing is linked. A Rust library is an archive of object files in which each function and each constant has a section or a symbol of
//! its own, and every call, every address that is taken and every table of methods is a relocation.

mod lines;
mod opcodes;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub(crate) use lines::Lines;
pub(crate) use read::{read_library, read_toolchain};

/// Which piece of a [`Program`].
pub(crate) type AtomId = usize;
/// Which name of a [`Program`].
pub(crate) type NameId = usize;

/// A function or a piece of data: what lies between one symbol of a section and the next.
#[derive(Debug)]
pub(crate) struct Atom {
    /// The object file that it is in.
    pub(crate) object: usize,
    /// Its section there.
    pub(crate) section: usize,
    /// Where it begins in the section.
    pub(crate) start: u64,
    /// Its mangled name, if it has one.
    pub(crate) name: Option<NameId>,
    /// What it is for whoever starts the program.
    pub(crate) part: Part,
    /// What it refers to, in the order of places.
    pub(crate) references: Vec<Reference>,
}

/// What an atom is for whoever links and starts the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Reached only when something refers to it.
    Plain,
    /// Run before `main`, after it, or when the library is loaded.
    Constructor,
    /// Known to the rest of the program by a name that is not Rust's.
    Exported,
}

/// One reference to another piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    /// Where in the section it stands.
    pub(crate) at: u64,
    /// To what.
    pub(crate) to: Target,
}

/// What a reference is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Another piece of the build.
    Atom(AtomId),
    /// A name that no object of the build defines: of `std`, of C.
    Outside(NameId),
    /// An instruction that calls the kernel.
    Kernel,
    /// Data that was put among the code.
    DataAsCode,
}

/// One object file, or a member of an archive.
#[derive(Debug)]
pub(crate) struct ObjectFile {
    /// The library that it is in.
    pub(crate) library: usize,
    /// Its place in the library's file.
    range: (u64, u64),
}

/// A library of the build.
#[derive(Debug)]
pub(crate) struct Library {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// The crate's name as code writes it.
    pub(crate) name: String,
}

/// All that was read.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) libraries: Vec<Library>,
    pub(crate) objects: Vec<ObjectFile>,
    pub(crate) atoms: Vec<Atom>,
    names: Names,
    /// Where the names that more than one object may use are defined.
    definitions: BTreeMap<NameId, AtomId>,
    /// The names that the toolchain's own libraries define.
    toolchain: BTreeSet<NameId>,
}

impl Program {
    /// Whether a name is one that the toolchain's own libraries define.
    pub(crate) fn is_of_the_toolchain(&self, name: NameId) -> bool {
        self.toolchain.contains(&name)
    }

    /// The text of a name.
    pub(crate) fn name(&self, id: NameId) -> &str {
        &self.names.texts[id]
    }

    /// The mangled name of a piece.
    pub(crate) fn name_of(&self, atom: AtomId) -> Option<&str> {
        self.atoms[atom].name.map(|name| self.name(name))
    }

    /// The library that a piece is in.
    pub(crate) fn library_of(&self, atom: AtomId) -> usize {
        self.objects[self.atoms[atom].object].library
    }

    /// The pieces of a library.
    pub(crate) fn atoms_of(&self, library: usize) -> impl Iterator<Item = AtomId> {
        (0..self.atoms.len()).filter(move |atom| self.library_of(*atom) == library)
    }

    /// What a reference leads to, once everything is read.
    pub(crate) fn resolve(&self, target: Target) -> Target {
        match target {
            Target::Outside(name) => self.definitions.get(&name).map_or(target, |atom| Target::Atom(*atom)),
            other @ (Target::Atom(_) | Target::Kernel | Target::DataAsCode) => other,
        }
    }
}

/// Each name once.
#[derive(Debug, Default)]
struct Names {
    texts: Vec<String>,
    ids: BTreeMap<String, NameId>,
}

impl Names {
    fn id(&mut self, text: &str) -> NameId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.texts.len();
        self.texts.push(text.to_owned());
        self.ids.insert(text.to_owned(), id);
        id
    }
}
