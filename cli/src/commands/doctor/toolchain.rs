//! The compiler: whether it is new enough, the one that the project asks for, and able to build for the target.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding, count, names};
use crate::cargo::Toolchain;

pub(super) fn look(subject: &Subject<'_>) -> Vec<DoctorCheck> {
    let compiler = match &subject.compiler {
        Ok(compiler) => compiler,
        Err(failure) => {
            return vec![DoctorCheck::found("compiler", DoctorFinding::failure(failure, "nothing can be built without it"))];
        }
    };
    let release = compiler.release.as_str();
    let commit = compiler.commit.get(..9).unwrap_or(&compiler.commit);
    let file = ToolchainFile::find(subject.folder);
    let mut checks = vec![DoctorCheck::of("compiler", format!("rustc {release} ({commit}), for {}", compiler.host), Vec::new())];
    checks.extend(rust_version(subject, release, file.as_ref()));
    checks.push(toolchain_file(subject, release, file.as_ref()));
    checks.push(target(subject));
    checks.push(package_cache(subject));
    checks
}

/// Whether the compiler is as new as the packages ask for; nothing where none of them says so.
fn rust_version(subject: &Subject<'_>, release: &str, file: Option<&ToolchainFile>) -> Option<DoctorCheck> {
    let linked = subject.linked();
    let needed = linked.iter().filter_map(|package| Some((number(package.rust_version.as_deref()?)?, *package)));
    let mut too_new: Vec<_> = needed.clone().filter(|(needed, _)| number(release).is_some_and(|found| found < *needed)).collect();
    let highest = needed.max_by_key(|(needed, _)| *needed).and_then(|(_, package)| package.rust_version.clone())?;
    too_new.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    let mut findings = Vec::new();
    if !too_new.is_empty() {
        let help = match file {
            Some(file) if file.asks_for(release) => file.line_for(&highest),
            _ => format!("install a newer compiler, `rustup update`, or `rustup install {highest}`"),
        };
        let names = names(too_new.iter().map(|(_, package)| &package.name));
        let needs = if too_new.len() == 1 { "needs" } else { "need" };
        let found = format!("rustc {release} is too old: {names} {needs} {highest} or later");
        findings.push(DoctorFinding::problem(found, "Cargo refuses the build", help));
    }
    let holds = format!("the {} of the host need rustc {highest} or later", count(linked.len(), "package"));
    Some(DoctorCheck::of("rust-version", holds, findings))
}

/// Whether the file that names a toolchain is heeded, and says enough where libraries are built elsewhere.
fn toolchain_file(subject: &Subject<'_>, release: &str, file: Option<&ToolchainFile>) -> DoctorCheck {
    const ELSEWHERE: &str = "a library that is built elsewhere by another compiler is refused (KW0707)";
    let takes_libraries = subject.takes_libraries();
    let Some(file) = file else {
        let help = format!("write a file `rust-toolchain.toml` with `[toolchain]` and `channel = \"{release}\"`");
        let finding = DoctorFinding::note(
            "no `rust-toolchain.toml` says which compiler host and libraries have in common",
            ELSEWHERE,
            help,
        );
        let findings = takes_libraries.then_some(finding).into_iter().collect();
        return DoctorCheck::of("toolchain-file", "no `rust-toolchain.toml` asks for another compiler", findings);
    };
    let shown = subject.shown(&file.path);
    let mut findings = Vec::new();
    match &file.channel {
        None => findings.push(DoctorFinding::note(
            format!("`{shown}` names no channel"),
            "it asks for no compiler",
            format!("write `[toolchain]` and `channel = \"{release}\"`, or remove the file"),
        )),
        Some(channel) if !is_exact(channel) && takes_libraries => findings.push(DoctorFinding::note(
            format!("`{shown}` asks for `{channel}`, which is another compiler every few weeks"),
            ELSEWHERE,
            file.line_for(release),
        )),
        Some(channel) if number(channel).is_some() && !file.asks_for(release) => {
            let help = match std::env::var_os("RUSTUP_TOOLCHAIN") {
                Some(set) => format!("unset the variable `RUSTUP_TOOLCHAIN`, which says `{}`", set.to_string_lossy()),
                None => "put the `rustc` of rustup on the path before any other".to_owned(),
            };
            let found = format!("`{shown}` asks for rustc {channel}, and `rustc` is {release}");
            findings.push(DoctorFinding::note(
                found,
                "whoever heeds the file builds with another compiler than this machine",
                help,
            ));
        }
        Some(_) => {}
    }
    let channel = file.channel.as_deref().unwrap_or_default();
    DoctorCheck::of("toolchain-file", format!("`{shown}` asks for {channel}"), findings)
}

/// Whether the standard library for the target is installed.
fn target(subject: &Subject<'_>) -> DoctorCheck {
    let holds = format!("the standard library for {} is installed", subject.target);
    match Toolchain::ask(Some(&subject.target)) {
        Ok(_) => DoctorCheck::of("target", holds, Vec::new()),
        Err(said) => {
            let target = &subject.target;
            let found = format!("nothing can be built for {target}: {said}");
            let help =
                format!("`rustup target add {target}`, or name another with `--target`: `rustc --print target-list` shows them");
            DoctorCheck::found("target", DoctorFinding::problem(found, "", help))
        }
    }
}

