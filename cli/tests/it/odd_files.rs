//! Files that are not what they should be: each is named, with what to do, by every command that reads it, and none is waited for.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output};

use crate::sandbox::{Ran, Sandbox};

/// Makes a file odd.
type Make = fn(&Path);

/// The files that commands read.
const FILES: [&str; 4] = ["plugins/clock/plugin.toml", "host/host.toml", "host/keyway.lock", "host/src/main.rs"];

/// What is put in the place of a file, or made of its text.
const KINDS: [(&str, Make); 15] = [
    ("missing", remove),
    ("folder", |file| {
        remove(file);
        fs::create_dir(file).expect("a folder can be made");
    }),
    ("empty", |file| fs::write(file, "").expect("a file can be written")),
    ("pipe", |file| {
        remove(file);
        assert!(Command::new("mkfifo").arg(file).status().expect("mkfifo is there").success());
    }),
    ("device", |file| link(file, "/dev/zero")),
    ("link to itself", |file| link(file, file.file_name().expect("it has a name").to_str().expect("it is UTF-8"))),
    ("link to nowhere", |file| link(file, "nowhere")),
    ("endless", |file| {
        let file = fs::OpenOptions::new().append(true).open(file).expect("it is there");
        file.set_len(1 << 40).expect("a file can have holes");
    }),
    ("byte-order mark", |file| edit(file, |text| format!("\u{feff}{text}").into_bytes())),
    ("ends of lines", |file| edit(file, |text| text.replace('\n', "\r\n").into_bytes())),
    ("nul", |file| edit(file, |text| format!("{text}a\0b\n").into_bytes())),
    ("no UTF-8", |file| edit(file, |text| [text.as_bytes(), b"a = \"\xff\"\n"].concat())),
    ("deep", |file| edit(file, |text| format!("{text}x = {}\n", "[".repeat(5_000)).into_bytes())),
    ("twice", |file| edit(file, |text| format!("{text}{text}").into_bytes())),
    ("conflict", |file| {
        edit(file, |text| format!("<<<<<<< HEAD\n{text}||||||| base\n=======\n{text}>>>>>>> other\n").into_bytes());
    }),
];

fn remove(file: &Path) {
    fs::remove_file(file).expect("it is there");
}

fn link(file: &Path, target: &str) {
    remove(file);
    symlink(target, file).expect("a link can be made");
}

fn edit(file: &Path, change: fn(&str) -> Vec<u8>) {
    let text = fs::read_to_string(file).expect("it is there");
    fs::write(file, change(&text)).expect("a file can be written");
}

/// A host whose lock approves all of it.
fn approved() -> Sandbox {
    let site = Sandbox::site();
    assert_eq!(site.run(&["approve", "--all", "--by", "ada@example.org"]).code(), 0);
    site
}

/// Calls `look` for each file of each kind, and puts the file back after it.
fn each_odd_file(look: &mut dyn FnMut(&Sandbox, &str, &str)) {
    let site = approved();
    for file in FILES {
        let whole = site.read(file);
        for (kind, make) in KINDS {
            let path = site.folder().join(file);
            make(&path);
            look(&site, file, kind);
            let _ = if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) };
            site.write(file, &whole);
        }
    }
}

/// A line for each odd file: what `check` says first, and what its help is.
#[test]
fn each_odd_file_is_told_with_what_to_do() {
    let mut told = String::new();
    each_odd_file(&mut |site, file, kind| {
        let check = site.run(&["check", "--manifest-path", "host"]);
        let text = format!("{}{}", check.stdout(), check.stderr());
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        told.push_str(&format!("{file}, {kind}: {}\n", check.code()));
        told.push_str(&format!("  {}\n", lines.first().unwrap_or(&"nothing")));
        if let Some(help) = lines.iter().find(|line| line.starts_with("help: ")) {
            told.push_str(&format!("  {help}\n"));
        }
        assert!(check.code() == 0 || text.contains(file), "{file}, {kind}: the file is not named\n{text}");
    });
    let folder = Sandbox::empty();
    let output = Output { status: ExitStatus::from_raw(0), stdout: told.into_bytes(), stderr: Vec::new() };
    Ran::of("check, of odd files", output, folder.folder()).snapshot("odd_files");
}

/// Whatever a command is about, it ends with an exit code of its table, and when that is no answer, with a code and a help.
#[test]
fn no_command_panics_or_waits() {
    let commands: [&[&str]; 6] = [
        &["list"],
        &["permissions"],
        &["approvals"],
        &["lock", "--check"],
        &["lock"],
        &["diff", "plugins/pages", "plugins/clock/plugin.toml"],
    ];
    each_odd_file(&mut |site, file, kind| {
        // What is no text at all; what is wrong with a text, all commands tell as `check` does.
        if !["folder", "pipe", "device", "link to itself", "endless", "no UTF-8"].contains(&kind) {
            return;
        }
        for command in commands {
            let ran = site.run(&[command, &["--manifest-path", "host"]].concat());
            assert!((0..=7).contains(&ran.code()), "{file}, {kind}, {command:?}: {}\n{}", ran.code(), ran.stderr());
            let is_told = ran.stderr().starts_with("error: KW") && ran.stderr().contains("\n  help: ");
            assert!(ran.code() <= 1 || is_told, "{file}, {kind}, {command:?}:\n{}", ran.stderr());
        }
    });
}

/// Arguments that name files.
#[test]
fn files_that_are_named_are_looked_at_before_they_are_read() {
    let site = approved();
    assert!(Command::new("mkfifo").arg(site.folder().join("pipe")).status().expect("mkfifo is there").success());
    for path in ["pipe", "/dev/zero", "plugins"] {
        for command in [&["approve", "--by", "ada", "--import", path][..], &["diff", path], &["list", "--manifest-path", path]] {
            let ran = site.run(command);
            assert!(ran.code() > 1 && ran.stderr().contains(path), "{command:?}: {}\n{}", ran.code(), ran.stderr());
            assert!(ran.stderr().contains("\n  help: "), "{command:?}: {}", ran.stderr());
        }
    }
}
