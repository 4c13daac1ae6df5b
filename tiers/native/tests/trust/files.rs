//! Which files and folders are read, and what the others are told to be.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyway_native::{Copies, Digest, DigestCache, EntryKind, FileRules, Folder, Reason, Refusals, Sealed};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::scratch::{Scratch, mode};

/// A user who is neither root nor, most likely, the one who runs the tests.
const STRANGER: u32 = 4_217;

fn seal(path: &Path, name: &str) -> Result<Sealed, Refusals> {
    Folder::open(path, FileRules::default())?.seal(name.as_ref())
}

fn reasons(refusals: &Refusals) -> Vec<Reason> {
    refusals.iter().map(keyway_native::Refusal::reason).collect()
}

#[track_caller]
fn refused(outcome: Result<Sealed, Refusals>, expected: &[Reason]) -> String {
    let refusals = outcome.map(|sealed| sealed.digest()).expect_err("it is refused");
    assert_eq!(reasons(&refusals), expected, "{refusals}");
    refusals.to_string()
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("skipped: giving a file to another user needs root");
    }
    root
}

#[test]
fn a_good_file_is_sealed_as_it_is() {
    let scratch = Scratch::new();
    // More than a piece of reading, and no multiple of one.
    let bytes: Vec<u8> = (0..300_001_u32).map(|number| (number % 251) as u8).collect();
    let path = scratch.write("plugin.so", &bytes);
    let sealed = seal(scratch.path(), "plugin.so").expect("it is taken");
    assert_eq!(sealed.digest(), Digest::of(&bytes));
    assert_eq!((sealed.len(), sealed.is_empty()), (300_001, false));
    assert_eq!(sealed.origin(), fs::canonicalize(&path).expect("it is there"));
    assert!(sealed.bytes().expect("it can be read") == bytes);
    assert!(sealed.notes().is_empty());

    // What happens to the file afterwards is nothing to the copy.
    fs::write(&path, b"other").expect("it can be written");
    let (mut first, mut second) = (sealed.reader(), sealed.reader());
    first.seek(SeekFrom::End(-1)).expect("it is not before the beginning");
    let (mut tail, mut whole) = (Vec::new(), Vec::new());
    first.read_to_end(&mut tail).expect("it can be read");
    second.read_to_end(&mut whole).expect("it can be read");
    assert_eq!(tail, [bytes[300_000]]);
    assert!(whole == bytes, "each reader has a position of its own");
    assert!(first.seek(SeekFrom::Current(-400_000)).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn a_sealed_copy_cannot_be_changed_by_any_way() {
    let sealed = Sealed::from_bytes(b"verified", "plugin.so").expect("it can be sealed");
    assert!(sealed.file().try_clone().expect("a descriptor is free").write_all(b"x").is_err());
    assert!(sealed.file().set_len(3).is_err());
    assert!(sealed.file().set_len(30).is_err());
    let reopened = fs::OpenOptions::new().write(true).open(sealed.load_path());
    assert!(reopened.and_then(|mut file| file.write_all(b"x")).is_err(), "nor through its path");
    assert!(rustix::fs::fcntl_add_seals(sealed.file(), rustix::fs::SealFlags::empty()).is_err(), "the seals are sealed");
    assert_eq!(fs::read(sealed.load_path()).expect("its path leads to it"), b"verified");
}

#[test]
fn modes_of_files_and_folders() {
    for (file, folder, expected) in [
        (0o644, 0o755, None),
        (0o600, 0o700, None),
        (0o755, 0o555, None),
        (0o664, 0o755, Some("may be written by its group (mode 0664)\n  help: `chmod g-w '")),
        (0o646, 0o755, Some("may be written by every user (mode 0646)\n  help: `chmod o-w '")),
        (0o666, 0o755, Some("may be written by every user (mode 0666)\n  help: `chmod go-w '")),
        (0o644, 0o775, Some("may be written by its group (mode 0775)\n  help: `chmod g-w '")),
        (0o644, 0o757, Some("may be written by every user (mode 0757)\n  help: `chmod o-w '")),
        (0o644, 0o1777, Some("is a folder in which every user may put files\n  help: make a folder of its own")),
        (0o644, 0o1770, Some("is a folder in which every user may put files\n  help: make a folder of its own")),
    ] {
        let scratch = Scratch::new();
        mode(&scratch.write("plugin.so", "library"), file);
        mode(scratch.path(), folder);
        let outcome = seal(scratch.path(), "plugin.so");
        mode(scratch.path(), 0o755);
        match expected {
            None => assert_eq!(outcome.expect("it is taken").digest(), Digest::of(b"library")),
            Some(text) => {
                let told = refused(outcome, &[Reason::Writable]);
                assert!(told.starts_with("KW0724 `") && told.contains(text), "{told}");
            }
        }
    }
}

#[test]
fn every_folder_on_the_way_is_checked_and_all_are_told() {
    let scratch = Scratch::new();
    let deep = scratch.path().join("a/b/c");
    fs::create_dir_all(&deep).expect("folders can be made");
    fs::write(deep.join("plugin.so"), "library").expect("a file can be written");
    mode(&deep.join("plugin.so"), 0o644);
    for folder in ["a", "a/b", "a/b/c"] {
        mode(&scratch.path().join(folder), 0o755);
    }
    seal(&deep, "plugin.so").expect("it is taken");
    mode(&scratch.path().join("a"), 0o777);
    mode(&scratch.path().join("a/b"), 0o770);
    let told = refused(seal(&deep, "plugin.so"), &[Reason::Writable, Reason::Writable]);
    assert!(told.contains("a` may be written by every user") && told.contains("a/b` may be written by its group"), "{told}");

    // In a sticky folder nobody but the owner can take away what is below it.
    mode(&scratch.path().join("a"), 0o1777);
    mode(&scratch.path().join("a/b"), 0o755);
    seal(&deep, "plugin.so").expect("it is taken");
}

#[test]
fn what_is_no_file_is_never_opened() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path().join("folder")).expect("a folder can be made");
    mknodat(CWD, scratch.path().join("pipe"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("a pipe can be made");
    let _socket = UnixListener::bind(scratch.path().join("socket")).expect("a socket can be made");
    for (name, kind) in [("folder", "a folder"), ("pipe", "a pipe"), ("socket", "a socket")] {
        let told = refused(seal(scratch.path(), name), &[Reason::NotAFile]);
        assert!(told.contains(&format!("{name}` is {kind}, not a file")), "{told}");
        let small = scratch.open().read(name.as_ref(), 100).expect_err("it is refused");
        assert_eq!(reasons(&small), [Reason::NotAFile]);
    }
    let told = Folder::open(Path::new("/dev"), FileRules::default()).and_then(|folder| folder.seal("null".as_ref()));
    assert!(refused(told, &[Reason::NotAFile]).contains("is a device"));
    let told = Folder::open(&scratch.write("file", ""), FileRules::default()).expect_err("a file is no folder");
    assert_eq!(reasons(&told), [Reason::NotAFile]);
    assert_eq!(reasons(&scratch.open().subfolder("file".as_ref()).expect_err("a file is no folder")), [Reason::NotAFile]);

    let entries: Vec<_> = scratch.open().entries().expect("it can be listed");
    let entries: Vec<_> = entries.iter().map(|(name, kind)| (name.to_str().expect("plain"), *kind)).collect();
    let expected =
        [("file", EntryKind::File), ("folder", EntryKind::Folder), ("pipe", EntryKind::Other), ("socket", EntryKind::Other)];
    assert_eq!(entries, expected);
}

#[test]
fn links_inside_the_folder_are_not_followed() {
    let scratch = Scratch::new();
    scratch.write("plugin.so", "library");
    fs::create_dir(scratch.path().join("real")).expect("a folder can be made");
    for (name, target) in [("inside", "plugin.so"), ("outside", "/etc/hostname"), ("dangling", "nothing"), ("self", "self")] {
        symlink(target, scratch.path().join(name)).expect("a link can be made");
        let told = refused(seal(scratch.path(), name), &[Reason::Link]);
        assert!(told.contains(&format!("{name}` is a symbolic link\n  help: put the file or folder itself there")), "{told}");
        assert_eq!(reasons(&scratch.open().read(name.as_ref(), 10).expect_err("it is refused")), [Reason::Link]);
    }
    symlink("real", scratch.path().join("folder")).expect("a link can be made");
    assert_eq!(reasons(&scratch.open().subfolder("folder".as_ref()).expect_err("it is refused")), [Reason::Link]);
    scratch.open().subfolder("real".as_ref()).expect("a folder is taken");
}

#[test]
fn links_to_the_folder_are_followed_when_nobody_else_can_change_them() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path().join("releases/7")).expect("folders can be made");
    mode(&scratch.path().join("releases"), 0o755);
    mode(&scratch.path().join("releases/7"), 0o755);
    symlink("releases/../releases/7", scratch.path().join("current")).expect("a link can be made");
    let folder = Folder::open(&scratch.path().join("current"), FileRules::default()).expect("it is taken");
    assert_eq!(folder.path(), fs::canonicalize(scratch.path().join("releases/7")).expect("it is there"));

    symlink("circle", scratch.path().join("circle")).expect("a link can be made");
    let told = Folder::open(&scratch.path().join("circle"), FileRules::default()).expect_err("it has no end");
    assert!(told.to_string().contains("leads through more than 40 symbolic links"), "{told}");

    // A link where everybody may put links, even one of our own: a second name can be given to it.
    let open = scratch.path().join("open");
    fs::create_dir(&open).expect("a folder can be made");
    mode(&open, 0o1777);
    symlink(scratch.path().join("releases/7"), open.join("plugins")).expect("a link can be made");
    let told = Folder::open(&open.join("plugins"), FileRules::default()).expect_err("it is refused");
    assert_eq!(reasons(&told), [Reason::Link]);
    assert!(told.to_string().contains("in a folder in which every user may put links"), "{told}");

    if is_root() {
        std::os::unix::fs::lchown(scratch.path().join("current"), Some(STRANGER), None).expect("root may");
        let told = Folder::open(&scratch.path().join("current"), FileRules::default()).expect_err("it is refused");
        assert_eq!(reasons(&told), [Reason::ForeignOwner]);
    }
}