/// Whether another Cargo holds the lock of downloaded packages at this moment.
fn package_cache(subject: &Subject<'_>) -> DoctorCheck {
    let mut findings = Vec::new();
    if subject.is_cargo_held_up {
        findings.push(DoctorFinding::note(
            "another Cargo holds the lock of downloaded packages",
            "builds wait until it gives it back; only what concerns no host was looked at",
            "wait for it, and run this again",
        ));
    }
    DoctorCheck::of("package-cache", "no other Cargo holds the lock of downloaded packages", findings)
}

/// Whether Cargo would wait long for another one before it says what the host is built from. Most hold the lock for a moment only.
pub(super) fn is_package_cache_held() -> bool {
    const PATIENCE: Duration = Duration::from_secs(3);
    let file = cargo_home().map(|home| home.join(".package-cache")).filter(|file| file.is_file());
    let Some(file) = file.and_then(|file| File::open(file).ok()) else { return false };
    let begun = Instant::now();
    while matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        if begun.elapsed() > PATIENCE {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// Where Cargo keeps what belongs to its user.
pub(super) fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// The file by which rustup chooses a toolchain.
struct ToolchainFile {
    path: PathBuf,
    /// The channel: a version, `stable`, or the name of a toolchain.
    channel: Option<String>,
}

impl ToolchainFile {
    /// The one of a folder, or of the nearest above, as rustup looks for it.
    fn find(folder: &Path) -> Option<Self> {
        let of_folder = |folder: &Path| {
            ["rust-toolchain", "rust-toolchain.toml"].into_iter().find_map(|name| {
                let path = folder.join(name);
                let text = read_bounded_text(&path, LARGEST_TEXT).ok()?;
                Some(Self { channel: channel(&text), path })
            })
        };
        folder.ancestors().find_map(of_folder)
    }

    /// Whether a compiler of this version is the one.
    fn asks_for(&self, release: &str) -> bool {
        let Some(channel) = self.channel.as_deref().and_then(|channel| channel.split('-').next()) else { return false };
        release == channel || release.starts_with(&format!("{channel}."))
    }

    fn line_for(&self, version: &str) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("write `channel = \"{version}\"` under `[toolchain]` in `{name}`")
    }
}

/// What the text of a toolchain file asks for: the key `channel`, or the only word of a file without keys.
fn channel(text: &str) -> Option<String> {
    if let Some(table) = text.parse::<toml::Table>().ok().filter(|table| !table.is_empty()) {
        return Some(table.get("toolchain")?.get("channel")?.as_str()?.to_owned());
    }
    let word = text.trim();
    (!word.is_empty() && !word.contains(char::is_whitespace)).then(|| word.to_owned())
}

/// Whether a channel stands for one compiler for good: a version of three numbers, or a day.
fn is_exact(channel: &str) -> bool {
    let numbers = |text: &str, divider| text.split(divider).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).count();
    let version = channel.split('-').next().unwrap_or_default();
    version.split('.').count() == 3 && number(version).is_some() || numbers(channel, '-') >= 3
}

/// The numbers of a version; what follows a dash does not count.
fn number(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split(['-', '+']).next()?.split('.').map(str::parse::<u32>);
    let major = parts.next()?.ok()?;
    let mut next = || parts.next().map_or(Some(0), Result::ok);
    Some((major, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_channels_as_rustup_does() {
        for (text, expected) in [
            ("[toolchain]\nchannel = \"1.95.0\"\n", Some("1.95.0")),
            ("[toolchain]\npath = \"x\"\n", None),
            ("nightly-2026-01-01\n", Some("nightly-2026-01-01")),
            ("two words", None),
            ("", None),
        ] {
            assert_eq!(channel(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn knows_which_channels_stay_the_same() {
        for (channel, exact) in [
            ("1.95.0", true),
            ("1.95.0-x86_64-unknown-linux-gnu", true),
            ("nightly-2026-01-01", true),
            ("1.95", false),
            ("stable", false),
        ] {
            assert_eq!(is_exact(channel), exact, "{channel}");
        }
    }

    #[test]
    fn compares_versions_by_their_numbers() {
        assert_eq!(number("1.95"), Some((1, 95, 0)));
        assert_eq!(number("1.96.0-nightly"), Some((1, 96, 0)));
        assert!(number("1.9").unwrap() < number("1.10.2").unwrap());
        assert_eq!(number("stable"), None);
        let file =
            |channel: &str| ToolchainFile { path: PathBuf::from("rust-toolchain.toml"), channel: Some(channel.to_owned()) };
        assert!(file("1.95").asks_for("1.95.3") && !file("1.9").asks_for("1.95.3") && !file("stable").asks_for("1.95.3"));
    }
}
