//! `cargo keyway doctor`: each finding on a host that has it, and a host with which all is well.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use cargo_keyway::answer::{Doctor, DoctorFinding};
use keyway_manifest::lock::{Day, LockFile, parse_lock};

use crate::library;
use crate::sandbox::{Ran, Sandbox};
use crate::verify;

const LOCK: &str = "host/keyway.lock";

/// A compiler that says it is rustc 1.95.0 for one machine, and asks the real one everything else.
fn compiler(release: &str) -> String {
    format!(
        "#!/bin/sh\ncase \"$*\" in\n'--version --verbose' | '--verbose --version')\n  echo 'rustc {release}'\n  echo 'commit-hash: \
         59807616e1fa2540724bfbac14d7976d7e4a3860'\n  echo 'host: x86_64-unknown-linux-gnu'\n  echo 'release: {release}' ;;\n*target-libdir*) \
         dirname \"$0\" ;;\n*) exec '{}' \"$@\" ;;\nesac\n",
        real_compiler()
    )
}

fn real_compiler() -> &'static str {
    static SYSROOT: OnceLock<String> = OnceLock::new();
    SYSROOT.get_or_init(|| {
        let output = Command::new("rustc").args(["--print", "sysroot"]).output().expect("rustc is there");
        format!("{}/bin/rustc", String::from_utf8_lossy(&output.stdout).trim())
    })
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is our own file");
}

fn write_compiler(site: &Sandbox, text: &str) {
    site.write("tools/rustc", text);
    set_mode(&site.folder().join("tools/rustc"), 0o755);
}

/// A folder with a compiler.
fn bare() -> Sandbox {
    let folder = Sandbox::empty();
    write_compiler(&folder, &compiler("1.95.0"));
    set_mode(folder.folder(), 0o755);
    folder
}

/// The site with packages that Cargo finds, a Cargo.lock, a compiler, and a Cargo that has downloaded nothing.
fn site() -> Sandbox {
    let site = Sandbox::site();
    write_compiler(&site, &compiler("1.95.0"));
    site.edit("Cargo.toml", "resolver = \"3\"", "resolver = \"3\"\nexclude = [\"next\", \"parts\"]");
    site.edit("Cargo.toml", "edition = \"2024\"", "edition = \"2024\"\nrust-version = \"1.95\"");
    site.edit("host/Cargo.toml", "edition.workspace = true", "edition.workspace = true\nrust-version.workspace = true");
    for folder in ["", "host", "host/host.toml", "host/Cargo.toml", "Cargo.toml"] {
        let path = site.folder().join(folder);
        set_mode(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    relock(&site);
    site
}

/// Writes a package without code.
fn package(site: &Sandbox, folder: &str, name: &str, version: &str, dependencies: &str) {
    let text =
        format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}");
    site.write(&format!("{folder}/Cargo.toml"), text);
    site.write(&format!("{folder}/src/lib.rs"), "");
}

/// Has Cargo write Cargo.lock anew.
fn relock(site: &Sandbox) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["generate-lockfile", "--offline"]).current_dir(site.folder()).env("CARGO_HOME", site.folder().join("home"));
    let output = command.stdin(Stdio::null()).output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    set_mode(&site.folder().join("Cargo.lock"), 0o644);
}

