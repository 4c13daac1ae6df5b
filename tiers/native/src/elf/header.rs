//! The first bytes of a file: whether it is a shared library for the machine that this program runs on.

use object::ReadRef;

use super::LibraryError;
use super::error::EMPTY;

/// Bytes of a header that are the same for all machines.
const SHOWN: u64 = 20;
const SHARED: u16 = 3;
const KINDS: [(u16, &str); 4] = [(1, "an object file"), (2, "a program"), (4, "a memory dump"), (0, "a file of no kind")];
const MACHINES: [(u16, &str, &str); 8] = [
    (3, "x86", "x86"),
    (21, "powerpc64", "powerpc64"),
    (22, "s390x", "s390x"),
    (40, "arm", "arm"),
    (62, "x86_64", "x86_64"),
    (183, "aarch64", "aarch64"),
    (243, "riscv", if cfg!(target_pointer_width = "64") { "riscv64" } else { "riscv32" }),
    (258, "loongarch", "loongarch64"),
];

/// What a header says about the machine that a file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Machine {
    number: u16,
    bits: u8,
    is_little: bool,
}

impl Machine {
    /// The machine that this program was compiled for; `None` for one that is not in the list, and then the linker finds out.
    fn of_this_program() -> Option<Self> {
        let (number, ..) = MACHINES.into_iter().find(|(_, _, arch)| *arch == std::env::consts::ARCH)?;
        let bits = if cfg!(target_pointer_width = "64") { 64 } else { 32 };
        Some(Self { number, bits, is_little: cfg!(target_endian = "little") })
    }

    fn shown(self) -> String {
        let name = MACHINES.into_iter().find(|(number, ..)| *number == self.number).map(|(_, name, _)| name.to_owned());
        let name = name.unwrap_or_else(|| format!("machine {}", self.number));
        format!("{name}, {} bits, {} endian", self.bits, if self.is_little { "little" } else { "big" })
    }
}

/// Checks the header of a file that this program could load.
pub(super) fn check<'data>(file: impl ReadRef<'data>) -> Result<(), LibraryError> {
    let (found, kind) = read(file)?;
    if let Some(expected) = Machine::of_this_program()
        && expected != found
    {
        return Err(LibraryError::OtherMachine { found: found.shown(), expected: expected.shown() });
    }
    check_kind(kind)
}

/// Checks the header of a library for whatever machine, and tells how many bits its addresses have.
pub(super) fn bits<'data>(file: impl ReadRef<'data>) -> Result<u8, LibraryError> {
    let (found, kind) = read(file)?;
    check_kind(kind)?;
    Ok(found.bits)
}

fn check_kind(kind: u16) -> Result<(), LibraryError> {
    if kind == SHARED {
        return Ok(());
    }
    let found = KINDS.into_iter().find(|(number, _)| *number == kind).map_or("a file of another kind", |(_, name)| name);
    Err(LibraryError::NotALibrary { found: found.to_owned() })
}

/// The machine that a file is for, and what kind of file it is.
fn read<'data>(file: impl ReadRef<'data>) -> Result<(Machine, u16), LibraryError> {
    let length = file.len().unwrap_or(0);
    let not_one = |found: &str| Err(LibraryError::NotALibrary { found: found.to_owned() });
    let Ok(start) = file.read_bytes_at(0, length.min(SHOWN)) else { return not_one("unreadable") };
    let (class, data) = match start {
        [] => return not_one(EMPTY),
        [0x7f, b'E', b'L', b'F', class, data, ..] => (*class, *data),
        [0xcf, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => return not_one("a library or program of macOS"),
        [b'M', b'Z', ..] => return not_one("a library or program of Windows"),
        [0, b'a', b's', b'm', ..] => return not_one("a WebAssembly module"),
        [b'!', b'<', b'a', b'r', ..] => return not_one("an archive of object files"),
        _ => return not_one("something else"),
    };
    let [.., kind_low, kind_high, machine_low, machine_high] = start else { return not_one(EMPTY) };
    if start.len() < 20 {
        return Err(LibraryError::Damaged { problem: "it ends within its header".to_owned() });
    }
    let is_little = data == 1;
    let number = |bytes| if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
    let kind = number([*kind_low, *kind_high]);
    let found = Machine { number: number([*machine_low, *machine_high]), bits: if class == 1 { 32 } else { 64 }, is_little };
    Ok((found, kind))
}
