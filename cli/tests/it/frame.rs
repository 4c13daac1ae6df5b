//! What all commands share: how the host is found, how failures are told, colours, and the command line itself.

use crate::sandbox::Sandbox;

#[test]
fn works_from_any_folder_of_the_project_and_by_either_name() {
    let site = Sandbox::site();
    let expected = site.run(&["list"]).stdout();
    for folder in ["host", "host/src", "plugins/clock/src"] {
        let output = site.command(&["list"]).current_dir(site.folder().join(folder)).output().expect("it can be started");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{folder}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for path in ["host/Cargo.toml", "host", "Cargo.toml", "."] {
        assert_eq!(site.run(&["list", "--manifest-path", path]).stdout(), expected, "{path}");
        assert_eq!(site.run(&["--manifest-path", path, "list", "-p", "site"]).stdout(), expected, "{path}");
    }
    let direct = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-keyway")).arg("list").current_dir(site.folder()).output();
    assert_eq!(String::from_utf8_lossy(&direct.expect("it can be started").stdout), expected);
}

#[test]
fn without_a_project_there_is_one_clear_line() {
    let empty = Sandbox::empty();
    empty.run(&["list"]).snapshot("no_cargo_toml");
    empty.run(&["list", "--manifest-path", "absent/Cargo.toml"]).snapshot("manifest_path_absent");
    empty.write("Cargo.toml", "[package]\nname = \"alone\"\nversion = \"0.1.0\"\n");
    empty.write("src/lib.rs", "");
    empty.run(&["list"]).snapshot("no_host");
    empty.write("Cargo.toml", "[package\n");
    empty.run(&["list"]).snapshot("cargo_toml_is_no_toml");
}

#[test]
fn two_hosts_are_not_guessed_between() {
    let site = Sandbox::site();
    site.edit("Cargo.toml", "\"host\", ", "\"host\", \"admin\", ");
    site.write(
        "admin/Cargo.toml",
        "[package]\nname = \"site-admin\"\nversion = \"1.0.0\"\n\n[dependencies]\nsite-plugin-clock.workspace = true\n",
    );
    site.write("admin/src/main.rs", "keyway::host! { policy = grant_requested, plugins = [site_plugin_clock] }\n");
    site.run(&["list"]).snapshot("two_hosts");
    site.run(&["list", "-p", "site-admin"]).snapshot("list_of_plugins_named_in_code");
    site.run(&["list", "-p", "absent"]).snapshot("package_absent");
}

#[test]
fn mistakes_of_the_project_are_shown_as_the_compiler_shows_them() {
    let site = Sandbox::site();
    site.edit("plugins/clock/plugin.toml", "host", "hots");
    site.edit("host/host.toml", "process.execute", "process.exec");
    site.run(&["list"]).snapshot("mistakes");
    let refusal = site.run(&["list", "--json"]).refusal();
    assert_eq!((refusal.command.as_str(), refusal.error.code.as_str()), ("list", "KW0853"));
    assert!(refusal.error.message.contains("plugins/clock/plugin.toml:5:1"), "{refusal:?}");
}

#[test]
fn the_call_of_host_is_needed_once() {
    let site = Sandbox::site();
    site.remove("host/src/welcome.rs");
    site.write("host/src/main.rs", "fn main() {}\n");
    site.run(&["list"]).snapshot("no_call");
    site.write("host/src/main.rs", "fn main() {\n");
    site.run(&["list"]).snapshot("no_call_because_of_syntax");
    site.write(
        "host/src/main.rs",
        "keyway::host! { policy = grant_requested }\nmod admin {\n    keyway::host! { policy = grant_requested }\n}\n",
    );
    site.run(&["list"]).snapshot("two_calls");
    site.write("host/src/main.rs", "keyway::host! { policy = \"absent.toml\" }\n");
    site.run(&["list"]).snapshot("policy_absent");
}

#[test]
fn a_feature_that_does_not_exist_is_an_argument_that_is_wrong() {
    let site = Sandbox::site();
    site.run(&["list", "--features", "serach"]).snapshot("feature_absent");
    site.run(&["list", "--target", "no-such-target"]).snapshot("target_absent");
}

#[test]
fn wrong_arguments_have_their_exit_code() {
    let site = Sandbox::site();
    site.run(&["lits"]).snapshot("command_absent");
    site.run(&["list", "--enabled", "--disabled"]).snapshot("arguments_contradict");
    assert_eq!(site.run(&[]).code(), 2);
    site.run(&["--help"]).snapshot("help");
    assert_eq!(site.run(&["--version"]).stdout(), format!("cargo-keyway {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let site = Sandbox::site();
    assert!(!site.run(&["list"]).stdout().contains('\u{1b}'));
    assert!(site.run(&["list", "--color", "always"]).stdout().contains('\u{1b}'));
    assert!(site.run(&["list", "-F", "x", "--color=always"]).stderr().contains('\u{1b}'));
    let forced = |variables: &[(&str, &str)]| {
        let mut command = site.command(&["list"]);
        let output = command.envs(variables.iter().copied()).output().expect("it can be started");
        String::from_utf8_lossy(&output.stdout).contains('\u{1b}')
    };
    assert!(forced(&[("CLICOLOR_FORCE", "1")]));
    assert!(!forced(&[("NO_COLOR", "1")]));
}

/// Neither a name in a path that is no UTF-8 nor a reader that goes away is a reason to fail.
#[cfg(unix)]
#[test]
fn odd_paths_and_closed_pipes_are_no_reason_to_fail() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let site = Sandbox::site();
    let odd = site.folder().join(OsStr::from_bytes(b"h\xffst"));
    std::fs::rename(site.folder().join("host"), &odd).expect("a folder can be renamed");
    let output = site.command(&["list", "--manifest-path"]).arg(&odd).output().expect("it can be started");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("site.welcome"));
    let output = site.command(&["list", "-F"]).arg(OsStr::from_bytes(b"\xff")).output().expect("it can be started");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("error: invalid UTF-8"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    // Cargo lists no packages there.
    let elsewhere = Sandbox::empty();
    let folder = elsewhere.folder().join(OsStr::from_bytes(b"w\xffrk"));
    crate::sandbox::copy(site.folder(), &folder);
    let output = site.command(&["list"]).current_dir(&folder).output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(3) && said.contains("w\u{fffd}rk/Cargo.toml` is not UTF-8"), "{said}");
    assert!(said.contains("\n  help: go to the folder of a host"), "{said}");
    let output = site.command(&["list", "--manifest-path"]).arg(folder.join(OsStr::from_bytes(b"h\xffst"))).output();
    assert_eq!(output.expect("it can be started").status.code(), Some(0));

    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let status = site.command(&["list", "--manifest-path"]).arg(&odd).stdout(writer).status().expect("it can be started");
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let site = Sandbox::site();
    let file = site.folder().join("host/Cargo.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("it is our own file");
    // Root reads what nobody may read.
    if std::fs::read(&file).is_err() {
        site.run(&["list", "--manifest-path", "host"]).snapshot("cargo_toml_forbidden");
    }
    std::fs::remove_file(&file).expect("it is our own file");
    std::fs::write(&file, b"[package]\nname = \"\xff\"\n").expect("a file can be written");
    site.run(&["list", "--manifest-path", "host"]).snapshot("cargo_toml_is_no_text");
}