fn started(site: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = site.command(arguments);
    for name in ["RUSTFLAGS", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command.env("RUSTC", site.folder().join("tools/rustc")).env("CARGO_HOME", site.folder().join("home"));
    command.envs(variables.iter().copied()).output().expect("the program can be started")
}

fn doctor(site: &Sandbox, arguments: &[&str]) -> Ran {
    let arguments = [&["doctor"], arguments].concat();
    site.ran(&arguments, started(site, &arguments, &[]))
}

/// The answer as data; the exit code must be the one for it.
fn data_with(site: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> Doctor {
    let arguments = [&["doctor", "--json"], arguments].concat();
    let output = started(site, &arguments, variables);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let answer: cargo_keyway::answer::Answer<Doctor> = serde_json::from_str(&stdout)
        .unwrap_or_else(|error| panic!("{error}\n{stdout}{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.code(), Some(i32::from(answer.data.problems > 0)), "{stdout}");
    answer.data
}

fn data(site: &Sandbox, arguments: &[&str]) -> Doctor {
    data_with(site, arguments, &[])
}

/// What a check found, the groups aside in which all is well.
fn findings<'d>(doctor: &'d Doctor, check: &str) -> &'d [DoctorFinding] {
    let (group, name) = check.split_once('/').expect("a check is named with its group");
    let group = doctor.groups.iter().find(|known| known.name == group).unwrap_or_else(|| panic!("no group {group}: {doctor:?}"));
    let check = group.checks.iter().find(|known| known.name == name).unwrap_or_else(|| panic!("no check {name}: {group:?}"));
    assert_eq!(check.holds.is_none(), !check.findings.is_empty(), "{check:?}");
    &check.findings
}

/// Level, code and first line of what a check found.
fn told(doctor: &Doctor, check: &str) -> Vec<String> {
    let line = |finding: &DoctorFinding| {
        let code = finding.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
        format!("{}{code}: {}", finding.level, finding.found.lines().next().unwrap_or_default())
    };
    findings(doctor, check).iter().map(line).collect()
}

/// A site with a lock in which all is approved, and that is required.
fn locked() -> Sandbox {
    let site = site();
    let rules = site.read("host/host.toml");
    site.write("host/host.toml", format!("[lock]\nrequired = true\n\n{rules}"));
    assert_eq!(site.run(&["approve", "--all", "--by", "ada@example.org", "--reason", "first review"]).code(), 0);
    set_mode(&site.folder().join(LOCK), 0o644);
    site
}

/// A site that takes libraries without a signature, with one in `extensions`.
fn native() -> Sandbox {
    let site = site();
    let rules = site.read("host/host.toml");
    site.write("host/host.toml", format!("[native]\nrequire-signature = false\n\n{rules}"));
    site.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n");
    install(&site, "extensions/libsite_plugin_search.so", library::search_for_x86());
    site
}

fn install(site: &Sandbox, path: &str, library: Vec<u8>) {
    site.write(path, library);
    let mut path = site.folder().join(path);
    set_mode(&path, 0o644);
    while path.pop() && path != site.folder() {
        set_mode(&path, 0o755);
    }
}

fn git(site: &Sandbox, arguments: &[&str]) {
    let mut git = Command::new("git");
    let status = git.args(arguments).current_dir(site.folder()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("git is there").success(), "{arguments:?}");
}

#[test]
fn a_healthy_host_is_told_so_and_nothing_is_written() {
    let site = locked();
    let before = (site.read("Cargo.lock"), site.read(LOCK));
    doctor(&site, &[]).snapshot("doctor");
    let data = data(&site, &[]);
    assert_eq!((data.host.as_deref(), data.problems, data.notes), (Some("site"), 0, 0));
    assert_eq!((site.read("Cargo.lock"), site.read(LOCK)), before);
    assert!(!site.folder().join("host/.keyway.lock.guard").exists());
    // A host without a lock and libraries needs neither.
    let site = self::site();
    assert_eq!((doctor(&site, &[]).code(), self::data(&site, &[]).notes), (0, 0));
}

#[test]
fn a_new_host_is_healthy() {
    let folder = bare();
    let keyway = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in a folder of the workspace");
    assert_eq!(folder.run(&["new", "host", "shop", "--keyway-path", &keyway.to_string_lossy()]).code(), 0);
    // The packages are those that this test was built from.
    folder.write("shop/Cargo.lock", fs::read(keyway.join("Cargo.lock")).expect("the project has one"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("Cargo has a folder");
    let variables = [("CARGO_HOME", home.to_str().expect("its path is text"))];
    let found = data_with(&folder, &["--manifest-path", "shop"], &variables);
    assert_eq!((found.host.as_deref(), found.problems), (Some("shop"), 0), "{found:#?}");
}

#[test]
fn without_a_host_the_toolchain_is_looked_at() {
    let empty = bare();
    doctor(&empty, &[]).snapshot("doctor_without_project");
    assert_eq!(told(&data(&empty, &[]), "project/host").len(), 1);
    // One that was named and is not there is an argument that is wrong.
    assert_eq!(doctor(&empty, &["--manifest-path", "absent/Cargo.toml"]).code(), 3);
    package(&empty, ".", "alone", "0.1.0", "");
    assert!(told(&data(&empty, &[]), "project/host")[0].starts_with("problem KW0851: "));
    empty.write("plugin.toml", "manifest-version = 1\n[plugin]\nid = \"alone.plugin\"\nhost = \"*\"\n");
    assert_eq!(told(&data(&empty, &[]), "project/host"), ["note: `alone` is a plugin, and there is no host here"]);
    empty.write("Cargo.toml", "[package\n");
    assert!(told(&data(&empty, &[]), "project/host")[0].starts_with("problem "));
}

#[test]
fn a_compiler_that_is_too_old_or_absent() {
    let site = site();
    write_compiler(&site, &compiler("1.80.1"));
    doctor(&site, &[]).snapshot("doctor_old_compiler");
    let help = |site: &Sandbox| findings(&data(site, &[]), "toolchain/rust-version")[0].help.clone();
    assert!(help(&site).starts_with("install a newer compiler"), "{}", help(&site));
    // The file that asks for it is what is to be changed.
    site.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80.1\"\n");
    assert_eq!(help(&site), "write `channel = \"1.95\"` under `[toolchain]` in `rust-toolchain.toml`");
    write_compiler(&site, "#!/bin/sh\nexit 1\n");
    let absent = bare();
    absent.write("tools/rustc", "#!/bin/sh\nexit 1\n");
    assert!(told(&data(&absent, &[]), "toolchain/compiler")[0].starts_with("problem KW0854: "));
}

#[test]
fn a_toolchain_file_that_nobody_heeds() {
    let site = site();
    site.write("rust-toolchain", "1.96.0\n");
    let expected = ["note: `rust-toolchain` asks for rustc 1.96.0, and `rustc` is 1.95.0"];
    assert_eq!(told(&data(&site, &[]), "toolchain/toolchain-file"), expected);
    let overridden = data_with(&site, &[], &[("RUSTUP_TOOLCHAIN", "stable")]);
    let help = &findings(&overridden, "toolchain/toolchain-file")[0].help;
    assert_eq!(help, "unset the variable `RUSTUP_TOOLCHAIN`, which says `stable`");
    site.write("rust-toolchain", "");
    assert_eq!(told(&data(&site, &[]), "toolchain/toolchain-file"), ["note: `rust-toolchain` names no channel"]);

    // Where libraries are taken, one compiler has to be agreed upon.
    let native = native();
    native.write("rust-toolchain.toml", "[toolchain]\nchannel = \"stable\"\n");
    assert!(told(&data(&native, &[]), "toolchain/toolchain-file")[0].contains("another compiler every few weeks"));
    native.remove("rust-toolchain.toml");
    assert!(told(&data(&native, &[]), "toolchain/toolchain-file")[0].starts_with("note: no `rust-toolchain.toml`"));
}

#[test]
fn a_target_without_its_library() {
    let site = site();
    let text = compiler("1.95.0").replace("dirname \"$0\"", "echo /no/such/folder");
    write_compiler(&site, &text);
    let told = told(&data(&site, &["--target", "aarch64-unknown-linux-gnu"]), "toolchain/target");
    assert_eq!(
        told,
        [
            "problem: nothing can be built for aarch64-unknown-linux-gnu: the toolchain has no libraries for it; `rustup target add \
          aarch64-unknown-linux-gnu` installs them"
        ]
    );
}

#[test]
fn another_cargo_is_not_waited_for() {
    let site = site();
    fs::create_dir_all(site.folder().join("home")).expect("a folder can be made");
    let cache = File::create(site.folder().join("home/.package-cache")).expect("a file can be made");
    cache.lock().expect("nobody holds it");
    let held = data(&site, &[]);
    assert_eq!(told(&held, "toolchain/package-cache"), ["note: another Cargo holds the lock of downloaded packages"]);
    assert_eq!((held.host, held.groups.len()), (None, 1), "Cargo is not asked about the host");
}

#[test]
fn mistakes_and_builds_that_do_not_fit_are_told_as_the_compiler_tells_them() {
    let site = site();
    site.edit("plugins/clock/plugin.toml", "host", "hots");
    assert_eq!(told(&data(&site, &[]), "project/manifests")[0], "problem KW0112: `[plugin]` has no key `hots`");
    let site = self::site();
    let clash = data(&site, &["--features", "theme-plain"]);
    assert_eq!(clash.problems, 1, "{clash:?}");
    assert!(told(&clash, "project/plugins")[0].starts_with("problem KW0304: plugin `site.theme-plain"), "{clash:?}");
    assert_eq!(doctor(&site, &["--features", "absent"]).code(), 2);
}

#[test]
fn two_versions_of_what_has_to_be_one() {
    let site = site();
    package(&site, "next/keyway", "keyway", "0.2.0", "");
    package(&site, "next/sdk", "site-sdk", "0.4.0", "keyway = { path = \"../keyway\" }\n");
    site.edit("plugins/search/Cargo.toml", "site-sdk.workspace = true", "site-sdk = { path = \"../../next/sdk\" }");
    site.edit("plugins/search/Cargo.toml", "keyway.workspace = true", "keyway = { path = \"../../next/keyway\" }");
    relock(&site);
    doctor(&site, &[]).snapshot("doctor_two_versions");
    assert_eq!(data(&site, &[]).problems, 2);
}

#[test]
fn parts_of_keyway_count_when_keyway_is_one() {
    let site = site();
    package(&site, "parts/macros", "keyway-macros", "0.1.0", "");
    package(&site, "parts/next-macros", "keyway-macros", "0.2.0", "");
    package(&site, "parts/inventory", "inventory", "0.3.0", "");
    package(&site, "parts/old-inventory", "inventory", "0.2.0", "");
    let dependencies = "inventory = { path = \"../parts/inventory\" }\nkeyway-macros = { path = \"../parts/macros\" }\n";
    package(&site, "keyway", "keyway", "0.1.0", dependencies);
    let search = site.read("plugins/search/Cargo.toml");
    let more = "inventory = { path = \"../../parts/old-inventory\" }\nkeyway-macros = { path = \"../../parts/next-macros\" }\n";
    site.write("plugins/search/Cargo.toml", format!("{search}{more}"));
    relock(&site);
    let expected = ["problem: `keyway-macros` is in the build twice", "note: `inventory` is in the build twice"];
    assert_eq!(told(&data(&site, &[]), "graph/keyway"), expected);
}

#[test]
fn a_plugin_that_is_built_from_another() {
    let site = site();
    let search = site.read("plugins/search/Cargo.toml");
    site.write("plugins/search/Cargo.toml", format!("{search}site-plugin-pages = {{ path = \"../pages\" }}\n"));
    relock(&site);
    let expected = ["note: the plugin `site-plugin-search` is built from the plugin `site-plugin-pages`"];
    assert_eq!(told(&data(&site, &[]), "graph/plugins"), expected);
}

#[test]
fn what_cargo_does_not_know_is_told() {
    let site = site();
    site.remove("Cargo.lock");
    assert_eq!(told(&data(&site, &[]), "graph/packages"), ["note: `Cargo.lock` is not there, or does not fit a Cargo.toml"]);
    assert!(!site.folder().join("Cargo.lock").exists());
    let site = self::site();
    site.edit("host/Cargo.toml", "mail = [\"dep:site-plugin-mail\"]", "mail = [\"dep:site-plugin-mial\"]");
    assert!(told(&data(&site, &[]), "project/host")[0].starts_with("problem KW0854: "));
    assert!(told(&data(&site, &["--manifest-path", "host"]), "project/host")[0].starts_with("problem KW0854: "));
    // What is not downloaded is for the next build to download.
    let site = self::site();
    let sdk = site.read("sdk/Cargo.toml");
    site.write("sdk/Cargo.toml", format!("{sdk}absent-from-here = \"1\"\n"));
    assert!(told(&data(&site, &[]), "graph/packages")[0].starts_with("note"));
}

#[test]
fn a_panic_that_ends_the_program() {
    let site = site();
    let workspace = site.read("Cargo.toml");
    site.write("Cargo.toml", format!("{workspace}\n[profile.release]\npanic = \"abort\"\nlto = true\nstrip = true\n"));
    site.write("host/.cargo/config.toml", "[build]\nrustflags = [\"-C\", \"panic=abort\"]\n");
    doctor(&site, &[]).snapshot("doctor_panic");
    let with_variable = data_with(&site, &[], &[("CARGO_PROFILE_DEV_PANIC", "abort")]);
    assert_eq!(told(&with_variable, "build/panic").len(), 3);
    // A host may mean it, but one that takes libraries cannot.
    let accept =
        |site: &Sandbox| site.edit("host/src/main.rs", "sdk = site_sdk,", "sdk = site_sdk,\n    panic_abort = accepted,");
    accept(&site);
    let accepted = data(&site, &[]);
    assert_eq!((accepted.problems, accepted.notes), (0, 2));
    let native = native();
    native.write(
        "Cargo.toml",
        format!("{}\n[profile.dist]\ninherits = \"release\"\npanic = \"abort\"\n", native.read("Cargo.toml")),
    );
    accept(&native);
    let found = told(&data(&native, &[]), "build/panic");
    assert_eq!(found, ["problem KW0709: `[profile.dist]` in `Cargo.toml` has `panic = \"abort\"`"]);
}

#[test]
fn files_that_everybody_may_write_to() {
    let site = locked();
    set_mode(&site.folder().join("host/host.toml"), 0o666);
    set_mode(&site.folder().join("host"), 0o777);
    set_mode(&site.folder().join(LOCK), 0o444);
    doctor(&site, &[]).snapshot("doctor_open_files");
    // Where every user may put files and take away only his own, nothing of ours is in danger.
    set_mode(&site.folder().join("host"), 0o1777);
    assert_eq!(told(&data(&site, &[]), "files/project-files").len(), 2);
    // Only root can give files away.
    if std::os::unix::fs::chown(site.folder().join(LOCK), Some(4711), None).is_ok() {
        let given = data(&site, &[]);
        let finding =
            findings(&given, "files/project-files").iter().find(|finding| finding.found.contains("belongs to")).cloned();
        let finding = finding.expect("another owner is told");
        assert!(
            finding.found.starts_with("`host/keyway.lock` belongs to user 4711, and the folder of the host to user "),
            "{finding:?}"
        );
        assert!(finding.help.starts_with("`chown ") && finding.level == "note", "{finding:?}");
    }
}

#[test]
fn folders_that_cannot_be_written_are_looked_at_all_the_same() {
    let site = locked();
    let host = site.folder().join("host");
    set_mode(&host, 0o555);
    let found = told(&data(&site, &[]), "files/project-files");
    set_mode(&host, 0o755);
    assert_eq!(found, ["note: `host` is read-only"]);
}

#[test]
fn the_data_folder_is_for_one_user() {
    let site = site();
    let folder = site.folder().join("data");
    let look = |site: &Sandbox| told(&data(site, &["--data", "data"]), "files/data-folder");
    assert_eq!(look(&site), ["note: `data` is not there"]);
    site.write("data/native-versions.json", "");
    set_mode(&folder, 0o700);
    assert!(look(&site)[0].starts_with("problem KW0739: the versions seen so far cannot be read from"));
    site.remove("data/native-versions.json");
    assert!(look(&site).is_empty());
    set_mode(&folder, 0o750);
    assert_eq!(look(&site), ["note: other users may read `data` (mode 0750)"]);
    set_mode(&folder, 0o777);
    assert_eq!(look(&site), ["problem KW0682: every user may put files into `data` (mode 0777)"]);
    site.write("file", "");
    assert_eq!(told(&data(&site, &["--data", "file"]), "files/data-folder"), ["problem KW0682: `file` is not a folder"]);
}

#[test]
fn secret_keys_are_for_their_owner() {
    let site = site();
    assert_eq!(site.run(&["keygen", "acme.key", "--no-password"]).code(), 0);
    site.write("notes.key", "no key");
    assert_eq!(told(&data(&site, &[]), "files/keys"), [""; 0]);
    set_mode(&site.folder().join("acme.key"), 0o640);
    assert_eq!(told(&data(&site, &[]), "files/keys"), ["problem: the secret key `acme.key` is open to other users (mode 0640)"]);
    set_mode(&site.folder().join("acme.key"), 0o600);
    git(&site, &["init", "-q"]);
    assert_eq!(told(&data(&site, &[]), "files/keys"), ["note: `git add .` would take the secret key `acme.key`"]);
    git(&site, &["add", "-f", "acme.key"]);
    assert_eq!(told(&data(&site, &[]), "files/keys"), ["problem: the secret key `acme.key` is in Git"]);
    git(&site, &["rm", "-q", "--cached", "acme.key"]);
    site.write(".gitignore", "*.key\n");
    assert_eq!(told(&data(&site, &[]), "files/keys"), [""; 0]);
    // One elsewhere has to be named.
    site.write("elsewhere/acme.pem", site.read("acme.key"));
    set_mode(&site.folder().join("elsewhere/acme.pem"), 0o644);
    assert!(told(&data(&site, &["--key", "elsewhere/acme.pem"]), "files/keys")[0].contains("`elsewhere/acme.pem` is open"));
    assert_eq!(told(&data(&site, &["--key", "absent"]), "files/keys"), ["problem: `absent` is no file of a secret key"]);
}

#[test]
fn a_lock_that_is_missing_broken_or_a_link() {
    let site = locked();
    let file = site.folder().join(LOCK);
    fs::rename(&file, site.folder().join("elsewhere.lock")).expect("it is our own file");
    let missing = data(&site, &[]);
    assert!(told(&missing, "lock/build")[0].starts_with("problem KW0828: "), "{missing:?}");
    symlink("../elsewhere.lock", &file).expect("a link can be made");
    assert!(told(&data(&site, &[]), "lock/file")[0].starts_with("problem KW0862: "));
    site.remove(LOCK);
    let broken = site.read("elsewhere.lock").replacen("[plugin.", "<<<<<<< HEAD\n[plugin.", 1);
    site.write(LOCK, broken);
    assert!(told(&data(&site, &[]), "lock/file")[0].starts_with("problem KW0860: "));
    site.edit("host/host.toml", "required = true", "required = false");
    site.remove(LOCK);
    fs::rename(site.folder().join("elsewhere.lock"), &file).expect("it is our own file");
    git(&site, &["init", "-q"]);
    let expected = ["note: a build without `host/keyway.lock` passes", "note: `host/keyway.lock` is not in Git"];
    assert_eq!(told(&data(&site, &[]), "lock/file"), expected);
    site.edit("host/host.toml", "required = false", "");
    site.edit("host/src/main.rs", "sdk = site_sdk,", "sdk = site_sdk,\n    lock = off,");
    assert!(told(&data(&site, &[]), "lock/file").is_empty());
}

#[test]
fn a_lock_that_no_longer_says_what_the_host_is() {
    let site = locked();
    site.edit("plugins/files/plugin.toml", "[\"content/**\"], reason", "[\"content/**\", \"secret/*\"], reason");
    site.edit("plugins/mail/plugin.toml", "host = ", "version = \"1.3.0\"\nhost = ");
    site.edit("host/host.toml", "[\"content/**\"]", "[\"content/**\", \"secret/*\"]");
    let found = data(&site, &[]);
    assert_eq!(
        told(&found, "lock/current"),
        ["problem: `host/keyway.lock` differs from what the host is made of: `site.files` and `site.mail`"]
    );
    assert!(told(&found, "lock/build")[0].starts_with("problem KW0821: plugin `site.files 1.2.0` asks for "), "{found:?}");
    assert_eq!(site.run(&["lock"]).code(), 0);
    assert!(findings(&data(&site, &[]), "lock/current").is_empty());
    site.write(LOCK, format!("{}\n# a remark\n", site.read(LOCK)));
    assert_eq!(told(&data(&site, &[]), "lock/current"), ["problem: `host/keyway.lock` is not as `cargo keyway lock` writes it"]);
}

/// Changes the decisions of the lock.
fn decide(site: &Sandbox, change: impl FnOnce(&mut LockFile)) {
    let mut lock = parse_lock(&site.read(LOCK), LOCK).unwrap_or_else(|report| panic!("{report}")).file;
    change(&mut lock);
    site.write(LOCK, lock.to_text());
}

fn in_days(days: u32) -> Day {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs() / (24 * 60 * 60);
    Day::new(u32::try_from(today).expect("it is before 9999") + days).expect("it is before 9999")
}

#[test]
fn approvals_that_end_or_are_no_longer_there() {
    let site = locked();
    let until = |lock: &mut LockFile, id: &str, day| {
        lock.plugins.get_mut(id).and_then(|entry| entry.approval.as_mut()).expect("it is approved").until = day;
    };
    decide(&site, |lock| {
        until(lock, "site.files", Some(in_days(10)));
        until(lock, "site.pages", Some(in_days(31)));
        // Yesterday was the last day of one that this build has not.
        until(lock, "site.mail", "2026-11-20".parse().ok());
    });
    let found = data(&site, &[]);
    let approvals = findings(&found, "lock/approvals");
    assert_eq!(found.problems, 0, "{found:?}");
    assert!(
        approvals[0].found.starts_with("the approval of `site.files` holds until ")
            && approvals[0].found.ends_with(", and ends in 10 days")
    );
    assert_eq!(approvals[0].help, "look at it again, and `cargo keyway approve site.files --expires 90d`");
    assert_eq!(approvals[1].found, "1 plugin outside this build waits for a decision: `site.mail (expired)`");
    assert_eq!(approvals.len(), 2);
    // In the build it is what the compiler says.
    assert!(told(&data(&site, &["--features", "mail"]), "lock/build")[0].starts_with("problem KW0825: "));
    assert_eq!(site.run(&["revoke", "site.pages", "--reason", "its author left", "--by", "ada@example.org"]).code(), 0);
    assert_eq!(site.run(&["deny", "site.theme", "--reason", "tracks", "--by", "ada@example.org"]).code(), 0);
    let codes: Vec<String> =
        findings(&data(&site, &[]), "lock/build").iter().filter_map(|finding| finding.code.clone()).collect();
    assert_eq!(codes, ["KW0824", "KW0823"]);
}

#[test]
fn what_killed_commands_have_left() {
    let site = locked();
    site.write("host/.keyway.lock.guard", "`cargo keyway lock`, process 4711");
    site.write("host/.keyway.lock.new", "lock-version");
    site.write("host/.Cargo.toml.4711", "[package]");
    doctor(&site, &[]).snapshot("doctor_left_over");
    // While somebody holds the guard, the new file is his.
    let guard = File::open(site.folder().join("host/.keyway.lock.guard")).expect("it is there");
    guard.lock().expect("nobody holds it");
    let expected = [
        "note: `keyway.lock` is being changed by `cargo keyway lock`, process 4711",
        "note: `host/.Cargo.toml.4711` was left behind by a command that was killed while it wrote",
    ];
    assert_eq!(told(&data(&site, &[]), "lock/left-over"), expected);
    drop(guard);
    site.remove("host/.keyway.lock.guard");
    symlink("elsewhere", site.folder().join("host/.keyway.lock.guard")).expect("a link can be made");
    assert!(told(&data(&site, &[]), "lock/left-over")[0].starts_with("problem KW0862: "));
}

#[test]
fn pipes_in_the_place_of_files_are_not_waited_for() {
    let site = native();
    site.remove("rust-toolchain.toml");
    let pipe = |path: &str| {
        let path = site.folder().join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo is there").success());
    };
    for path in ["rust-toolchain.toml", "host/.cargo/config.toml", "acme.key", "host/.keyway.lock.guard", "extensions/libpipe.so"]
    {
        pipe(path);
    }
    let found = data(&site, &["--native", "extensions", "--key", "acme.key"]);
    assert_eq!(told(&found, "files/keys"), ["problem: `acme.key` is no file of a secret key"]);
    assert!(told(&found, "lock/left-over")[0].starts_with("problem KW0855: "), "{found:#?}");
    assert!(told(&found, "libraries/library")[0].starts_with("problem KW0722: "), "{found:#?}");
    pipe(LOCK);
    assert!(told(&data(&site, &[]), "lock/file")[0].starts_with("problem KW0860: "));
}

#[test]
fn libraries_that_fit_are_told_and_folders_have_to_be_named() {
    let site = native();
    doctor(&site, &["--native", "extensions"]).snapshot("doctor_libraries");
    assert_eq!(told(&data(&site, &[]), "libraries/folder"), ["note: no folder of libraries was looked at"]);
    // What no host is needed for is looked at without one.
    let folder = bare();
    install(&folder, "extensions/libsearch.so", library::search_for_x86());
    let found = data(&folder, &["--native", "extensions"]);
    assert_eq!((found.problems, found.notes), (0, 1), "{found:?}");
}

#[test]
fn libraries_that_a_host_does_not_take() {
    let site = native();
    install(&site, "extensions/search/libsearch.so", library::search_built_elsewhere());
    install(&site, "extensions/libtext.so", b"no library".to_vec());
    install(&site, "extensions/open/libfeed.so", library::feed_for_arm());
    set_mode(&site.folder().join("extensions/open/libfeed.so"), 0o666);
    site.remove("extensions/libsite_plugin_search.so");
    doctor(&site, &["--native", "extensions"]).snapshot("doctor_libraries_refused");
    set_mode(&site.folder().join("extensions"), 0o777);
    assert!(told(&data(&site, &["--native", "extensions"]), "libraries/folder")[0].starts_with("problem KW0724: "));
    assert!(told(&data(&site, &["--native", "absent"]), "libraries/folder")[0].starts_with("problem KW0720: "));
}

#[test]
fn libraries_that_do_not_verify() {
    let site = native();
    let look = |site: &Sandbox| told(&data(site, &["--native", "extensions"]), "libraries/library");
    site.write("extensions/SHA256SUMS", format!("{}  libsite_plugin_search.so\n", "0".repeat(64)));
    set_mode(&site.folder().join("extensions/SHA256SUMS"), 0o644);
    assert!(look(&site)[0].starts_with("problem KW0728: "), "{:?}", look(&site));
    site.remove("extensions/SHA256SUMS");
    assert_eq!(site.run(&["keygen", "acme.key", "--no-password"]).code(), 0);
    let key = site.read("acme.pub").lines().nth(1).expect("a public key has two lines").to_owned();
    site.edit("host/host.toml", "require-signature = false", "require-signature = true");
    let rules = site.read("host/host.toml");
    site.write("host/host.toml", format!("{rules}\n[native.publisher.\"Acme\"]\nkeys = [\"{key}\"]\nids = [\"site.*\"]\n"));
    assert!(look(&site)[0].starts_with("problem KW0731: "), "{:?}", look(&site));
    // Signed by a publisher of the policy it is taken, and with a revoked key it is not.
    assert_eq!(site.run(&["sign", "extensions/libsite_plugin_search.so", "--key", "acme.key"]).code(), 0);
    set_mode(&site.folder().join("extensions/libsite_plugin_search.so.minisig"), 0o644);
    let signed = data(&site, &["--native", "extensions"]);
    assert_eq!(signed.problems, 0, "{signed:#?}");
    assert!(doctor(&site, &["--native", "extensions"]).stdout().contains("`site.search 1.2.0`, signed by `Acme`"));
    site.edit("host/host.toml", "require-signature = true", &format!("require-signature = true\nrevoked-keys = [\"{key}\"]"));
    let revoked = data(&site, &["--native", "extensions"]);
    assert!(told(&revoked, "libraries/library").concat().starts_with("problem KW0736: "), "{revoked:#?}");
}

#[test]
fn libraries_beside_what_they_do_not_fit_to() {
    let site = native();
    let arguments = ["--native", "extensions", "--features", "search"];
    let linked = data(&site, &arguments);
    assert_eq!(
        told(&linked, "libraries/library"),
        ["problem KW0763: `extensions/libsite_plugin_search.so` is the plugin `site.search`, which is linked into this build"]
    );
    // The resolver orders them with the plugins of the build: this one needs pages.
    let alone = data(&site, &["--native", "extensions", "--no-default-features", "--features", "files"]);
    assert!(told(&alone, "libraries/together")[0].starts_with("problem KW0302: plugin `site.search"), "{alone:?}");
    // A host without `[native]` takes none.
    site.edit("host/host.toml", "[native]\nrequire-signature = false\n", "");
    assert!(told(&data(&site, &["--native", "extensions"]), "libraries/policy")[0].starts_with("problem KW0755: "));
}

#[test]
fn libraries_are_held_to_the_lock() {
    let site = native();
    assert_eq!(site.run(&["approve", "--all", "--by", "ada@example.org", "--reason", "first review"]).code(), 0);
    assert_eq!(site.run(&["lock", "--native", "extensions"]).code(), 0);
    assert!(findings(&data(&site, &["--native", "extensions"]), "lock/current").is_empty());
    install(&site, "extensions/libsite_plugin_search.so", [library::search_for_x86(), vec![0]].concat());
    let found = data(&site, &["--native", "extensions"]);
    assert_eq!(
        told(&found, "lock/current"),
        ["problem: `host/keyway.lock` differs from what the host is made of: `site.search`"]
    );
    assert!(findings(&found, "lock/current")[0].help.starts_with("`cargo keyway lock --native extensions`"));
    // Users may build their own where the policy says so.
    let rules = site.read("host/host.toml");
    site.write("host/host.toml", format!("[lock]\nartifacts = \"pass\"\n\n{rules}"));
    assert!(findings(&data(&site, &["--native", "extensions"]), "lock/current").is_empty());
}

#[test]
fn the_program_is_asked_what_only_it_knows() {
    let site = native();
    fs::copy(verify::program(true), site.folder().join("site")).expect("a program can be copied");
    site.write("asked.txt", site.folder().join("extensions/libsite_plugin_search.so").to_string_lossy().as_bytes());
    site.write("answer.json", verify::TAKEN);
    let arguments = ["--native", "extensions", "--program", "site"];
    assert!(doctor(&site, &arguments).stdout().contains("\n  ok       `site` takes it\n"));
    site.write("answer.json", verify::REFUSED);
    let found = data(&site, &arguments);
    let codes: Vec<_> = findings(&found, "libraries/program").iter().filter_map(|finding| finding.code.as_deref()).collect();
    assert_eq!((codes.as_slice(), found.problems), (&["KW0728", "KW0734", "KW0728"][..], 3));
    fs::copy(verify::program(false), site.folder().join("site")).expect("a program can be copied");
    assert!(told(&data(&site, &arguments), "libraries/program")[0].starts_with("problem KW0883: "));
    assert_eq!(doctor(&site, &["--program", "site"]).code(), 2, "what is it to be asked about");
}

#[test]
fn libraries_that_are_there_twice_and_what_is_left_of_others() {
    let site = native();
    install(&site, "extensions/search/libsearch.so", library::search_for_x86());
    install(&site, "system/libsearch.so", library::search_for_x86());
    for rest in ["libold.so.1", ".libnew.so", "libgone.so.minisig"] {
        install(&site, &format!("extensions/{rest}"), Vec::new());
    }
    doctor(&site, &["--native", "extensions", "--native", "system"]).snapshot("doctor_libraries_left_over");
}
