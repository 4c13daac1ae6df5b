//! How the host is compiled: what a panic does.

use std::path::{Path, PathBuf};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use toml::{Table, Value};

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding};
use super::toolchain::cargo_home;

pub(super) fn look(subject: &Subject<'_>) -> Vec<DoctorCheck> {
    let Some(project) = subject.project else { return Vec::new() };
    let aborts = aborts(subject, project.root());
    let findings = aborts.into_iter().map(|(found, help)| {
        if !project.call().accepts_abort {
            let why = "`host!` refuses such a build, because a panic of one plugin would end the program";
            let help = format!("{help}, or accept it with `panic_abort = accepted` in `host!`");
            DoctorFinding::problem(found, why, help).code("KW0439")
        } else if subject.takes_libraries() {
            DoctorFinding::problem(found, "a host that is built so takes no library", help).code("KW0709")
        } else {
            DoctorFinding::note(found, "guards catch no panic then: that of any plugin ends the program", help)
        }
    });
    vec![DoctorCheck::of("panic", "a panic of a plugin can be caught in every profile", findings.collect())]
}

/// Where something says that a panic ends the process, and what takes it away.
fn aborts(subject: &Subject<'_>, root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // Of a workspace Cargo heeds the profiles of its own Cargo.toml alone.
    let cargo_toml = root.join("Cargo.toml");
    let of_file = |file: &Path| read_bounded_text(file, LARGEST_TEXT).ok().and_then(|text| text.parse::<Table>().ok());
    if let Some(table) = of_file(&cargo_toml) {
        found.extend(of_table(&table, &subject.shown(&cargo_toml)));
    }
    for file in configurations(subject.folder) {
        if let Some(table) = of_file(&file) {
            found.extend(of_table(&table, &subject.shown(&file)));
        }
    }
    for (name, value) in std::env::vars_os() {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        let is_profile = name.starts_with("CARGO_PROFILE_") && name.ends_with("_PANIC") && value == "abort";
        let is_flags = ["RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].contains(&&*name) && is_abort(&value);
        if is_profile || is_flags {
            found.push((
                format!("the variable `{name}` says that a panic aborts"),
                format!("unset `{name}`, or take it out of there"),
            ));
        }
    }
    found
}

/// The files with settings for Cargo that count in a folder.
fn configurations(folder: &Path) -> Vec<PathBuf> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut folders: Vec<PathBuf> = folder.ancestors().map(|folder| folder.join(".cargo")).collect();
    folders.extend(cargo_home().filter(|home| !folders.contains(home)));
    folders
        .into_iter()
        .flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name)))
        .filter(|file| file.is_file())
        .collect()
}

/// The tables of a file that say so.
fn of_table(table: &Table, file: &str) -> Vec<(String, String)> {
    let tables = |key: &str| table.get(key).and_then(Value::as_table).into_iter().flatten();
    let setting = |path: String| {
        (format!("`[{path}]` in `{file}` has `panic = \"abort\"`"), format!("take it out of `[{path}]` in `{file}`"))
    };
    let flag = |path: String| {
        (
            format!("`rustflags` of `[{path}]` in `{file}` have `panic=abort`"),
            format!("take it out of `rustflags` of `[{path}]` in `{file}`"),
        )
    };
    let profiles = tables("profile").filter(|(_, profile)| profile.get("panic").and_then(Value::as_str) == Some("abort"));
    // Cargo itself leaves it out of these.
    let profiles = profiles.filter(|(name, _)| !["test", "bench"].contains(&name.as_str()));
    let mut found: Vec<_> = profiles.map(|(name, _)| setting(format!("profile.{name}"))).collect();
    let flags = |table: &Value| match table.get("rustflags") {
        Some(Value::String(flags)) => is_abort(flags),
        Some(Value::Array(flags)) => is_abort(&flags.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        _ => false,
    };
    found.extend(table.get("build").filter(|build| flags(build)).map(|_| flag("build".to_owned())));
    found.extend(tables("target").filter(|(_, target)| flags(target)).map(|(name, _)| flag(format!("target.{name}"))));
    found
}

/// Whether flags of the compiler say that a panic ends the process.
fn is_abort(flags: &str) -> bool {
    flags.split([' ', '\u{1f}']).any(|flag| flag.trim_start_matches("-C").trim_start_matches("--codegen=") == "panic=abort")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<String> {
        of_table(&text.parse().unwrap(), "Cargo.toml").into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn finds_what_ends_the_process() {
        let text =
            "[profile.release]\npanic = \"abort\"\n[profile.test]\npanic = \"abort\"\n[profile.dist]\ninherits = \"release\"";
        assert_eq!(places(text), ["`[profile.release]` in `Cargo.toml` has `panic = \"abort\"`"]);
        assert_eq!(
            places("[build]\nrustflags = [\"-C\", \"panic=abort\"]"),
            ["`rustflags` of `[build]` in `Cargo.toml` have `panic=abort`"]
        );
        assert_eq!(
            places("[target.'cfg(unix)']\nrustflags = \"-Cpanic=abort\""),
            ["`rustflags` of `[target.cfg(unix)]` in `Cargo.toml` have `panic=abort`"]
        );
        assert!(places("[profile.release]\npanic = \"unwind\"\nlto = true\n[build]\nrustflags = [\"-Copt-level=3\"]").is_empty());
        assert!(places("profile = 1\nbuild = 2").is_empty());
    }

    #[test]
    fn reads_flags_in_each_of_their_forms() {
        for flags in ["-Cpanic=abort", "-g -C panic=abort", "-C\u{1f}panic=abort", "--codegen=panic=abort"] {
            assert!(is_abort(flags), "{flags}");
        }
        assert!(!is_abort("-Cpanic=unwind --cfg panic_abort"));
    }
}
