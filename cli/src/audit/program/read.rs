//! Reads a library: its object files, their pieces and what those refer to.

use std::collections::BTreeMap;
use std::path::Path;

use object::read::archive::ArchiveFile;
use object::{
    Architecture, Object, ObjectSection, ObjectSymbol, RelocationKind, RelocationTarget, SectionIndex, SectionKind, SymbolIndex,
    SymbolKind,
};

use super::opcodes::kernel_calls;
use super::{Atom, AtomId, Library, ObjectFile, Part, Program, Reference, Target};
use crate::audit::symbol;

/// Adds a library to the program. `name` is that of its crate.
///
/// # Errors
/// When the file cannot be read, or is no archive of objects.
pub(crate) fn read_library(program: &mut Program, path: &Path, name: &str) -> Result<usize, String> {
    let told = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let bytes = std::fs::read(path).map_err(|error| told(&error))?;
    let archive = ArchiveFile::parse(&*bytes).map_err(|error| told(&error))?;
    let library = program.libraries.len();
    program.libraries.push(Library { path: path.to_owned(), name: name.to_owned() });
    for member in archive.members() {
        let member = member.map_err(|error| told(&error))?;
        let data = member.data(&*bytes).map_err(|error| told(&error))?;
        // The crate's metadata, which is no code.
        if member.name().ends_with(b".rmeta") {
            continue;
        }
        let object = object::File::parse(data).map_err(|error| told(&error))?;
        let object_id = program.objects.len();
        program.objects.push(ObjectFile { library, range: member.file_range() });
        Reader::new(program, &object, object_id).read().map_err(|error| told(&error))?;
    }
    Ok(library)
}

/// Adds the names that the toolchain's own libraries in a folder define. What they do is in the table, so no more of them is read.
///
/// # Errors
/// When the folder or a library in it cannot be read.
pub(crate) fn read_toolchain(program: &mut Program, folder: &Path) -> Result<(), String> {
    let told = |path: &Path, problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let entries = std::fs::read_dir(folder).map_err(|error| told(folder, &error))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rlib"));
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|error| told(&path, &error))?;
        let archive = ArchiveFile::parse(&*bytes).map_err(|error| told(&path, &error))?;
        for member in archive.members() {
            let data = member.and_then(|member| member.data(&*bytes)).map_err(|error| told(&path, &error))?;
            // Not every member is an object: the metadata is none.
            let Ok(object) = object::File::parse(data) else { continue };
            let defined = object.symbols().filter(|symbol| symbol.is_global() && !symbol.is_undefined());
            for name in defined.filter_map(|symbol| symbol.name().ok()) {
                let id = program.names.id(name);
                program.toolchain.insert(id);
            }
        }
    }
    Ok(())
}

/// Reads one object file.
struct Reader<'r, 'o> {
    program: &'r mut Program,
    object: &'r object::File<'o>,
    object_id: usize,
    /// The pieces of each section, by where they begin.
    sections: BTreeMap<usize, BTreeMap<u64, AtomId>>,
}

impl<'r, 'o> Reader<'r, 'o> {
    fn new(program: &'r mut Program, object: &'r object::File<'o>, object_id: usize) -> Self {
        Self { program, object, object_id, sections: BTreeMap::new() }
    }

    fn read(mut self) -> object::Result<()> {
        for section in self.object.sections() {
            if counts(&section) {
                self.sections.insert(section.index().0, BTreeMap::new());
            }
        }
        for symbol in self.object.symbols() {
            self.add_symbol(&symbol)?;
        }
        for section in self.object.sections() {
            if counts(&section) {
                self.add_references(&section)?;
            }
        }
        Ok(())
    }

    /// A symbol is the beginning of a piece.
    fn add_symbol(&mut self, symbol: &object::Symbol<'_, '_>) -> object::Result<()> {
        if symbol.is_undefined() || matches!(symbol.kind(), SymbolKind::Section | SymbolKind::File) {
            return Ok(());
        }
        let Some(section) = symbol.section_index().filter(|index| self.sections.contains_key(&index.0)) else { return Ok(()) };
        let name = symbol.name()?;
        let id = self.program.names.id(name);
        let start = symbol.address() - self.object.section_by_index(section)?.address();
        let atom = self.atom(section, start)?;
        self.program.atoms[atom].name.get_or_insert(id);
        let section = self.object.section_by_index(section)?;
        // A linker puts sections together by their names, whatever their flags say.
        let code = section.kind() == SectionKind::Text || section.name()?.starts_with(".text");
        if code && symbol.kind() == SymbolKind::Data {
            self.program.atoms[atom].references.push(Reference { at: start, to: Target::DataAsCode });
        }
        if symbol.is_global() {
            self.program.definitions.entry(id).or_insert(atom);
            if !symbol::is_rust(name) && self.program.atoms[atom].part == Part::Plain && !name.starts_with("DW.ref.") {
                self.program.atoms[atom].part = Part::Exported;
            }
        }
        Ok(())
    }

