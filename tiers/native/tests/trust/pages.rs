//! The pages of the errors show what is really told.

use std::path::{Path, PathBuf};

use keyway_native::{
    Beside, Checksums, Claim, Digest, Evidence, FileRules, Folder, Keyring, Locked, Policy, PublicKey, Publisher, Refusal,
    SecretKey, Signature, Versions, verify,
};

use crate::scratch::{Scratch, mode};
use crate::vectors::{ID, LEGACY_SIGNATURE, PUBLIC_KEY};
use crate::world::{World, publisher};

fn page(code: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/errors/{code}.md"));
    std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// Fails unless the page of a refusal shows its text, with another folder in place of the test's.
#[track_caller]
pub(crate) fn is_shown(refusal: &Refusal, folder: &Path) {
    let text = refusal.to_string().replace(&folder.display().to_string(), "/srv/cms/extensions");
    let text = text.replace("`extensions/", "`/srv/cms/extensions/").replace("'extensions/", "'/srv/cms/extensions/");
    let page = page(refusal.code());
    assert!(page.starts_with(&format!("# {}: ", refusal.code())));
    assert!(page.contains(&format!("```text\n{text}\n```")), "docs/errors/{}.md does not show:\n{text}", refusal.code());
}

/// The only refusal of a world.
#[track_caller]
fn only(world: &World) -> Refusal {
    let mut refusals = world.verify().expect_err("it is refused").into_iter();
    let refusal = refusals.next().expect("one at least");
    assert!(refusals.next().is_none(), "one at most");
    refusal
}

#[test]
fn of_digests_and_signatures() {
    let no_folder = Path::new("/nowhere");
    let show = |world: &World| is_shown(&only(world), no_folder);
    let mut world = World::bare();
    world.library = b"the bytes of a library!\n".to_vec();
    world.locked = Locked { library: World::new().locked.library, manifest: Vec::new() };
    show(&world);

    is_shown(&Checksums::parse(b"# of today\n").expect_err("it is refused"), no_folder);
    world = World::bare();
    world.checksums = Some(format!("{}  plugin.toml\n", Digest::of(&world.manifest).hex()).into_bytes());
    show(&world);

    world = World::bare();
    world.policy.keyring = Keyring::new([publisher("Alice", &["site.*"])]);
    show(&world);

    is_shown(&Signature::parse(LEGACY_SIGNATURE.as_bytes()).expect_err("it is refused"), no_folder);

    world = World::new();
    let other = SecretKey::generate().and_then(|key| key.public_key()).expect("it is fit");
    let bob = Publisher::new("Bob", [other], [ID]).expect("it is well formed");
    world.policy.keyring = Keyring::new([publisher("Alice", &["shop.*"]), bob]);
    show(&world);

    let signed = |change: fn(&mut World)| {
        let mut world = World { checksums: None, locked: Locked::default(), ..World::new() };
        change(&mut world);
        is_shown(&only(&world), no_folder);
    };
    signed(|world| world.library.push(b'!'));
    signed(|world| world.id = "site.auth".to_owned());
    signed(|world| {
        let key = PublicKey::parse(PUBLIC_KEY).expect("it is a key").id();
        world.policy = Policy { keyring: Keyring::new([publisher("Alice", &["site.*"])]).revoke(key), ..Policy::default() };
    });
    let no_point = PublicKey::parse("RWQxMjM0NTY3OAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    is_shown(&no_point.expect_err("it is refused"), no_folder);
}

/// The guide's commands for signing, run as they stand there.
#[test]
#[cfg(unix)]
fn the_commands_of_the_guide_make_what_verifies() {
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/native.md");
    let guide = std::fs::read_to_string(guide).expect("the guide is there");
    let block = guide.split("```console\n").find(|block| block.contains("minisign -S")).expect("the guide shows how to sign");
    let block = block.split("```").next().expect("it ends");
    let commands: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert_eq!(commands.len(), 3, "make keys, sign, write checksums: {commands:?}");

    let scratch = Scratch::new();
    let world = World::new();
    scratch.write("libacme_clock.so", &world.library);
    scratch.write("plugin.toml", &world.manifest);
    if let Err(problem) = std::process::Command::new("minisign").arg("-v").output() {
        println!("skipped: the program minisign cannot be run: {problem}");
        return;
    }
    let script = format!("set -e\numask 022\n{}", commands.join("\n"));
    let ran =
        std::process::Command::new("sh").args(["-c", &script]).current_dir(scratch.path()).output().expect("there is a shell");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    let folder = scratch.open();
    let sealed = folder.seal("libacme_clock.so".as_ref()).expect("it is taken");
    let beside = Beside::read(&folder, "libacme_clock.so".as_ref()).expect("all can be read");
    let key = std::fs::read_to_string(scratch.path().join("acme.pub")).expect("it was made");
    let acme = Publisher::new("Acme", [PublicKey::parse(&key).expect("it is a key")], ["acme.*"]).expect("it is well formed");
    let claim = Claim { id: "acme.clock", version: "1.2.0", target: "x86_64-unknown-linux-gnu", manifest: None };
    let evidence = Evidence { claim, beside: &beside, locked: &Locked::default(), versions: None };
    let policy = Policy { keyring: Keyring::new([acme]), ..Policy::default() };
    let verified = verify(&sealed, &evidence, &policy).expect("it passes");
    assert_eq!((verified.signer.expect("it is signed").publisher.as_str(), verified.listed), ("Acme", true));
}

#[test]
fn of_versions() {
    let scratch = Scratch::new();
    let path = scratch.path().join("native-versions.json");
    let mut versions = Versions::open(&path).expect("an absent file is an empty one");
    versions.accept(ID, "1.3.0").expect("it can be kept");
    let mut world = World::new();
    world.versions = Some(versions);
    let told = only(&world).to_string().replace("`extensions/", "`/srv/cms/extensions/");
    assert!(page("KW0738").contains(&told.replace(&scratch.path().display().to_string(), "/srv/cms/data")), "{told}");
    std::fs::write(&path, "{").expect("it can be written");
    let text = Versions::open(&path).expect_err("it is damaged");
    assert!(page("KW0739").contains(&text.to_string().replace(&scratch.path().display().to_string(), "/srv/cms/data")), "{text}");
}

#[test]
#[cfg(unix)]
fn of_files() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let scratch = Scratch::new();
    let folder = std::fs::canonicalize(scratch.path()).expect("it is there");
    let name = "libsite_sitemap.so";
    let path = folder.join(name);
    let refusal = |rules: FileRules| {
        let refusals = Folder::open(&folder, rules).and_then(|folder| folder.seal(name.as_ref())).expect_err("it is refused");
        refusals.into_iter().next().expect("one at least")
    };
    let show = |rules| is_shown(&refusal(rules), &folder);
    show(FileRules::default());
    std::os::unix::fs::symlink("/etc/hostname", &path).expect("a link can be made");
    show(FileRules::default());
    std::fs::remove_file(&path).expect("it is there");
    mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("a pipe can be made");
    show(FileRules::default());
    std::fs::remove_file(&path).expect("it is there");

    let file = std::fs::File::create(&path).expect("it can be made");
    file.set_len((32 << 20) + 1).expect("it can be long");
    mode(&path, 0o644);
    show(FileRules { largest: 32 << 20, ..FileRules::default() });
    mode(&path, 0o664);
    show(FileRules::default());
    mode(&path, 0o644);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(4217), None).expect("root may");
        show(FileRules::default());
        std::os::unix::fs::chown(&path, Some(0), None).expect("root may");
    }
    std::fs::hard_link(&path, folder.join("other.so")).expect("a second name can be given");
    let sealed = Folder::open(&folder, FileRules::default()).and_then(|folder| folder.seal(name.as_ref())).expect("it is taken");
    is_shown(&sealed.notes()[0], &folder);
}
