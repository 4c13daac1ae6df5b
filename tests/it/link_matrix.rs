//! The link matrix: whatever links a host, the table has its plugin; what the census says of each way of linking is written here.
//!
//! The host of `tests/fixtures/link` lists a plugin, lists one that never registers, and links one that it does not list. It is built as a program and as a
//! library for C, for debugging and with everything that hides constructors: fat LTO, one codegen unit, `panic = "abort"`, stripped.
//! However it is linked, the surface of its table can be read from the file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use keyway::manifest::surface;

use crate::workspace;

/// What a host prints when the linker kept every registration.
const COMPLETE: &str = "table link.listed\ntable link.silent\npanic_abort false\n\
                        registered, not listed: link.unlisted\nlisted, not registered: link.silent\n";
/// The same, built with `panic = "abort"`.
const COMPLETE_ABORT: &str = "table link.listed\ntable link.silent\npanic_abort true\n\
                              registered, not listed: link.unlisted\nlisted, not registered: link.silent\n";
/// The linker dropped a crate that only registered: the census cannot know of it, and the table is as complete as ever.
const DROPPED: &str = "table link.listed\ntable link.silent\npanic_abort false\nlisted, not registered: link.silent\n";

/// The copy of `tests/fixtures/link`; made once for all tests of this process.
fn fixture() -> &'static Path {
    static FIXTURE: OnceLock<PathBuf> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let copy = workspace::copy_of_fixtures("link");
        workspace::copy_lock_file(&copy);
        copy
    })
}

/// Builds a package and gives the folder of what came out.
fn build(package: &str, profile: &str, more: &[&str]) -> PathBuf {
    let target = fixture().with_file_name("build");
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "-p", package, "--profile", profile]).args(more).current_dir(fixture());
    workspace::clean_environment(&mut command);
    let output =
        command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", &target).output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join(if profile == "dev" { "debug" } else { profile })
}

/// What is in the file of a program or of a library, in which nothing runs for it.
fn surface_in(file: &Path) -> String {
    let bytes = std::fs::read(file).expect("what was built can be read");
    match surface::find(&bytes)[..] {
        [text] => text.to_owned(),
        ref found => panic!("{}: {found:?}", file.display()),
    }
}

/// The surface of the host of a package; `panic_abort` is all in it that depends on how it is built.
fn surface_of(package: &str, panic_abort: bool) -> String {
    let plugin = |id, package, stability| {
        format!(
            "{{\"id\":\"{id}\",\"version\":\"1.0.0\",\"package\":\"{package}\",\"license\":\"\",\"stability\":\"{stability}\",\
             \"provides\":[],\"requires\":[],\"routes\":[],\"permissions\":[],\"limits\":{{}},\"tier\":\"static\",\"extends\":[],\"asks\":[],\
             \"publishes\":[],\"subscribes\":[]}}"
        )
    };
    format!(
        "{{\"format\":1,\"host\":{{\"package\":\"{package}\",\"version\":\"1.0.0\"}},\"keyway\":\"{}\",\"sdk\":null,\
         \"panic_abort\":{panic_abort},\"levels\":[2],\"plugins\":[\n{},\n{}\n]}}\n",
        env!("CARGO_PKG_VERSION"),
        plugin("link.listed", "link-listed", "development"),
        plugin("link.silent", "", "stable"),
    )
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn run(program: &Path, arguments: &[&Path]) -> String {
    said(&Command::new(program).args(arguments).output().expect("the program can be started"))
}

/// Compiles a C program; `None`, with a printed reason, where there is no C compiler that links as Linux does.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn compile_c(source: &str, name: &str, more: &[&str]) -> Option<PathBuf> {
    if !cfg!(target_os = "linux") || Command::new("cc").arg("--version").output().is_err() {
        println!("skipped: {source} needs the C compiler `cc` on Linux");
        return None;
    }
    let program = fixture().with_file_name("build").join(name);
    let output = Command::new("cc").arg(fixture().join(source)).arg("-o").arg(&program).args(more).output();
    said(&output.expect("cc was there a moment ago"));
    Some(program)
}

#[test]
fn a_program_has_its_plugins() {
    let program = build("link-program", "dev", &[]).join("link-program");
    assert_eq!(run(&program, &[]), COMPLETE);
    assert_eq!(surface_in(&program), surface_of("link-program", false));
}

#[test]
fn a_program_with_fat_lto_and_panic_abort_has_its_plugins() {
    let program = build("link-program", "fat", &[]).join("link-program");
    assert_eq!(run(&program, &[]), COMPLETE_ABORT);
    assert_eq!(surface_in(&program), surface_of("link-program", true));
}

/// The census through linkme: nothing runs before `main`.
#[test]
fn a_program_without_constructors_has_its_plugins() {
    assert_eq!(run(&build("link-program", "constructorless", &["--features", "linkme"]).join("link-program"), &[]), COMPLETE);
}

#[test]
fn a_shared_library_has_its_plugins() {
    let Some(program) = compile_c("dynamic.c", "dynamic", &["-ldl"]) else { return };
    for (profile, expected) in [("dev", COMPLETE), ("fat", COMPLETE_ABORT)] {
        let library = build("link-library", profile, &[]).join("liblink_library.so");
        assert_eq!(run(&program, &[&library]), expected, "{profile}");
        assert_eq!(surface_in(&library), surface_of("link-library", profile == "fat"));
    }
}

/// The case for which the table exists: a C linker takes from an archive only what is named, so registrations go, silently.
#[test]
fn a_static_library_has_its_plugins_even_where_registration_is_lost() {
    // Without LTO the registration stays when something else of its object file is needed, which is for rustc to say.
    for (profile, expected) in [("dev", &[DROPPED, COMPLETE][..]), ("fat", &[COMPLETE_ABORT])] {
        let library = build("link-library", profile, &[]).join("liblink_library.a");
        let library = library.to_str().expect("the path is text");
        let system = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];
        let Some(program) = compile_c("static.c", &format!("static-{profile}"), &[&[library][..], &system].concat()) else {
            return;
        };
        let report = run(&program, &[]);
        assert_eq!(surface_in(&program), surface_of("link-library", profile == "fat"));
        assert!(expected.contains(&report.as_str()), "{profile}: {report}");
    }
}
