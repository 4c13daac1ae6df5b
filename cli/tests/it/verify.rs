//! `cargo keyway verify`, with a program that stands in for a host. The answers are those of real hosts: `tests/native/it/verify.rs` keeps them so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cargo_keyway::answer::Verify;

use crate::sandbox::Sandbox;

const LIBRARY: &str = "extensions/site.sitemap/libcms_plugin_sitemap.so";
pub(crate) const TAKEN: &str = include_str!("../fixtures/verify/taken.json");
pub(crate) const REFUSED: &str = include_str!("../fixtures/verify/refused.json");

/// A compiled `tests/fixtures/verify/program.rs`.
pub(crate) fn program(is_marked: bool) -> &'static Path {
    static PROGRAMS: [OnceLock<PathBuf>; 2] = [const { OnceLock::new() }; 2];
    PROGRAMS[usize::from(is_marked)].get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/verify/program.rs");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(if is_marked { "verify-marked" } else { "verify-plain" });
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let program = folder.join(format!("site{}", std::env::consts::EXE_SUFFIX));
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.arg(source).args(["--edition", "2024", "--check-cfg", "cfg(marked)", "-o"]).arg(&program);
        if is_marked {
            rustc.args(["--cfg", "marked"]);
        }
        assert!(rustc.status().expect("the compiler can be started").success());
        program
    })
}

/// A folder with a library, and a host that answers so about it.
fn host(answer: &str) -> Sandbox {
    let folder = Sandbox::empty();
    folder.write(LIBRARY, "only the host reads it");
    folder.write("asked.txt", LIBRARY);
    folder.write("answer.json", answer);
    std::fs::copy(program(true), folder.folder().join("site")).expect("a program can be copied");
    folder
}

const ASK: &[&str] = &["verify", "--program", "site", LIBRARY];

#[test]
fn what_a_host_would_take_is_told_with_what_that_rests_on() {
    let folder = host(TAKEN);
    folder.run(ASK).snapshot("verify_taken");
    let verified: Verify = folder.json(ASK);
    let [library] = verified.libraries.as_slice() else { panic!("{verified:?}") };
    assert_eq!((library.plugin.as_deref(), library.publisher.as_deref()), (Some("site.sitemap"), Some("Acme")));
    assert_eq!((library.file.as_str(), library.level, library.taken), (LIBRARY, Some(1), true));
    // A later version may say more.
    let later = host(&TAKEN.replace("\"taken\"", "\"more\": [1],\n\"taken\""));
    assert_eq!(later.json::<Verify>(ASK), verified);
}

#[test]
fn what_a_host_would_not_take_is_told_with_every_reason() {
    let folder = host(REFUSED);
    folder.run(ASK).snapshot("verify_refused");
    let verified: Verify = folder.json(ASK);
    let no = verified.libraries[0].answers.iter().filter(|answer| answer.answer == "no");
    let no: Vec<_> = no.map(|answer| (answer.question.as_str(), answer.problems[0].code.as_str())).collect();
    assert_eq!(no, [("checksum", "KW0728"), ("signature", "KW0734"), ("lock", "KW0728")]);
    assert!(!verified.libraries[0].taken);
}

#[test]
fn what_was_not_asked_of_a_library_is_told_in_one_line() {
    let folder = host(include_str!("../fixtures/verify/cut.json"));
    folder.run(ASK).snapshot("verify_cut_short");
    let verified: Verify = folder.json(ASK);
    let open = verified.libraries[0].answers.iter().filter(|answer| answer.answer == "open");
    assert_eq!((open.count(), &verified.libraries[0].plugin), (6, &None));
}

#[test]
fn a_program_that_does_not_answer_is_not_started() {
    let folder = host("of another kind");
    folder.run(ASK).snapshot("verify_odd_answer");
    folder.remove("asked.txt");
    folder.run(ASK).snapshot("verify_failed_answer");
    folder.write("asked.txt", LIBRARY);
    folder.write("answer.json", "{\"format\":2,\"libraries\":[]}");
    folder.run(ASK).snapshot("verify_newer_answer");
    folder.write("answer.json", "{\"format\":1,\"libraries\":[]}");
    assert_eq!(folder.run(&[ASK, &["--json"]].concat()).refusal().error.code, "KW0883");
    assert!(folder.folder().join("started").exists());

    folder.remove("started");
    std::fs::copy(program(false), folder.folder().join("site")).expect("a program can be copied");
    folder.run(ASK).snapshot("verify_no_answer");
    let whole = std::fs::read(program(true)).expect("it was compiled");
    folder.write("site", &whole[..whole.len() - 1]);
    assert_eq!(folder.run(ASK).code(), 5);
    assert!(!folder.folder().join("started").exists());
}

#[test]
fn what_is_not_there_or_no_file_is_told_in_one_line() {
    let folder = host(TAKEN);
    folder.run(&["verify"]).snapshot("verify_nothing");
    folder.run(&["verify", "--program", "site", "absent.so"]).snapshot("verify_absent");
    folder.run(&["verify", "--program", "absent", LIBRARY]).snapshot("verify_program_absent");
    folder.run(&["verify", "--program", "extensions", LIBRARY]).snapshot("verify_program_folder");
    #[cfg(unix)]
    {
        let fifo = folder.folder().join("fifo.so");
        assert!(Command::new("mkfifo").arg(fifo).status().expect("it can be started").success());
        folder.run(&["verify", "--program", "site", "fifo.so"]).snapshot("verify_fifo");
        assert_eq!(folder.run(&["verify", "--program", "site", "/dev/zero"]).code(), 5);
        assert_eq!(folder.run(&["verify", "--program", "fifo.so", LIBRARY]).code(), 5);
        assert_eq!(folder.run(&["verify", "--program", "/dev/zero", LIBRARY]).code(), 5);
    }
    assert!(!folder.folder().join("started").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_reaches_the_host_and_is_shown() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = host(TAKEN);
    let name = OsStr::from_bytes(b"lib\xff.so");
    std::fs::write(folder.folder().join(name), "only the host reads it").expect("a file can be written");
    let output = folder.command(&["verify", "--program", "site"]).arg(name).output().expect("it can be started");
    // The stand-in, which knows text alone, was given the very bytes.
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("KW0883 `site` was asked about libraries and did not answer: "), "{said}");
    assert!(!said.contains("cannot be read"), "{said}");
}
