//! `cargo keyway surface`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cargo_keyway::answer::{LinkedPackage, PluginSources, SurfaceReport, UnsafeStanding};

use crate::library::program;
use crate::sandbox::Sandbox;

/// A program with surfaces as they lie in its file: marks, the length, the text.
pub(crate) fn program_with(texts: &[&str]) -> Vec<u8> {
    let framed = |text: &&str| format!("more\0KEYWAY-SURFACE\n{:010}\n{text}\nKEYWAY-SURFACE-END\0and more", text.len());
    program(texts.iter().map(framed).collect::<String>().as_bytes())
}

fn in_a_file(text: &str) -> Vec<u8> {
    program_with(&[text])
}

pub(crate) const EMPTY: &str = r#"{"format":1,"host":{"package":"HOST","version":"1.0.0"},"keyway":"0.1.0","sdk":null,"panic_abort":true,"levels":[],"plugins":[]}"#;

pub(crate) const SITE: &str = r#"{"format":1,"host":{"package":"site","version":"1.2.0"},"keyway":"0.1.0","sdk":{"package":"site-sdk","version":"0.3.0"},"panic_abort":false,"levels":[1,1],"plugins":[
{"id":"site.files","version":"1.2.0","package":"site-plugin-files","license":"MIT","stability":"beta","provides":[{"id":"service.store","version":"1.0.0","exclusive":true}],"requires":[],"routes":[],"permissions":[{"name":"filesystem.read","kind":"Path","scopes":["content/**"],"optional":false,"reason":"reads the pages"},{"name":"mail.send","kind":"Origin","scopes":["https://a.example","https://b.example"],"optional":true,"reason":"tells of mistakes"}],"limits":{"call_millis":2000,"tasks":4},"tier":"static","extends":["service.store"],"asks":["site.changed"],"publishes":["files.changed"],"subscribes":[]},
{"id":"site.pages","version":"2.0.0","package":"","license":"","stability":"development","provides":[],"requires":[{"id":"service.store","kind":"service","versions":"^1","optional":false},{"id":"site.theme","kind":"plugin","versions":"*","optional":true}],"routes":["/**"],"permissions":[{"name":"http.routes","kind":"Route","scopes":["/**"],"optional":false,"reason":"serves the pages"}],"limits":{},"tier":"native","extends":["site.route","site.template","site.middleware","site.authenticator","site.authoriser","site.processor","site.websocket"],"asks":[],"publishes":[],"subscribes":["files.changed"]}
]}
"#;

#[test]
fn a_program_is_read_and_not_run() {
    let folder = Sandbox::empty();
    folder.write("site", in_a_file(SITE));
    folder.run(&["surface", "--binary", "site"]).snapshot("surface");
    let report: SurfaceReport = folder.json(&["surface", "--binary", "site"]);
    assert_eq!((report.surface.plugins[1].tier.as_str(), report.sources), ("native", None));
    let newer = SITE.replace("\"sdk\":", "\"more\":[1],\"sdk\":");
    folder.write("newer", in_a_file(&newer));
    assert_eq!(folder.json::<SurfaceReport>(&["surface", "--binary", "newer"]).surface, report.surface);
}

