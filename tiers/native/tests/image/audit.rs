//! What an audit finds in real libraries.

use keyway_native::audit::{Audit, Finding};
use keyway_native::image::Image;

use crate::fixture::{
    COMMAND, FILES, GOOD, INTERPOSES, SOCKET, THREAD, THREAD_LOCAL, UNDEFINED, compiled, constructor, program_headers, sealed,
};

fn audit(source: &str) -> Audit {
    Audit::read(&compiled(source, &[])[..]).expect("a library")
}

#[test]
fn a_plain_library_passes_without_any_permission() {
    for source in [GOOD, THREAD_LOCAL, THREAD] {
        let audit = audit(source);
        assert_eq!(audit.forbidden(), []);
        assert_eq!(audit.undeclared([]), []);
        assert!(audit.needed.contains(&"libc.so.6".to_owned()), "{:?}", audit.needed);
        assert!(audit.exports.contains(&"number".to_owned()) && audit.imports.contains(&"memcpy".to_owned()));
    }
}

#[test]
fn what_a_library_does_beside_its_manifest_is_found() {
    for (source, permission, function) in
        [(SOCKET, "network.client", "connect"), (FILES, "filesystem.write", "unlink"), (COMMAND, "process.execute", "execvp")]
    {
        let audit = audit(source);
        let undeclared = audit.undeclared(["env.read", "database.read"]);
        assert!(undeclared.iter().any(|undeclared| undeclared.functions.iter().any(|name| name == function)), "{undeclared:?}");
        assert_eq!(audit.undeclared([permission]), []);
    }
}

#[test]
fn constructors_are_counted() {
    let without = audit(GOOD).constructors;
    assert_eq!(audit(&constructor("")).constructors, without + 1);
}

#[test]
fn an_undefined_function_is_an_import() {
    assert!(audit(UNDEFINED).imports.contains(&"keyway_nobody_has_this".to_owned()));
}

#[test]
fn a_function_of_the_c_library_is_not_offered() {
    let library = compiled(INTERPOSES, &[]);
    assert_eq!(
        Audit::read(&library[..]).expect("a library").forbidden(),
        [Finding::Interposes { names: vec!["getaddrinfo".to_owned()] }]
    );
    let err = Image::open(sealed(&library)).expect_err("refused whatever the policy says");
    assert_eq!(err.code(), "KW0742");
}

#[test]
fn an_executable_stack_is_refused() {
    let library = compiled(GOOD, &["-Clink-arg=-Wl,-z,execstack"]);
    assert_eq!(Audit::read(&library[..]).expect("a library").forbidden(), [Finding::ExecutableStack]);
    assert_eq!(Image::open(sealed(&library)).expect_err("refused").code(), "KW0743");
}

#[test]
fn memory_that_can_be_written_and_executed_is_refused() {
    let mut library = compiled(GOOD, &[]);
    // The type 1 is a part that is loaded; the flags are execute 1, write 2, read 4.
    let code = program_headers(&library).find(|at| library[*at] == 1 && library[*at + 4] == 5).expect("a library has code");
    library[code + 4] = 7;
    assert_eq!(Audit::read(&library[..]).expect("a library").forbidden(), [Finding::WritableCode { segments: 1 }]);
    // Without the header that speaks of the stack, the kernel takes an executable one.
    let mut library = compiled(GOOD, &[]);
    let stack = program_headers(&library)
        .find(|at| library[*at..*at + 4] == [0x51, 0xe5, 0x74, 0x64])
        .expect("rustc says how the stack should be");
    library[stack..stack + 4].copy_from_slice(&[0; 4]);
    assert_eq!(Audit::read(&library[..]).expect("a library").forbidden(), [Finding::ExecutableStack]);
}

#[test]
fn what_section_headers_say_does_not_count() {
    let mut library = compiled(SOCKET, &[]);
    let expected = Audit::read(&library[..]).expect("a library");
    // No section headers at all: the linker does not look at them.
    library[40..48].fill(0);
    library[60..64].fill(0);
    assert_eq!(Audit::read(&library[..]).expect("a library without section headers"), expected);
}

#[test]
fn no_change_of_a_byte_makes_an_audit_panic() {
    let library = compiled(GOOD, &[]);
    // The headers, the dynamic table and what it leads to lie at the beginning and at its own place.
    let dynamic = program_headers(&library).find(|at| library[*at] == 2).expect("a dynamic table");
    let dynamic = usize::try_from(u64::from_le_bytes(library[dynamic + 8..dynamic + 16].try_into().expect("8 bytes")))
        .expect("a place in the file");
    for at in (0..4096).chain(dynamic..dynamic + 512) {
        for byte in [0x00, 0x7f, 0xff] {
            let mut changed = library.clone();
            changed[at] = byte;
            let _ = Audit::read(&changed[..]);
        }
    }
}