#[test]
fn owners() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let file = scratch.write("plugin.so", "library");
    chown(&file, Some(STRANGER), None).expect("root may");
    let told = refused(seal(scratch.path(), "plugin.so"), &[Reason::ForeignOwner]);
    assert!(told.contains("belongs to user 4217, and the host runs as user 0\n  help: `chown root '"), "{told}");
    mode(&file, 0o666);
    refused(seal(scratch.path(), "plugin.so"), &[Reason::ForeignOwner, Reason::Writable]);
    mode(&file, 0o644);
    chown(scratch.path(), Some(STRANGER), None).expect("root may");
    refused(seal(scratch.path(), "plugin.so"), &[Reason::ForeignOwner]);

    let rules = FileRules { owners: vec![STRANGER], ..FileRules::default() };
    Folder::open(scratch.path(), rules)
        .and_then(|folder| folder.seal("plugin.so".as_ref()))
        .expect("it is one of the owners named");
}

#[test]
fn sizes_names_and_absent_files() {
    let scratch = Scratch::new();
    scratch.write("plugin.so", "0123456789");
    let rules = |largest| FileRules { largest, ..FileRules::default() };
    let with_limit = |largest| Folder::open(scratch.path(), rules(largest)).and_then(|folder| folder.seal("plugin.so".as_ref()));
    with_limit(10).expect("it fits");
    let told = refused(with_limit(9), &[Reason::TooLarge]);
    assert!(told.contains("has 10 bytes, and 9 are the limit"), "{told}");
    assert_eq!(scratch.open().read("plugin.so".as_ref(), 10).expect("it fits").expect("it is there").bytes, b"0123456789");
    assert_eq!(reasons(&scratch.open().read("plugin.so".as_ref(), 9).expect_err("it is larger")), [Reason::TooLarge]);

    // A file of /proc says that it has no bytes; what is read counts.
    let endless = Folder::open(Path::new("/proc/self"), rules(4)).and_then(|folder| folder.seal("status".as_ref()));
    refused(endless, &[Reason::TooLarge]);
    let endless = Folder::open(Path::new("/proc/self"), rules(4)).and_then(|folder| folder.read("status".as_ref(), 4));
    assert_eq!(reasons(&endless.expect_err("it is larger")), [Reason::TooLarge]);

    refused(seal(scratch.path(), "absent.so"), &[Reason::Unreadable]);
    assert!(scratch.open().read("absent.toml".as_ref(), 10).expect("absence is no error").is_none());
    let told = Folder::open(&scratch.path().join("absent"), FileRules::default()).expect_err("there is none");
    assert!(told.to_string().starts_with("KW0720 `"), "{told}");
    for name in ["", ".", "..", "a/b", "/etc/passwd", "plugin.so/", "./plugin.so", "../plugin.so"] {
        let told = refused(seal(scratch.path(), name), &[Reason::Unreadable]);
        assert!(told.contains("is not the name of a file in"), "{told}");
    }
}

