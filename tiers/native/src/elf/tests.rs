//! Libraries made of bytes, and bytes that are none.

use keyway_manifest::record::{BuildFacts, MAGIC, RecordParts, record_len, write_record};
use keyway_manifest::{Descriptor, Location};

use super::{LibraryError, read_record, read_record_of_any_machine, record_in};
use crate::Sealed;

const PARTS: &RecordParts = &RecordParts {
    descriptor: &Descriptor {
        package: "cms-plugin-clock",
        location: Location { file: "plugin.toml", ..Location::UNKNOWN },
        ..Descriptor::EMPTY
    },
    manifest: "manifest-version = 1\n[plugin]\nid = \"site.clock\"\nhost = \"^0.1\"\n",
    ..RecordParts::of(BuildFacts::UNKNOWN)
};
static RECORD: [u8; record_len(PARTS)] = write_record(PARTS);

/// A library of this machine with nothing in it but its header, a section and the names of sections.
fn library(section: &[u8]) -> Vec<u8> {
    let names = b"\0.keyway\0.names\0";
    let data = 64_u64;
    let names_at = data + section.len() as u64;
    let table = (names_at + names.len() as u64).next_multiple_of(8);
    let mut file = Vec::from(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    for number in [3_u16, if cfg!(target_arch = "aarch64") { 183 } else { 62 }] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&1_u32.to_le_bytes());
    for number in [0, 0, table] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&[0; 4]);
    for number in [64_u16, 56, 0, 64, 3, 2] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(section);
    file.extend_from_slice(names);
    file.resize(usize::try_from(table).unwrap(), 0);
    for (name, kind, offset, size) in
        [(0_u32, 0_u32, 0, 0), (1, 1, data, section.len() as u64), (9, 3, names_at, names.len() as u64)]
    {
        file.extend_from_slice(&name.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        for number in [0, 0, offset, size, 0, 0, 0] {
            file.extend_from_slice(&number.to_le_bytes());
        }
    }
    file
}

fn refusal(file: &[u8]) -> String {
    record_in(file).unwrap_err().to_string()
}

#[test]
fn the_record_is_found_by_its_section() {
    let record = record_in(&library(&RECORD)[..]).unwrap();
    assert_eq!(record.package().package, "cms-plugin-clock");
    assert_eq!(record.descriptor().unwrap().id.as_str(), "site.clock");
    let sealed = Sealed::from_bytes(&library(&RECORD), "clock.so").unwrap();
    assert_eq!(read_record(&sealed).unwrap().bytes(), RECORD, "read piece by piece");
}

#[test]
fn tools_read_libraries_of_other_machines() {
    let mut other = library(&RECORD);
    other[18..20].copy_from_slice(&258_u16.to_le_bytes());
    assert!(matches!(record_in(&other[..]), Err(LibraryError::OtherMachine { .. })));
    assert_eq!(read_record_of_any_machine(&other).unwrap().package().package, "cms-plugin-clock");
    other[16] = 2;
    assert!(matches!(read_record_of_any_machine(&other), Err(LibraryError::NotALibrary { .. })));
    // A header that says 32 bits over one of 64 is damage, not a panic.
    other[16] = 3;
    other[4] = 1;
    assert!(matches!(read_record_of_any_machine(&other), Err(LibraryError::Damaged { .. } | LibraryError::Record(_))));
}

#[test]
fn what_is_no_library_is_called_by_its_name() {
    let mut program = library(&RECORD);
    program[16] = 2;
    for (file, found) in [
        (&b""[..], "an empty file"),
        (b"#!/bin/sh\n", "something else"),
        (b"\x7fEL", "something else"),
        (b"MZ\x90\0", "a library or program of Windows"),
        (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "a library or program of macOS"),
        (b"\0asm\x01\0\0\0", "a WebAssembly module"),
        (b"!<arch>\n", "an archive of object files"),
        (&program, "a program"),
    ] {
        let text = refusal(file);
        assert!(text.starts_with(&format!("KW0704 the file is no shared library: it is {found}\n  help: ")), "{text}");
    }
}

#[test]
fn another_machine_stands_beside_this_one() {
    let mut other = library(&RECORD);
    other[18..20].copy_from_slice(&243_u16.to_le_bytes());
    let text = refusal(&other);
    assert!(text.starts_with("KW0705 the library is for another machine\n  host    "), "{text}");
    assert!(text.contains("\n  plugin  riscv, 64 bits, little endian\n"), "{text}");
    let mut narrow = library(&RECORD);
    narrow[4] = 1;
    assert!(refusal(&narrow).contains("32 bits"));
    let mut unknown = library(&RECORD);
    unknown[18..20].copy_from_slice(&999_u16.to_le_bytes());
    assert!(refusal(&unknown).contains("machine 999"));
}

#[test]
fn a_library_without_a_record_is_no_plugin() {
    assert!(refusal(&library(b"")).starts_with("KW0700 "));
    assert!(refusal(&library(b"something else")).starts_with("KW0700 "));
    assert!(refusal(&library(&MAGIC)).starts_with("KW0701 "));
}

#[test]
fn no_truncation_and_no_flipped_bit_makes_it_panic() {
    let whole = library(&RECORD);
    for length in 0..whole.len() {
        let error = record_in(&whole[..length]).unwrap_err();
        assert!(matches!(error.code(), "KW0704" | "KW0700" | "KW0701"), "{length}: {error}");
    }
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Err(error) = record_in(&flipped[..]) {
            assert!(error.to_string().starts_with("KW07"), "{error}");
        }
    }
}

#[test]
fn a_section_that_leads_out_of_the_file_or_is_huge_is_refused() {
    let whole = library(&RECORD);
    let header = whole.len() - 2 * 64;
    let with_size = |size: u64| {
        let mut file = whole.clone();
        file[header + 32..header + 40].copy_from_slice(&size.to_le_bytes());
        record_in(&file[..]).unwrap_err()
    };
    assert!(matches!(with_size(100_000), LibraryError::Damaged { .. }));
    assert!(with_size(u64::MAX).to_string().contains("its section `.keyway` is larger than 4 MiB"));
}
