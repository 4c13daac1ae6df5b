//! Libraries whose constructors end the process, or never end: a child finds them, and this process lives.

use std::time::Duration;

use keyway_native::image::Image;
use keyway_native::probe::{self, DEFAULT_LIMIT, ProbeError};

use crate::fixture::{GOOD, UNDEFINED, call, compiled, constructor, numbered, sealed, until};

fn probed(source: &str, limit: Duration) -> Result<(), ProbeError> {
    probe::open(&sealed(&compiled(source, &[])), limit)
}

fn ended(body: &str) -> String {
    let err = probed(&constructor(body), DEFAULT_LIMIT).expect_err(body);
    assert_eq!(err.code(), "KW0747", "{err}");
    err.to_string()
}

#[test]
fn a_good_library_passes_and_can_be_loaded_then() {
    let library = sealed(&numbered(&compiled(GOOD, &[]), 30));
    probe::open(&library, DEFAULT_LIMIT).expect("nothing is wrong with it");
    let image = Image::open(library).expect("a good library");
    assert_eq!(call(&image, c"number"), 30);
}

#[test]
fn a_constructor_that_uses_memory_that_is_not_there() {
    assert_eq!(
        ended("unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) }"),
        "KW0747 a process that loaded `extensions/test.so` was ended by the signal SIGSEGV (it used memory that is not there) before anything of the library was \
         called\n  help: this is a constructor of the library or of one that it needs (`readelf -d FILE` lists INIT_ARRAY and NEEDED); it was loaded in a \
         process of its own, and the program goes on without it"
    );
}

#[test]
fn a_constructor_that_aborts_and_what_it_wrote() {
    let text = ended("eprintln!(\"no\\x1b[2J database\"); std::process::abort()");
    assert!(text.contains("was ended by the signal SIGABRT (it aborted)"), "{text}");
    assert!(text.ends_with("\n  it wrote: no\\u{1b}[2J database"), "{text}");
}

#[test]
fn a_constructor_that_panics() {
    let text = ended("panic!(\"not today\")");
    assert!(text.contains("SIGABRT") && text.contains("not today"), "{text}");
}

#[test]
fn a_constructor_that_exits() {
    for status in [0, 3] {
        let text = ended(&format!("std::process::exit({status})"));
        assert!(
            text.starts_with(&format!("KW0747 a process that loaded `extensions/test.so` ended with the status {status} before")),
            "{text}"
        );
    }
}

#[test]
fn a_constructor_that_kills_its_process() {
    // As if the system lacked memory.
    let text = ended("unsafe extern \"C\" { fn raise(signal: i32) -> i32; } unsafe { raise(9); }");
    assert!(text.contains("SIGKILL"), "{text}");
}

#[test]
fn a_constructor_that_never_ends() {
    for body in ["loop { std::thread::sleep(std::time::Duration::from_secs(1)) }", "loop { std::hint::spin_loop() }"] {
        let err = probed(&constructor(body), Duration::from_millis(500)).expect_err("it hangs");
        assert!(matches!(err, ProbeError::Hung { .. }), "{err}");
        assert!(
            err.to_string().starts_with("KW0748 loading `extensions/test.so` had not come to an end after 500ms\n  help: "),
            "{err}"
        );
    }
}

#[test]
fn a_constructor_that_writes_much_does_not_make_the_probe_wait() {
    probed(
        &constructor("for _ in 0..100_000 { println!(\"keyway-probe refused noise\"); eprintln!(\"more noise\"); }"),
        DEFAULT_LIMIT,
    )
    .expect("noise is no mistake");
    let text = ended("let much = \"x\".repeat(1 << 20); loop { eprint!(\"{much}\") }");
    assert!(text.contains("was ended by the signal SIGXFSZ (it wrote more than 64 MiB)"), "{text}");
}

#[test]
fn a_process_that_a_constructor_began_is_ended_with_the_probe() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let marker = folder.join(format!("grandchild-{}", std::process::id()));
    let body = format!(
        "let child = std::process::Command::new(\"sleep\").arg(\"600\").stdin(std::process::Stdio::null()).spawn().unwrap(); std::fs::write({marker:?}, \
         child.id().to_string()).unwrap();"
    );
    probed(&constructor(&body), DEFAULT_LIMIT).expect("a process is no mistake");
    let id = std::fs::read_to_string(&marker).expect("the number of the process");
    std::fs::remove_file(marker).expect("the marker");
    until("the process ends", || {
        // It may be there still because nobody has waited for it.
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        state.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
    });
}

#[test]
fn what_the_linker_refuses_is_told_as_when_it_is_loaded() {
    let library = compiled(UNDEFINED, &[]);
    let probed = probe::open(&sealed(&library), DEFAULT_LIMIT).expect_err("it binds what nobody has").to_string();
    let loaded = Image::open(sealed(&library)).expect_err("it binds what nobody has").to_string();
    assert_eq!(probed, loaded);
}

#[test]
fn a_child_does_not_see_the_environment_of_the_host() {
    // Cargo sets this for each test.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    probed(&constructor("if std::env::var_os(\"CARGO_MANIFEST_DIR\").is_some() { std::process::abort() }"), DEFAULT_LIMIT)
        .expect("the variable is not there");
}