#[test]
fn a_further_name_is_a_note() {
    let scratch = Scratch::new();
    let file = scratch.write("plugin.so", "library");
    fs::hard_link(&file, scratch.path().join("other.so")).expect("a second name can be given");
    let sealed = seal(scratch.path(), "plugin.so").expect("it is taken");
    let [note] = sealed.notes() else { panic!("one note: {:?}", sealed.notes()) };
    assert_eq!((note.code(), note.reason()), ("KW0726", Reason::FurtherNames));
    assert!(note.message().ends_with("plugin.so` has 2 names (hard links)"), "{note}");
}

#[test]
fn names_of_files_cannot_write_to_a_terminal() {
    let scratch = Scratch::new();
    let told = refused(seal(scratch.path(), "a\u{1b}[2J\n\u{202e}.so"), &[Reason::Unreadable]);
    assert!(told.contains("a\\u{1b}[2J\\n\\u{202e}.so"), "{told}");
}

/// A file that has not changed for a long time, and its folder: the times of a file of one's own cannot be set back.
fn settled() -> (Folder, PathBuf) {
    let shell = fs::canonicalize("/bin/sh").expect("there is a shell");
    let folder = Folder::open(shell.parent().expect("it is in a folder"), FileRules::default()).expect("it is a system folder");
    (folder, shell)
}