#[test]
fn what_is_no_program_of_a_host_is_told_in_one_line() {
    let folder = Sandbox::empty();
    folder.run(&["surface", "--binary", "absent"]).snapshot("surface_absent");
    folder.write("page", "KEYWAY-SURFACE");
    folder.run(&["surface", "--binary", "page"]).snapshot("surface_of_a_page");
    folder.write("other", program(b"KEYWAY-SURFACE"));
    folder.run(&["surface", "--binary", "other"]).snapshot("surface_none");
    folder.write("newer", in_a_file(r#"{"format":2}"#));
    folder.run(&["surface", "--binary", "newer"]).snapshot("surface_newer");
    folder.write("broken", in_a_file(r#"{"format":1}"#));
    folder.run(&["surface", "--binary", "broken"]).snapshot("surface_broken");
    folder.run(&["surface", "--binary", "page", "--release"]).snapshot("surface_arguments_contradict");
    folder.run(&["surface", "--binary", "."]).snapshot("surface_of_a_folder");
    let whole = in_a_file(SITE);
    folder.write("cut", &whole[..whole.len() - 1]);
    folder.run(&["surface", "--binary", "cut"]).snapshot("surface_cut_short");
    #[cfg(unix)]
    {
        let fifo = folder.folder().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(fifo).status().expect("it can be started").success());
        folder.run(&["surface", "--binary", "fifo"]).snapshot("surface_of_a_pipe");
        assert_eq!(folder.run(&["surface", "--binary", "/dev/zero"]).code(), 5);
        // As large as a disk, and nothing is in it.
        std::fs::File::create(folder.folder().join("huge")).and_then(|huge| huge.set_len(1 << 40)).expect("a file can be made");
        assert_eq!(folder.run(&["surface", "--binary", "huge"]).code(), 5);
    }
    assert_eq!(folder.run(&["surface", "--binary", "page", "--json"]).refusal().error.code, "KW0875");
}

#[test]
fn of_several_hosts_in_one_file_one_is_named() {
    let folder = Sandbox::empty();
    let both = program_with(&[&EMPTY.replace("HOST", "site"), &EMPTY.replace("HOST", "admin")]);
    folder.write("both", both);
    folder.run(&["surface", "--binary", "both"]).snapshot("surface_of_two");
    folder.run(&["surface", "--binary", "both", "-p", "admin"]).snapshot("surface_of_one_of_two");
    assert_eq!(folder.run(&["surface", "--binary", "both", "-p", "other"]).code(), 5);
}

/// A copy of `tests/fixtures/built`, which is really built.
fn built() -> Sandbox {
    let sandbox = Sandbox::of("built");
    let keyway = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("core");
    sandbox.edit("Cargo.toml", "\"../../../../core\"", &format!("{:?}", keyway.display().to_string()));
    let lock = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.lock")).expect("the project has one");
    sandbox.write("Cargo.lock", lock);
    sandbox
}

/// Where these hosts are built; Keyway itself once for all of them.
fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("fixtures/build")
}

/// One build after the other: all of them write the same program.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Builds the host in a folder, and gives what it says.
fn report(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = sandbox.command(arguments);
    let output = command.env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true").output().expect("it can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn a_host_that_is_built_is_reported_with_what_its_source_code_tells() {
    let _turn = turn();
    let sandbox = built();
    let text = report(&sandbox, &["surface"]);
    assert_eq!(report(&sandbox, &["surface"]), text);
    assert_eq!(report(&built(), &["surface"]), text);

    let json = report(&sandbox, &["surface", "--json"]);
    assert_eq!(report(&built(), &["surface", "--json"]), json);
    assert!(!json.contains(&*sandbox.folder().to_string_lossy()), "{json}");
    let answer: cargo_keyway::answer::Answer<SurfaceReport> = serde_json::from_str(&json).expect("an answer");
    let SurfaceReport { surface, sources } = answer.data;
    assert_eq!((surface.host.package.as_str(), surface.levels.as_slice()), ("built", &[2, 1][..]));
    let sources = sources.expect("the source code is here");
    let ids: Vec<&str> = sources.plugins.iter().map(|plugin| plugin.id.as_str()).collect();
    assert_eq!(ids, ["built.careful", "built.own", "built.daring"]);
    let told = |index: usize| {
        let PluginSources { unsafe_code, dependencies, .. } = &sources.plugins[index];
        let unsafe_code = unsafe_code.as_ref().expect("its source code is here");
        let names: Vec<&str> = dependencies.iter().map(|package| package.name.as_str()).collect();
        (unsafe_code.standing, unsafe_code.places.join(" "), names)
    };
    assert_eq!(told(0), (UnsafeStanding::Forbidden, String::new(), vec![]));
    assert_eq!(told(1), (UnsafeStanding::Forbidden, String::new(), vec![]));
    assert_eq!(told(2), (UnsafeStanding::Used, "src/raw.rs:6".to_owned(), vec!["itoa"]));
    let LinkedPackage { license, .. } = &sources.plugins[2].dependencies[0];
    assert_eq!(license.as_deref(), Some("MIT OR Apache-2.0"));
    assert!(sources.shared.iter().any(|package| package.name == "keyway"));

    // The program says the same of itself, and its file without being run.
    let program = target().join("debug").join(format!("built{}", std::env::consts::EXE_SUFFIX));
    let said = std::process::Command::new(&program).output().expect("the program can be started");
    assert_eq!(surface, serde_json::from_slice(&said.stdout).expect("a surface"));
    let file = program.to_str().expect("the path is text");
    assert_eq!(sandbox.json::<SurfaceReport>(&["surface", "--binary", file]).surface, surface);

    let without: cargo_keyway::answer::Answer<SurfaceReport> =
        serde_json::from_str(&report(&sandbox, &["surface", "--json", "--no-default-features"])).expect("an answer");
    assert_eq!(without.data.surface.plugins.len(), 2);
}

#[test]
fn a_host_that_does_not_compile_is_told() {
    let _turn = turn();
    let sandbox = built();
    sandbox.edit("host/src/main.rs", "fn main() {", "fn main() {\n    nothing_of_this_name();");
    let output = sandbox.command(&["surface"]).env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true").output();
    let output = output.expect("it can be started");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(7), &b""[..]), "{error}");
    assert!(error.contains("nothing_of_this_name") && error.contains("error: KW0877 `built` could not be built"), "{error}");
}
