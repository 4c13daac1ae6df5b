//! Faults of the disk at each step, and damage to the file.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use semver::Version;

use super::disk::{Disk, RealDisk};
use super::{Versions, parse, render};
use crate::file::Reason;

/// A disk whose n-th step fails, and on which everything after it fails too, as after a crash.
struct Failing {
    left: Cell<u32>,
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        let Some(left) = self.left.get().checked_sub(1) else { return Err(io::Error::other("the disk failed")) };
        self.left.set(left);
        Ok(())
    }
}

impl Disk for Failing {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.step()?;
        RealDisk.create(path)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if let Err(problem) = self.step() {
            // Half of it reaches the disk.
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(problem);
        }
        RealDisk.write(file, bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.step()?;
        RealDisk.sync(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.sync_folder(folder)
    }
}

fn version(text: &str) -> Version {
    Version::parse(text).expect("a version")
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("keyway-versions-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir(&path).expect("a folder can be made");
    path
}

#[test]
fn a_fault_at_any_step_leaves_the_old_versions_or_the_new_ones() {
    let folder = folder("faults");
    let path = folder.join("versions.json");
    let mut outcomes = Vec::new();
    for step in 0..=5 {
        let _ = std::fs::remove_file(&path);
        let mut versions = Versions::open(&path).expect("an absent file is an empty one");
        versions.accept("site.a", "1.0.0").expect("the disk is well");
        let outcome = versions.accept_on(&Failing { left: Cell::new(step) }, "site.a", "2.0.0");
        let mut reopened = Versions::open(&path).expect("the file is whole");
        let kept = reopened.highest("site.a").expect("it was accepted");
        assert!(["1.0.0", "2.0.0"].contains(&kept.as_str()));
        if outcome.is_ok() {
            assert_eq!(kept, "2.0.0", "what was promised is there");
        }
        // What a crash leaves behind is in nobody's way.
        reopened.accept("site.a", "3.0.0").expect("the disk is well again");
        outcomes.push((outcome.map_err(|refusal| refusal.reason()).err(), kept));
    }
    let failed = |kept: &str| (Some(Reason::VersionsUnreadable), kept.to_owned());
    let expected =
        [failed("1.0.0"), failed("1.0.0"), failed("1.0.0"), failed("1.0.0"), failed("2.0.0"), (None, "2.0.0".to_owned())];
    assert_eq!(outcomes, expected);
    std::fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn versions_only_grow_until_they_are_forgotten() {
    let folder = folder("grow");
    let path = folder.join("versions.json");
    let mut versions = Versions::open(&path).expect("an absent file is an empty one");
    for (accepted, highest) in
        [("1.2.0-rc.1", "1.2.0-rc.1"), ("1.2.0", "1.2.0"), ("1.1.9", "1.2.0"), ("1.2.0+b", "1.2.0"), ("1.10.0", "1.10.0")]
    {
        versions.accept("site.a", accepted).expect("it can be kept");
        assert_eq!(Versions::open(&path).expect("it is whole").highest("site.a"), Some(highest.to_owned()));
    }
    for (asked, refused) in
        [("1.9.9", true), ("1.10.0-rc.1", true), ("1.10.0", false), ("1.10.0+old", false), ("2.0.0", false), ("junk", true)]
    {
        assert_eq!(versions.check("site.a", asked).is_err(), refused, "{asked}");
    }
    let told = versions.check("site.a", "1.9.9").expect_err("it is older").to_string();
    assert_eq!(
        told,
        format!(
            "KW0738 plugin `site.a 1.9.9` is older than `1.10.0`, which ran here before\n  help: install the newer version again; if the older \
             one is meant, the program asks for it with `Reload::of(\"site.a\").allow_older()` or `native_older(\"site.a\")`; where it does not, \
             stop it and remove `{}`, and older versions of all plugins are taken once more",
            path.display()
        )
    );
    versions.check("site.b", "0.0.1").expect("nothing is known of it");
    versions.forget("site.a").expect("it can be kept");
    assert_eq!(Versions::open(&path).expect("it is whole").highest("site.a"), None);
    std::fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn every_changed_bit_and_every_lost_tail_is_told() {
    let highest = [("site.a".to_owned(), version("1.2.3")), ("site.b".to_owned(), version("0.1.0-rc.1+x"))].into();
    let text = render(&highest).into_bytes();
    assert_eq!(parse(&text), Ok(highest));
    for bit in 0..text.len() * 8 {
        let mut changed = text.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(parse(&changed).is_err(), "bit {bit}: {}", String::from_utf8_lossy(&changed));
    }
    for length in 0..text.len() {
        assert!(parse(&text[..length]).is_err(), "{length} bytes");
    }
    let folder = folder("damage");
    let path = folder.join("versions.json");
    for content in [b"".as_slice(), b"{}", b"null", &[b' '; (1 << 20) + 1]] {
        std::fs::write(&path, content).expect("it can be written");
        let told = Versions::open(&path).expect_err("never taken for none");
        assert_eq!(told.reason(), Reason::VersionsUnreadable);
    }
    std::fs::remove_file(&path).expect("it is there");
    std::fs::create_dir(&path).expect("a folder can be made");
    let told = Versions::open(&path).expect_err("a folder is no file");
    assert_eq!(told.reason(), Reason::VersionsUnreadable);
    assert!(!told.help().contains("remov"), "what cannot be read may be whole: {told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let owner = std::fs::metadata(&folder).expect("it is there").uid();
        let told = super::unreadable(&path, &io::ErrorKind::PermissionDenied.into());
        assert!(
            told.help().starts_with(&format!("the data folder belongs to user {owner}, and the host runs as user ")),
            "{told}"
        );
    }
    std::fs::remove_dir_all(folder).expect("it is ours");
}
