//! Libraries with nothing in them but the record of a plugin, and programs with less.

use keyway_manifest::record::{Allocator, BuildFacts, PanicStrategy, RecordParts, record_len, write_record};
use keyway_manifest::{Descriptor, Location, Version};

const fn descriptor(package: &'static str) -> Descriptor {
    Descriptor {
        package,
        version: Version { major: 1, minor: 2, patch: 0, pre: "", build: "" },
        location: Location { file: "plugin.toml", ..Location::UNKNOWN },
        ..Descriptor::EMPTY
    }
}

const fn built_for(target: &'static str) -> BuildFacts {
    BuildFacts { target, ..BuildFacts::UNKNOWN }
}

const X86: &str = "x86_64-unknown-linux-gnu";
const ARM: &str = "aarch64-unknown-linux-gnu";
const SEARCH: &str = include_str!("../fixtures/site/plugins/search/plugin.toml");
const FEED: &str = "manifest-version = 1\n[plugin]\nid = \"acme.feed\"\nhost = \"^0.3\"\n\n[permissions]\n\
                    \"http.routes\" = { scope = [\"/feed.xml\"], reason = \"serves the feed\" }\n";

const SEARCH_X86: &RecordParts =
    &RecordParts { descriptor: &descriptor("site-plugin-search"), manifest: SEARCH, ..RecordParts::of(built_for(X86)) };
const SEARCH_ARM: &RecordParts =
    &RecordParts { descriptor: &descriptor("site-plugin-search"), manifest: SEARCH, ..RecordParts::of(built_for(ARM)) };
/// Built by another compiler, with another `keyway`, and so that a panic would end the host.
const ELSEWHERE: BuildFacts = BuildFacts {
    rustc: "1.94.0",
    commit: "4a4ef493e3a1488c6e321570238084b38948f6db",
    panic: PanicStrategy::Abort,
    allocator: Allocator::Host,
    keyway: "0.2.0",
    ..built_for(X86)
};
const SEARCH_ELSEWHERE: &RecordParts =
    &RecordParts { descriptor: &descriptor("site-plugin-search"), manifest: SEARCH, ..RecordParts::of(ELSEWHERE) };
const FEED_ARM: &RecordParts =
    &RecordParts { descriptor: &descriptor("acme-feed"), manifest: FEED, ..RecordParts::of(built_for(ARM)) };

/// The plugin `site.search` of the fixture.
pub(crate) fn search_for_x86() -> Vec<u8> {
    static RECORD: [u8; record_len(SEARCH_X86)] = write_record(SEARCH_X86);
    library(&RECORD, 62)
}

/// The same for another machine.
pub(crate) fn search_for_arm() -> Vec<u8> {
    static RECORD: [u8; record_len(SEARCH_ARM)] = write_record(SEARCH_ARM);
    library(&RECORD, 183)
}

/// The same, built otherwise than its host.
pub(crate) fn search_built_elsewhere() -> Vec<u8> {
    static RECORD: [u8; record_len(SEARCH_ELSEWHERE)] = write_record(SEARCH_ELSEWHERE);
    library(&RECORD, 62)
}

/// A plugin that the fixture's host does not depend on.
pub(crate) fn feed_for_arm() -> Vec<u8> {
    static RECORD: [u8; record_len(FEED_ARM)] = write_record(FEED_ARM);
    library(&RECORD, 183)
}

/// A program with nothing in it but these bytes.
pub(crate) fn program(content: &[u8]) -> Vec<u8> {
    library(content, 62)
}

/// An ELF file with its header, the record's section, and the names of sections.
fn library(record: &[u8], machine: u16) -> Vec<u8> {
    const HEADER: u64 = 64;
    let names = b"\0.keyway\0.names\0";
    let names_at = HEADER + record.len() as u64;
    let table = (names_at + names.len() as u64).next_multiple_of(8);
    let mut file = Vec::from(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    [3, machine].into_iter().for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    file.extend_from_slice(&1_u32.to_le_bytes());
    [0, 0, table].into_iter().for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    file.extend_from_slice(&[0; 4]);
    [64_u16, 56, 0, 64, 3, 2].into_iter().for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    file.extend_from_slice(record);
    file.extend_from_slice(names);
    file.resize(usize::try_from(table).expect("it is small"), 0);
    for (name, kind, offset, size) in
        [(0_u32, 0_u32, 0, 0), (1, 1, HEADER, record.len() as u64), (9, 3, names_at, names.len() as u64)]
    {
        file.extend_from_slice(&name.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        [0, 0, offset, size, 0, 0, 0].into_iter().for_each(|number: u64| file.extend_from_slice(&number.to_le_bytes()));
    }
    file
}
