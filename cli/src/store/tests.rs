//! Writers that come together, and writers that are killed.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use keyway_manifest::LockedTier;
use keyway_manifest::lock::{Digest, LOCK_FILE, LockEntry, LockFile, Permissions, PluginSource};

use super::guard::Guard;
use super::{LockStore, Written};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("keyway-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn store(&self) -> LockStore {
        store(&self.0)
    }

    /// The names of all files in it.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::set_permissions(&self.0, fs::Permissions::from_mode(0o755));
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn store(folder: &Path) -> LockStore {
    LockStore { patience: Duration::from_secs(60), ..LockStore::new(folder, LOCK_FILE.to_owned()) }
}

fn entry(version: &str) -> LockEntry {
    LockEntry {
        version: version.to_owned(),
        package: "site-plugin".to_owned(),
        source: PluginSource::Path("plugins/plugin".to_owned()),
        checksum: None,
        tier: LockedTier::Static,
        manifest: Digest::sha256(version.as_bytes()),
        permissions: Permissions::default(),
        artifacts: BTreeMap::new(),
        approval: None,
    }
}

/// A lock of many plugins, all of one version.
fn all_of(version: &str) -> LockFile {
    let plugins = (0..60).map(|number| (format!("site.plugin-{number}"), entry(version)));
    LockFile { order: Vec::new(), plugins: plugins.collect() }
}

#[test]
fn a_lock_is_made_changed_and_left_alone() {
    let folder = Folder::new("made");
    let write = |version| folder.store().edit("a test", |_| Ok((all_of(version), ()))).unwrap().0;
    assert_eq!(write("1.0.0"), Written::Made);
    let path = folder.0.join(LOCK_FILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(write("1.0.0"), Written::Unchanged);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(write("2.0.0"), Written::Changed);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640, "permissions are kept");
    assert_eq!(folder.names(), [LOCK_FILE]);
    assert_eq!(folder.store().read().unwrap().unwrap().file, all_of("2.0.0"));
    // Another spelling of the same is put right.
    fs::write(&path, format!("{}# a remark\n", all_of("2.0.0").to_text())).unwrap();
    assert_eq!(write("2.0.0"), Written::Changed);
    assert_eq!(fs::read_to_string(&path).unwrap(), all_of("2.0.0").to_text());
}

#[test]
fn what_goes_wrong_leaves_the_file_as_it_was() {
    let folder = Folder::new("wrong");
    let path = folder.0.join(LOCK_FILE);
    let text = all_of("1.0.0").to_text();
    let write = |lock: LockFile| folder.store().edit("a test", |_| Ok((lock, ())));
    write(all_of("1.0.0")).unwrap();

    let mut nameless = all_of("2.0.0");
    nameless.plugins.get_mut("site.plugin-7").unwrap().package = String::new();
    let failure = write(nameless).unwrap_err();
    assert_eq!(failure.message, "`keyway.lock` would have mistakes, so it was not written");
    assert!(failure.detail.starts_with("KW0810 `package` is empty"), "{failure}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    fs::write(&path, text.replace("tier = \"static\"", "tier = \"wasm\"")).unwrap();
    let failure = write(all_of("2.0.0")).unwrap_err();
    assert_eq!((failure.class as u8, failure.message.as_str()), (4, "`keyway.lock` cannot be used: it has 60 mistakes"));
    fs::write(&path, &text).unwrap();

    let elsewhere = folder.0.join("elsewhere.lock");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    let failure = write(all_of("2.0.0")).unwrap_err();
    assert!(failure.message.starts_with("`keyway.lock` is a symbolic link to `"), "{failure}");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), text);
    assert!(folder.store().read().unwrap().is_some(), "reading follows it, as a build does");
    fs::remove_file(&path).unwrap();
    fs::rename(&elsewhere, &path).unwrap();

    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let failure = write(all_of("2.0.0")).unwrap_err();
    assert!(failure.class as u8 == 5 && failure.message.ends_with("cannot be written: it is read-only"), "{failure}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o555)).unwrap();
    // Root writes where nobody may.
    if fs::write(folder.0.join("probe"), "").is_err() {
        let failure = write(all_of("2.0.0")).unwrap_err();
        assert_eq!(failure.class as u8, 5, "{failure}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

/// Nobody's change is lost when many come at once.
#[test]
fn changes_that_come_together_are_all_there_at_the_end() {
    let folder = Folder::new("together");
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let folder = &folder;
            scope.spawn(move || {
                for number in 0..20 {
                    let add = |before: Option<&keyway_manifest::lock::ParsedLock>| {
                        let mut lock = before.map(|before| before.file.clone()).unwrap_or_default();
                        lock.plugins.insert(format!("site.plugin-{writer}-{number}"), entry("1.0.0"));
                        Ok((lock, ()))
                    };
                    folder.store().edit("a test", add).unwrap();
                }
            });
        }
    });
    assert_eq!(folder.store().read().unwrap().unwrap().file.plugins.len(), 8 * 20);
    assert_eq!(folder.names(), [LOCK_FILE]);
}

