//! Files within a grant, and every way out of it that was tried.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use keyway::Host;
use keyway::capability::{FileError, Files, FilesMut};
use keyway::manifest::{Descriptor, PermissionRequest, ScopeKind};

use crate::fixture::{Play, Taken, descriptor, request, table};

/// A site folder, mounted as `content`, beside a folder with a secret; deleted at the end.
struct Site {
    root: PathBuf,
    host: Host,
    taken: Taken,
}

impl Site {
    async fn new(read: &'static [&'static str], write: &'static [&'static str]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let root =
            std::env::temp_dir().join(format!("keyway-files-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir_all(root.join("content/blog")).unwrap();
        fs::create_dir_all(root.join("content/private")).unwrap();
        fs::create_dir_all(root.join("outside")).unwrap();
        for (path, text) in [
            ("content/index.md", "index"),
            ("content/blog/a.md", "a"),
            ("content/blog/notes.txt", "notes"),
            ("content/private/key.md", "private"),
            ("outside/secret.md", "secret"),
        ] {
            fs::write(root.join(path), text).unwrap();
        }
        let permissions: Vec<PermissionRequest> = [("filesystem.read", read), ("filesystem.write", write)]
            .into_iter()
            .filter(|(_, scopes)| !scopes.is_empty())
            .map(|(name, scopes)| request(name, ScopeKind::Path, scopes))
            .collect();
        let play = Play::of(table(vec![Descriptor { permissions: permissions.leak(), ..descriptor("a", &[]) }]))
            .script("a", "takes", "true");
        let host = play.builder().mount("content", root.join("content")).start().await.unwrap();
        Self { root, host, taken: play.taken() }
    }

    fn files(&self) -> &Files {
        self.taken.files.as_ref().unwrap()
    }

    fn files_mut(&self) -> &FilesMut {
        self.taken.files_mut.as_ref().unwrap()
    }

    fn link(&self, target: &str, link: &str) {
        symlink(target, self.root.join(link)).unwrap();
    }

    fn denials(&self) -> u64 {
        self.host.plugin("site.a").unwrap().denials.count
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.files().list(folder).unwrap().into_iter().map(|entry| entry.path).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.root).unwrap();
    }
}

fn rule<T: std::fmt::Debug>(answer: Result<T, FileError>) -> String {
    match answer.unwrap_err() {
        FileError::Denied(denied) => denied.rule,
        other => panic!("not a denial: {other}"),
    }
}

