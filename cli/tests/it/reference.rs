//! `explain`, `schema`, `completions` and `man`: what needs no project.

use std::process::{Command, Stdio};

use cargo_keyway::answer::{ErrorList, ErrorPage};

use crate::sandbox::Sandbox;

#[test]
fn explains_errors() {
    let empty = Sandbox::empty();
    empty.run(&["explain", "KW0308"]).snapshot("explain");
    empty.run(&["explain", "kw999"]).snapshot("explain_absent");
    let page: ErrorPage = empty.json(&["explain", "0301"]);
    assert_eq!((page.code.as_str(), page.title.as_str()), ("KW0301", "a required plugin has the wrong version"));
    let list: ErrorList = empty.json(&["explain"]);
    assert!(list.errors.len() > 150 && list.errors.is_sorted_by(|left, right| left.code < right.code));
    let shown = empty.run(&["explain"]).stdout();
    assert!(list.errors.iter().all(|error| shown.contains(&format!("{}  {}\n", error.code, error.title))));
    // Each code of the program itself is among them.
    for (code, title) in cargo_keyway::CODES {
        assert!(list.errors.iter().any(|error| error.code == *code && error.title == *title), "{code}");
    }
}

#[test]
fn the_schema_is_the_one_that_is_published() {
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/plugin.schema.json");
    let published = std::fs::read_to_string(published).expect("the guide has the schema");
    assert_eq!(Sandbox::empty().run(&["schema"]).stdout(), published);
}

#[test]
fn completions_name_every_command() {
    let empty = Sandbox::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = empty.run(&["completions", shell]).stdout();
        for command in ["check", "explain", "permissions", "--manifest-path"] {
            assert!(script.contains(command.trim_start_matches("--")), "{shell} does not know {command}");
        }
    }
    empty.run(&["completions", "cmd"]).snapshot("completions_absent");
    // The script is one that the shell takes.
    let script = empty.run(&["completions", "bash"]).stdout();
    empty.write("completions.bash", script);
    let checked =
        Command::new("bash").args(["-n", "completions.bash"]).current_dir(empty.folder()).stderr(Stdio::piped()).output();
    if let Ok(checked) = checked {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn manual_pages_are_there_for_every_command() {
    let empty = Sandbox::empty();
    let page = empty.run(&["man"]).stdout();
    assert!(page.starts_with(".ie") && page.contains(".TH") && page.contains("cargo\\-keyway\\-check(1)"), "{page}");
    assert_eq!(empty.run(&["man", "--folder", "pages/man1"]).code(), 0);
    for command in ["", "-check", "-graph", "-man"] {
        let page = empty.read(&format!("pages/man1/cargo-keyway{command}.1"));
        assert!(page.contains(".SH NAME"), "{page}");
    }
    empty.write("file", "");
    empty.run(&["man", "--folder", "file/below"]).snapshot("man_nowhere");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let empty = Sandbox::empty();
    std::fs::create_dir(empty.folder().join("pages")).expect("a folder can be made");
    std::fs::set_permissions(empty.folder().join("pages"), std::fs::Permissions::from_mode(0o555)).expect("it is our own folder");
    // Root writes where nobody may.
    if std::fs::write(empty.folder().join("pages/probe"), "").is_err() {
        empty.run(&["man", "--folder", "pages"]).snapshot("man_forbidden");
    }
}