    /// The piece that begins there; a new one, if there is none.
    fn atom(&mut self, section: SectionIndex, start: u64) -> object::Result<AtomId> {
        let pieces = self.sections.entry(section.0).or_default();
        if let Some(atom) = pieces.get(&start) {
            return Ok(*atom);
        }
        let atom = self.program.atoms.len();
        pieces.insert(start, atom);
        let runs = runs_by_itself(self.object.section_by_index(section)?.name()?);
        self.program.atoms.push(Atom {
            object: self.object_id,
            section: section.0,
            start,
            name: None,
            part: if runs { Part::Constructor } else { Part::Plain },
            references: Vec::new(),
        });
        Ok(atom)
    }

    /// The piece that a place is in. What stands before the first symbol of a section is a piece too.
    fn atom_at(&mut self, section: SectionIndex, place: u64) -> object::Result<AtomId> {
        let pieces = self.sections.entry(section.0).or_default();
        match pieces.range(..=place).next_back() {
            Some((_, atom)) => Ok(*atom),
            None => self.atom(section, 0),
        }
    }

    fn add_references(&mut self, section: &object::Section<'_, '_>) -> object::Result<()> {
        let index = section.index();
        let mut found = Vec::new();
        for (at, relocation) in section.relocations() {
            let addend = if relocation.kind() == RelocationKind::Relative || relocation.kind() == RelocationKind::PltRelative {
                // Counted from behind the operand, which has four bytes.
                relocation.addend().wrapping_add(4)
            } else {
                relocation.addend()
            };
            let target = match relocation.target() {
                RelocationTarget::Symbol(symbol) => self.target(symbol, addend)?,
                RelocationTarget::Section(section) if self.sections.contains_key(&section.0) => {
                    Some(Target::Atom(self.atom_at(section, addend.cast_unsigned())?))
                }
                _ => None,
            };
            found.extend(target.map(|to| Reference { at, to }));
        }
        if section.kind() == SectionKind::Text {
            let bytes = section.data()?;
            let starts: Vec<u64> = self.sections[&index.0].keys().copied().collect();
            let kernel = match self.object.architecture() {
                Architecture::X86_64 | Architecture::I386 | Architecture::Aarch64 => {
                    kernel_calls(self.object.architecture(), bytes, &starts)
                }
                _ => Vec::new(),
            };
            found.extend(kernel.into_iter().map(|at| Reference { at, to: Target::Kernel }));
        }
        for reference in found {
            let from = self.atom_at(index, reference.at)?;
            self.program.atoms[from].references.push(reference);
        }
        Ok(())
    }

    fn target(&mut self, index: SymbolIndex, addend: i64) -> object::Result<Option<Target>> {
        let symbol = self.object.symbol_by_index(index)?;
        let Some(section) = symbol.section_index() else {
            let name = symbol.name()?;
            return Ok((!name.is_empty()).then(|| Target::Outside(self.program.names.id(name))));
        };
        if !self.sections.contains_key(&section.0) {
            return Ok(None);
        }
        let start = symbol.address() - self.object.section_by_index(section)?.address();
        // A symbol that stands for the whole section: what is meant is further in.
        let place = if symbol.kind() == SymbolKind::Section { start.wrapping_add_signed(addend) } else { start };
        Ok(Some(Target::Atom(self.atom_at(section, place)?)))
    }
}

/// Whether a section holds code or data of the program, not what describes it.
fn counts(section: &object::Section<'_, '_>) -> bool {
    let Ok(name) = section.name() else { return false };
    let describes =
        [".debug", "__debug", ".eh_frame", "__eh_frame", ".gcc_except_table", "__gcc_except_tab", "__compact_unwind", ".xdata"];
    let kinds = match section.kind() {
        SectionKind::Text
        | SectionKind::Data
        | SectionKind::ReadOnlyData
        | SectionKind::ReadOnlyDataWithRel
        | SectionKind::ReadOnlyString
        | SectionKind::UninitializedData
        | SectionKind::Tls
        | SectionKind::UninitializedTls
        | SectionKind::TlsVariables => true,
        _ => runs_by_itself(name),
    };
    kinds && !describes.iter().any(|beginning| name.starts_with(beginning)) && !name.starts_with(".pdata")
}

/// Whether the functions that a section lists are run by whoever starts the program or loads the library.
fn runs_by_itself(section: &str) -> bool {
    let lists = [".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors", ".init", ".fini", ".CRT$X"];
    lists.iter().any(|list| section.starts_with(list))
        || matches!(section, "__mod_init_func" | "__mod_term_func" | "__init_offsets")
}