#[tokio::test]
async fn what_the_grant_covers_is_read_and_listed() {
    let site = Site::new(&["content/**"], &[]).await;
    assert_eq!(site.files().read_to_string("content/blog/a.md").unwrap(), "a");
    assert_eq!(site.names("content"), ["content/blog", "content/index.md", "content/private"]);
    assert_eq!(site.names("content/blog"), ["content/blog/a.md", "content/blog/notes.txt"]);
    let metadata = site.files().metadata("content/index.md").unwrap();
    assert_eq!((metadata.len, metadata.is_folder, metadata.modified.is_some()), (5, false, true));
    assert!(site.files().metadata("content/blog").unwrap().is_folder);
    assert!(site.files().metadata("content").unwrap().is_folder);
    assert_eq!(site.denials(), 0);
    assert!(
        matches!(site.files().read("content/none.md"), Err(FileError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(
        matches!(site.files().read("content/blog"), Err(FileError::Io { error, .. }) if error.kind() == std::io::ErrorKind::IsADirectory)
    );
    assert!(
        matches!(site.files().list("content/index.md"), Err(FileError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotADirectory)
    );
}

#[tokio::test]
async fn paths_that_are_not_plain_are_refused_and_counted() {
    let site = Site::new(&["**"], &["**"]).await;
    let bad = [
        "",
        "/",
        "/etc/passwd",
        "..",
        "content/..",
        "content/../outside/secret.md",
        "../outside/secret.md",
        "content/./index.md",
        "./content/index.md",
        "content//index.md",
        "content/",
        "content/blog/",
        "content\\index.md",
        "C:\\x",
        "C:/x",
        "content/index.md\0",
        "content/a:b",
        "\\\\server\\x",
    ];
    for path in bad {
        rule(site.files().read(path));
        rule(site.files().list(path));
        rule(site.files().metadata(path));
        rule(site.files_mut().write(path, "x"));
        rule(site.files_mut().create_folder(path));
        rule(site.files_mut().remove(path));
    }
    assert_eq!(site.denials(), 6 * bad.len() as u64);
    let last = site.host.plugin("site.a").unwrap().denials.last.unwrap();
    assert_eq!(
        last.to_string(),
        "KW0610 plugin `site.a` was denied `filesystem.write` for `\\\\server\\x`: absolute paths are not part of any grant"
    );
    assert_eq!(fs::read_to_string(site.root.join("outside/secret.md")).unwrap(), "secret");
}

#[tokio::test]
async fn what_the_grant_does_not_cover_is_refused_and_not_listed() {
    let site = Site::new(&["content/blog/*.md"], &[]).await;
    assert_eq!(site.files().read("content/blog/a.md").unwrap(), b"a");
    assert_eq!(rule(site.files().read("content/blog/notes.txt")), "its grant covers `content/blog/*.md`");
    assert_eq!(rule(site.files().read("content/index.md")), "its grant covers `content/blog/*.md`");
    assert_eq!(rule(site.files().list("content/private")), "its grant covers `content/blog/*.md`");
    assert_eq!(
        rule(site.files().read("content/nothing/here.md")),
        "its grant covers `content/blog/*.md`",
        "what exists outside is not told"
    );
    assert_eq!(site.names("content"), ["content/blog"]);
    assert_eq!(site.names("content/blog"), ["content/blog/a.md"]);
    assert!(site.taken.files_mut.is_err(), "nothing was asked for");
}

#[tokio::test]
async fn links_out_of_the_mount_are_refused() {
    let site = Site::new(&["content/**"], &["content/**"]).await;
    site.link("../outside/secret.md", "content/relative.md");
    site.link("../outside", "content/folder");
    let absolute = site.root.join("outside/secret.md");
    site.link(absolute.to_str().unwrap(), "content/absolute.md");
    site.link("relative.md", "content/second.md");
    for path in ["content/relative.md", "content/folder/secret.md", "content/absolute.md", "content/second.md"] {
        assert_eq!(rule(site.files().read(path)), "it leads out of the mounted folder", "{path}");
        rule(site.files().metadata(path));
        rule(site.files_mut().write(path, "x"));
        rule(site.files_mut().remove(path));
    }
    rule(site.files().list("content/folder"));
    rule(site.files_mut().create_folder("content/folder/new"));
    assert_eq!(site.names("content"), ["content/blog", "content/index.md", "content/private"], "such links are not listed");
    assert_eq!(fs::read_to_string(site.root.join("outside/secret.md")).unwrap(), "secret");
    assert!(!site.root.join("outside/new").exists());
}

#[tokio::test]
async fn links_inside_the_mount_are_followed_as_far_as_the_grant_reaches() {
    let site = Site::new(&["content/blog/**"], &["content/blog/**"]).await;
    site.link("a.md", "content/blog/inside.md");
    site.link("../private/key.md", "content/blog/key.md");
    site.link("../private", "content/blog/private");
    assert_eq!(site.files().read("content/blog/inside.md").unwrap(), b"a");
    assert_eq!(rule(site.files().read("content/blog/key.md")), "it is a link to `content/private/key.md`, outside the grant");
    assert_eq!(
        rule(site.files().read("content/blog/private/key.md")),
        "it is a link to `content/private/key.md`, outside the grant"
    );
    rule(site.files().list("content/blog/private"));
    rule(site.files_mut().write("content/blog/private/new.md", "x"));
    rule(site.files_mut().create_folder("content/blog/private/new"));
    assert_eq!(site.names("content/blog"), ["content/blog/a.md", "content/blog/inside.md", "content/blog/notes.txt"]);
    assert!(!site.root.join("content/private/new.md").exists() && !site.root.join("content/private/new").exists());
}

#[tokio::test]
async fn a_link_does_not_make_a_covered_place_readable_by_an_uncovered_name() {
    let site = Site::new(&["content/blog/**"], &[]).await;
    site.link("blog/a.md", "content/alias.md");
    assert_eq!(rule(site.files().read("content/alias.md")), "its grant covers `content/blog/**`");
}

#[tokio::test]
async fn files_are_written_whole_and_not_through_links() {
    let site = Site::new(&["content/**"], &["content/blog/**", "content/new/**"]).await;
    let files = site.files_mut();
    files.write("content/blog/a.md", "changed").unwrap();
    files.create_folder("content/new/deep/er").unwrap();
    files.create_folder("content/new/deep/er").unwrap();
    files.write("content/new/deep/er/b.md", "new").unwrap();
    assert_eq!(site.files().read("content/blog/a.md").unwrap(), b"changed");
    assert_eq!(site.files().read("content/new/deep/er/b.md").unwrap(), b"new");
    assert_eq!(fs::read_dir(site.root.join("content/blog")).unwrap().count(), 2, "no unfinished file is left");
    site.link("a.md", "content/blog/link.md");
    assert_eq!(rule(files.write("content/blog/link.md", "x")), "it is a link; files are not changed through links");
    assert_eq!(rule(files.remove("content/blog/link.md")), "it is a link; files are not changed through links");
    assert_eq!(rule(files.write("content/index.md", "x")), "its grant covers `content/blog/**`, `content/new/**`");
    assert!(
        matches!(files.write("content/new/deep", "x"), Err(FileError::Io { error, .. }) if error.kind() == std::io::ErrorKind::IsADirectory)
    );
    assert!(
        matches!(files.write("content/new/no/such.md", "x"), Err(FileError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound)
    );
    files.remove("content/blog/a.md").unwrap();
    assert!(!site.root.join("content/blog/a.md").exists());
}

#[tokio::test]
async fn what_is_neither_file_nor_folder_is_not_opened() {
    let site = Site::new(&["content/**"], &[]).await;
    let _listener = std::os::unix::net::UnixListener::bind(site.root.join("content/socket")).unwrap();
    assert!(
        matches!(site.files().read("content/socket"), Err(FileError::Io { error, .. }) if error.to_string().contains("neither a file nor a folder"))
    );
}

#[tokio::test]
async fn a_name_that_is_not_mounted_is_told_with_those_that_are() {
    let site = Site::new(&["**"], &[]).await;
    let error = site.files().read("contents/index.md").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`contents/index.md`: the host has mounted no folder `contents` (mounted: `content`); correct the path, or add \
         `.mount(\"contents\", \"path/of/the/folder\")` to `Host::builder`"
    );
}

#[tokio::test]
async fn text_that_is_no_utf8_names_the_byte() {
    let site = Site::new(&["content/**"], &[]).await;
    fs::write(site.root.join("content/latin.md"), b"caf\xe9").unwrap();
    let error = site.files().read_to_string("content/latin.md").unwrap_err();
    assert_eq!(error.to_string(), "`content/latin.md` is no UTF-8 text: first bad byte at offset 3");
}

#[tokio::test]
async fn a_list_tells_sizes_and_times_also_of_what_links_lead_to() {
    let site = Site::new(&["content/**"], &[]).await;
    site.link("blog/notes.txt", "content/linked.txt");
    let mut told = Vec::new();
    for entry in site.files().list("content").unwrap() {
        let metadata = site.files().metadata(&entry.path).unwrap();
        assert_eq!((entry.len, entry.modified, entry.is_folder), (metadata.len, metadata.modified, metadata.is_folder));
        told.push((entry.path, entry.len, entry.is_link));
    }
    let expected = [("blog", 0, false), ("index.md", 5, false), ("linked.txt", 5, true), ("private", 0, false)];
    assert_eq!(told, expected.map(|(name, len, is_link)| (format!("content/{name}"), len, is_link)));
}

#[tokio::test]
async fn names_that_are_no_utf8_are_left_out_of_lists() {
    use std::os::unix::ffi::OsStrExt;
    let site = Site::new(&["content/**"], &[]).await;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.md");
    fs::write(site.root.join("content/blog").join(name), "x").unwrap();
    assert_eq!(site.names("content/blog"), ["content/blog/a.md", "content/blog/notes.txt"]);
}

#[tokio::test]
async fn a_replaced_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new(&[], &["content/**"]).await;
    let file = site.root.join("content/private/key.md");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    site.files_mut().write("content/private/key.md", "new").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "what was private stays private");
}

#[tokio::test]
async fn what_another_process_is_writing_is_not_in_the_way() {
    let site = Site::new(&[], &["content/**"]).await;
    // A process of the same number, as in another container: its unfinished files may have any of the names this one would take.
    for number in 0..2_000 {
        fs::write(site.root.join(format!("content/blog/.keyway-unfinished-{}-{number}", std::process::id())), "theirs").unwrap();
    }
    site.files_mut().write("content/blog/a.md", "new").unwrap();
    assert_eq!(fs::read_to_string(site.root.join("content/blog/a.md")).unwrap(), "new");
    assert_eq!(fs::read_dir(site.root.join("content/blog")).unwrap().count(), 2_002, "nothing of theirs is gone");
}

/// Another program that may write to the folder exchanges a file and a folder for links, as fast as it can.
#[tokio::test]
async fn no_exchange_of_links_lets_a_plugin_out_of_its_grant() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    let site = Site::new(&["content/swap/**", "content/swap.md"], &["content/swap/**", "content/swap.md"]).await;
    let content = site.root.join("content");
    fs::create_dir(content.join("swap")).unwrap();
    fs::write(content.join("swap/key.md"), "public").unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let exchange = {
        let (content, is_over) = (content.clone(), Arc::clone(&is_over));
        std::thread::spawn(move || {
            // What the plugin does at the same time may hinder this; it goes on.
            let put = |made: std::io::Result<()>, from: &str, to: &str| {
                made.and_then(|()| fs::rename(content.join(from), content.join(to)))
            };
            while !is_over.load(Ordering::Relaxed) {
                let _ = put(fs::write(content.join("next.md"), "public"), "next.md", "swap.md");
                let _ = put(Ok(()), "swap", "away");
                let _ = put(symlink("private", content.join("next")), "next", "swap");
                let _ = put(symlink("private/key.md", content.join("next.md")), "next.md", "swap.md");
                let _ = fs::remove_file(content.join("swap"));
                let _ = put(Ok(()), "away", "swap");
            }
        })
    };
    let begun = std::time::Instant::now();
    let mut read = 0_u32;
    while begun.elapsed() < std::time::Duration::from_millis(1_000) || read == 0 {
        for path in ["content/swap.md", "content/swap/key.md"] {
            if let Ok(text) = site.files().read_to_string(path) {
                assert_eq!(text, "public");
                read += 1;
            }
        }
        if let Ok(entries) = site.files().list("content/swap") {
            assert!(entries.len() <= 3, "{entries:?}");
        }
        let _ = site.files_mut().write("content/swap/new.md", "x");
        let _ = site.files_mut().create_folder("content/swap/new");
        let _ = site.files_mut().remove("content/swap/new.md");
    }
    is_over.store(true, Ordering::Relaxed);
    exchange.join().unwrap();
    let private: Vec<_> =
        fs::read_dir(site.root.join("content/private")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(private, ["key.md"], "nothing was written where the grant does not reach");
}