#[test]
fn who_waits_too_long_is_told_for_whom() {
    let folder = Folder::new("held");
    let hold = Guard::take(&folder.0, LOCK_FILE, "cargo keyway approve", Duration::ZERO).unwrap();
    let impatient = LockStore { patience: Duration::ZERO, ..folder.store() };
    let failure = impatient.edit("a test", |_| Ok((all_of("1.0.0"), ()))).unwrap_err();
    let expected = format!(
        "`keyway.lock` is being changed by `cargo keyway approve`, process {}, since more than 0 seconds",
        std::process::id()
    );
    assert_eq!((failure.class as u8, failure.message), (4, expected));
    assert!(!folder.0.join(LOCK_FILE).exists());
    drop(hold);
    impatient.edit("a test", |_| Ok((all_of("1.0.0"), ()))).unwrap();
}

/// How often a writer is killed.
const KILLS: u64 = 300;
/// Tells a test that it is the writer to be killed, and where it writes.
const FOLDER_OF_WRITER: &str = "KEYWAY_TEST_FOLDER_OF_WRITER";

/// Writes one lock and the other in turn until it is killed.
#[test]
#[ignore = "only the next test starts it, in a process of its own"]
fn a_writer_to_be_killed() {
    let Some(folder) = std::env::var_os(FOLDER_OF_WRITER) else { return };
    println!("\nwriting");
    loop {
        for version in ["1.0.0", "2.0.0"] {
            store(Path::new(&folder)).edit("a writer", |_| Ok((all_of(version), ()))).unwrap();
        }
    }
}

#[test]
fn a_writer_that_is_killed_leaves_a_whole_lock_and_holds_nobody_up() {
    use std::io::{BufRead, BufReader};

    let folder = Folder::new("killed");
    folder.store().edit("a test", |_| Ok((all_of("1.0.0"), ()))).unwrap();
    let (mut random, mut left_behind) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    let mut last = all_of("1.0.0");
    for kill in 0..KILLS {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::a_writer_to_be_killed", "--ignored", "--nocapture"])
            .env(FOLDER_OF_WRITER, &folder.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "writing"), "the writer begins");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_micros(random >> 33 & 0x3fff));
        writer.kill().unwrap();
        writer.wait().unwrap();

        left_behind += usize::from(folder.names() != [LOCK_FILE]);
        let text = fs::read_to_string(folder.0.join(LOCK_FILE)).unwrap();
        assert!([&last, &all_of("1.0.0"), &all_of("2.0.0")].iter().any(|lock| lock.to_text() == text), "kill {kill}: {text}");
        // The next one is not held up, and clears away what was left.
        last = all_of(&format!("1.{kill}.1"));
        let impatient = LockStore { patience: Duration::ZERO, ..folder.store() };
        impatient.edit("a test", |_| Ok((last.clone(), ()))).unwrap();
        assert_eq!(folder.names(), [LOCK_FILE]);
    }
    assert!(left_behind > 0, "not one of {KILLS} writers was killed while it wrote");
}