#[test]
fn a_cache_spares_reading_and_sees_every_change() {
    let scratch = Scratch::new();
    let file = scratch.write("plugin.so", "one");
    let folder = scratch.open();
    let mut cache = DigestCache::new();
    let mut digest = || (cache.digest(&folder, "plugin.so".as_ref()).expect("it is taken"), cache.spared());
    // Too young: a change within the same step of the clock would not show.
    assert_eq!([digest(), digest()], [(Digest::of(b"one"), 0), (Digest::of(b"one"), 0)]);
    fs::write(&file, "two").expect("it can be written");
    assert_eq!(digest(), (Digest::of(b"two"), 0));

    let (old, shell) = settled();
    let name = shell.file_name().expect("it has a name");
    let read = cache.digest(&old, name).expect("it is taken");
    assert_eq!((cache.digest(&old, name).expect("it is taken"), cache.spared()), (read, 1));
    assert_eq!(read, Digest::of(&fs::read(&shell).expect("it can be read")));

    // The checks are made whether or not the digest is known.
    let mut permissions = fs::metadata(&file).expect("it is there").permissions();
    permissions.set_mode(0o666);
    fs::set_permissions(&file, permissions).expect("the mode can be set");
    assert!(cache.digest(&folder, "plugin.so".as_ref()).expect_err("it is refused").has(Reason::Writable));
}

/// Which memory file a copy is.
fn inode(sealed: &Sealed) -> u64 {
    sealed.file().metadata().expect("it is open").ino()
}

#[test]
fn a_library_that_is_in_use_and_unchanged_is_not_read_again() {
    let copies = Arc::new(Copies::new());
    let (folder, shell) = settled();
    let folder = folder.sharing(&copies);
    let seal = || folder.seal(shell.file_name().expect("it has a name")).expect("it is taken");
    let first = seal();
    let again = seal();
    assert_eq!((copies.spared(), inode(&again), again.origin()), (1, inode(&first), shell.as_path()));
    assert!(again.bytes().expect("a copy can be read") == fs::read(&shell).expect("it can be read"));
    // A copy that nobody has is not kept for later.
    drop((first, again));
    assert_eq!((seal().digest(), copies.spared()), (Digest::of(&fs::read(&shell).expect("it can be read")), 1));
}

#[test]
fn a_library_that_may_have_changed_is_read_and_equal_bytes_are_kept_once() {
    let copies = Arc::new(Copies::new());
    let scratch = Scratch::new();
    let file = scratch.write("plugin.so", "one");
    let folder = scratch.open().sharing(&copies);
    let seal = |folder: &Folder| folder.seal("plugin.so".as_ref());
    let first = seal(&folder).expect("it is taken");
    // Too young: a change within the same step of the clock would not show.
    let second = seal(&folder).expect("it is taken");
    assert_eq!((second.digest(), copies.spared()), (first.digest(), 0));
    assert_eq!(inode(&second), inode(&first), "the bytes are the same, so the copy is");
    fs::write(&file, "two").expect("it can be written");
    let third = seal(&folder).expect("it is taken");
    assert_eq!((third.digest(), copies.spared()), (Digest::of(b"two"), 0));
    assert_eq!(first.bytes().expect("a copy can be read"), b"one");

    // Folders below have the same copies, and messages name the path that was asked for.
    fs::create_dir(scratch.path().join("below")).expect("a folder can be made");
    mode(&scratch.path().join("below"), 0o755);
    scratch.write("below/plugin.so", "two");
    let below = folder.subfolder("below".as_ref()).expect("it is ours");
    let fourth = seal(&below).expect("it is taken");
    assert_eq!((inode(&fourth), fourth.origin()), (inode(&third), scratch.path().join("below/plugin.so").as_path()));
}

#[test]
fn a_library_that_is_in_use_is_checked_all_the_same() {
    let (folder, shell) = settled();
    let name = shell.file_name().expect("it has a name");
    let copies = Arc::new(Copies::new());
    let _kept = folder.sharing(&copies).seal(name).expect("it is taken");
    let parent = shell.parent().expect("it is in a folder");
    let small = Folder::open(parent, FileRules { largest: 10, ..FileRules::default() }).expect("it is a system folder");
    let refusals = small.sharing(&copies).seal(name).expect_err("it is refused");
    assert_eq!((reasons(&refusals), copies.spared()), (vec![Reason::TooLarge], 0));
}
