//! The verdict over a library: what passes, what each attack meets, and that everything is told at once.

use keyway_native::{
    Beside, Checksums, Claim, Digest, Evidence, KeyId, Keyring, Locked, Policy, PublicKey, Publisher, Reason, SecretKey,
    Statement, Versions, verify,
};

use crate::scratch::Scratch;
use crate::vectors::{ID, LIBRARY, PUBLIC_KEY, SECRET_KEY, TARGET, VERSION};
use crate::world::{MANIFEST, World, publisher};

#[test]
fn what_passes_says_what_that_rests_on() {
    let verified = World::new().verify().expect("it passes");
    let signer = verified.signer.expect("it is signed");
    assert_eq!((signer.publisher.as_str(), signer.key), ("Alice", KeyId::parse("939EAB780C57C3B3").expect("a number")));
    assert!(verified.locked && verified.listed && verified.notes.is_empty());
    assert_eq!(verified.digest, Digest::of(LIBRARY));

    let bare = World::bare().verify().expect("nothing is asked for");
    assert!(bare.signer.is_none() && !bare.locked && !bare.listed && bare.notes.is_empty());
}

/// Arbitrary installation: software of nobody in particular.
#[test]
fn a_plugin_without_the_expected_signature_is_refused() {
    let mut world = World::bare();
    world.policy.require_signature = true;
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::SignatureMissing]);
    assert_eq!(
        told,
        "KW0731 `extensions/libsite_sitemap.so` is not signed, and this host takes signed plugins only\n  help: put the publisher's signature \
         beside it, as `extensions/libsite_sitemap.so.minisig`"
    );
    // Taking the signature away does not help where a publisher is known for the id; elsewhere unsigned plugins are taken.
    world.policy = Policy { keyring: Keyring::new([publisher("Alice", &["site.*"])]), ..Policy::default() };
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::SignatureMissing]);
    assert!(told.contains("and `site.sitemap` is taken only when it is signed by `Alice`"), "{told}");
    world.policy.keyring = Keyring::new([publisher("Alice", &["shop.*"])]);
    assert!(world.verify().expect("it is nobody's").signer.is_none());
}

/// A key that may sign some plugins signs another one.
#[test]
fn a_publisher_signs_its_own_plugins_only() {
    let mut world = World::new();
    let other = SecretKey::generate().and_then(|key| key.public_key()).expect("it is fit");
    let bob = Publisher::new("Bob", [other], ["site.sitemap"]).expect("it is well formed");
    world.policy.keyring = Keyring::new([publisher("Alice", &["shop.*"]), bob.clone()]);
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::KeyNotTrusted]);
    assert_eq!(
        told,
        "KW0733 `extensions/libsite_sitemap.so` is signed with key `939EAB780C57C3B3` of `Alice`, who may not sign `site.sitemap`\n  help: \
         `site.sitemap` is taken when it is signed by `Bob`"
    );
    world.policy.keyring = Keyring::new([bob]);
    assert!(world.refused().1.contains("`939EAB780C57C3B3`, which is nobody's whom this host trusts"));
    // Where nobody is named for the plugin, the host says what would have to stand in its policy.
    world.policy.require_signature = true;
    world.policy.keyring = Keyring::new([publisher("Alice", &["shop.*"])]);
    let (_, told) = world.refused();
    assert!(
        told.ends_with(
            "\n  help: if you trust its owner, add `site.sitemap` to `ids` of `[native.publisher.\"Alice\"]` in host.toml, which is compiled \
             into the program"
        ),
        "{told}"
    );
    world.policy.keyring = Keyring::default();
    let (_, told) = world.refused();
    assert!(
        told.ends_with(
            "name the key of its publisher for `site.sitemap`, `[native.publisher.\"NAME\"]` with `keys` and `ids`, in host.toml, which is \
             compiled into the program"
        ),
        "{told}"
    );
    world.policy.require_signature = false;
    // A host that expects no signature tells of one that it cannot judge.
    world.policy.keyring = Keyring::default();
    let verified = world.verify().expect("no signature is expected");
    assert!(verified.signer.is_none());
    assert_eq!(verified.notes.iter().map(keyway_native::Refusal::code).collect::<Vec<_>>(), ["KW0733"]);
    world.policy.require_signature = true;
    assert_eq!(world.refused().0, [Reason::KeyNotTrusted]);
}

/// Wrong software: an honest signature, for something else.
#[test]
fn a_signature_counts_for_one_id_version_target_and_content() {
    type Change = fn(&mut World);
    let changes: [(&str, Change, &str); 3] = [
        (
            "id",
            |world| world.id = "site.auth".to_owned(),
            "the signature is for `id=site.sitemap`, and the library has `site.auth`",
        ),
        (
            "version",
            |world| world.version = "9.0.0".to_owned(),
            "the signature is for `version=1.2.0`, and the library has `9.0.0`",
        ),
        (
            "target",
            |world| world.target = "aarch64-apple-darwin".to_owned(),
            "the signature is for `target=x86_64-unknown-linux-gnu`, and the library has `aarch64-apple-darwin`",
        ),
    ];
    for (name, change, expected) in changes {
        let mut world = World::new();
        change(&mut world);
        let (reasons, told) = world.refused();
        assert_eq!(reasons, [Reason::StatementDiffers], "{name}");
        assert!(told.contains(expected), "{told}");
    }
    // Signed bytes with the statement of other bytes.
    let mut world = World::new();
    let elsewhere = Statement::new(ID, VERSION, &world.target, Digest::of(b"other")).to_string();
    world.sign(&elsewhere);
    assert_eq!(world.refused().0, [Reason::StatementDiffers]);
    // All differences at once.
    let all = Statement::new("a.b", "0.0.1", "t", Digest::of(b"other")).to_string();
    world.sign(&all);
    assert_eq!(world.refused().0, [Reason::StatementDiffers; 4]);
    // What minisign signs when nobody tells it what to say.
    let fit = world.statement().to_string();
    for comment in [
        "timestamp:1795275878\tfile:libsite_sitemap.so\thashed".to_owned(),
        String::new(),
        fit.replace("keyway ", "Keyway "),
        fit.replace(" id=", "  id="),
        format!("{fit} "),
        format!("{fit} id=site.sitemap"),
        format!("{fit} more=x"),
        fit.replace("version=1.2.0", "version="),
        fit.replace(" version=1.2.0", ""),
        fit.replace("sha256=7", "sha256=A"),
    ] {
        world.sign(&comment);
        let (reasons, told) = world.refused();
        assert_eq!(reasons, [Reason::StatementDiffers], "{comment}: {told}");
        assert!(told.contains(&format!(".minisig`, for plugin `{ID}`: the trusted comment `")), "{told}");
        let command = format!("help: sign it again and say what it is: `minisign -S -m libsite_sitemap.so -t \"{fit}\"`");
        assert_eq!(told.contains(&command), !comment.starts_with("keyway id="), "{told}");
    }
    // The order of the fields does not matter.
    world.sign(&format!("keyway sha256={} target={} version=1.2.0 id={ID}", Digest::of(LIBRARY).hex(), world.target));
    world.verify().expect("it says the same");
}

/// Two halves of honest signatures put together.
#[test]
fn a_statement_of_one_signature_does_not_go_with_another() {
    let mut world = World::new();
    let key = SecretKey::parse(SECRET_KEY).expect("it is a key");
    let old = key.sign(&mut &b"an older library"[..], &world.statement().to_string()).expect("it can be made").to_string();
    let new = key.sign(&mut &*LIBRARY, "keyway id=site.other").expect("it can be made").to_string();
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mixed = format!("{}\n{}\n{}\n{}\n", new[0], new[1], old[2], old[3]);
    world.signature = Some(mixed.into_bytes());
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::SignatureWrong]);
    assert!(told.contains("does not fit its trusted comment"), "{told}");
}

/// Mix and match: parts of two honest releases.
#[test]
fn the_manifest_of_another_release_is_refused() {
    let mut world = World::new();
    world.manifest = b"[plugin]\nid = \"site.sitemap\"\nversion = \"1.1.0\"\n".to_vec();
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::DigestDiffers; 3], "lock, record and checksums each say so: {told}");
}

/// Rollback: an honest older release, in which a hole is known.
#[test]
fn an_older_signed_version_is_refused_unless_asked_for() {
    let scratch = Scratch::new();
    let path = scratch.path().join("native-versions.json");
    let mut versions = Versions::open(&path).expect("an absent file is an empty one");
    versions.accept(ID, "1.3.0").expect("it can be kept");
    let mut world = World::new();
    world.versions = Some(Versions::open(&path).expect("it is whole"));
    assert_eq!(world.refused().0, [Reason::Rollback]);
    world.policy.older.insert("site.other".to_owned());
    assert_eq!(world.refused().0, [Reason::Rollback]);
    world.policy.older.insert(ID.to_owned());
    world.verify().expect("it was asked for");
    world.policy.older.clear();
    world.versions = Some(Versions::open(scratch.path().join("new.json")).expect("an absent file is an empty one"));
    world.verify().expect("nothing is known of it");
    assert!(versions.accept(ID, "not a version").is_err());
    assert_eq!(versions.highest(ID).as_deref(), Some("1.3.0"));
}

/// A stolen key: what it signed is refused from the moment on at which it is revoked.
#[test]
fn a_revoked_key_signs_nothing_also_under_another_number() {
    let mut world = World::new();
    let key = PublicKey::parse(PUBLIC_KEY).expect("it is a key");
    let ring = Keyring::new([publisher("Alice", &["site.*"])]);
    world.policy.keyring = ring.clone().revoke(key.id());
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::KeyRevoked]);
    assert!(told.contains("is signed with key `939EAB780C57C3B3`, which was revoked"), "{told}");

    // The same key with another number in its file, and a signature that names it.
    let renumber = |text: &str, at: usize| {
        let mut bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).expect("it is base64");
        bytes[at] ^= 1;
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
    };
    let renamed = PublicKey::parse(&renumber(&key.to_string(), 2)).expect("it is a key");
    let signature = String::from_utf8(world.signature.clone().expect("it has one")).expect("it is text");
    let line = signature.lines().nth(1).expect("it has four lines");
    world.signature = Some(signature.replace(line, &renumber(line, 2)).into_bytes());
    let both = Publisher::new("Alice", [renamed, key.clone()], ["site.*"]).expect("it is well formed");
    world.policy.keyring = Keyring::new([both.clone()]);
    world.verify().expect("before it is revoked it is the same key");
    world.policy.keyring = Keyring::new([both]).revoke(key.id());
    assert_eq!(world.refused().0, [Reason::KeyRevoked]);

    // The key itself named as revoked, under its first number, when no publisher has that one.
    let renamed = PublicKey::parse(&renumber(&key.to_string(), 2)).expect("it is a key");
    let alice = Publisher::new("Alice", [renamed], ["site.*"]).expect("it is well formed");
    world.policy.keyring = Keyring::new([alice]).revoke_key(key.clone());
    assert_eq!(world.refused().0, [Reason::KeyRevoked]);

    // Another key of the same publisher still signs.
    let fresh = SecretKey::generate().expect("there are random numbers");
    let keys = [key.clone(), fresh.public_key().expect("it is fit")];
    let two = Publisher::new("Alice", keys, ["site.*"]).expect("it is well formed");
    world.policy.keyring = Keyring::new([two]).revoke(key.id());
    let signed = fresh.sign(&mut &*LIBRARY, &world.statement().to_string()).expect("it can be made");
    world.signature = Some(signed.to_string().into_bytes());
    assert_eq!(world.verify().expect("it is signed").signer.expect("by Alice").key, fresh.id());
}

/// Two publishers whose keys happen to have one number.
#[test]
fn a_shared_number_of_keys_confuses_nobody() {
    let mut world = World::new();
    let other = SecretKey::generate().and_then(|key| key.public_key()).expect("it is fit").to_string();
    let mut bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, other).expect("it is base64");
    let key = PublicKey::parse(PUBLIC_KEY).expect("it is a key");
    let own = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, key.to_string()).expect("it is base64");
    bytes[2..10].copy_from_slice(&own[2..10]);
    let twin = PublicKey::parse(&base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)).expect("it is a key");
    assert_eq!(twin.id(), key.id());
    let mallory = Publisher::new("Mallory", [twin], ["site.*"]).expect("it is well formed");
    world.policy.keyring = Keyring::new([mallory.clone(), publisher("Alice", &["site.*"])]);
    assert_eq!(world.verify().expect("it passes").signer.expect("it is signed").publisher, "Alice");
    world.policy.keyring = Keyring::new([mallory]);
    assert_eq!(world.refused().0, [Reason::SignatureWrong]);
}

#[test]
fn a_signature_does_not_make_up_for_a_digest_nor_the_reverse() {
    // Modified and signed anew by the publisher: not what was locked.
    let mut world = World::new();
    world.library = b"another library".to_vec();
    world.sign(&world.statement().to_string());
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::DigestDiffers, Reason::DigestDiffers], "{told}");
    assert!(
        told.contains("and the lock has `sha256:728879b6719c") && told.contains("and `SHA256SUMS` has `sha256:728879b6719c"),
        "{told}"
    );
    // Everything wrong at once is told at once.
    world = World::new();
    world.library.push(b'!');
    world.manifest.push(b'!');
    let (reasons, _) = world.refused();
    assert_eq!(reasons.iter().filter(|reason| **reason == Reason::DigestDiffers).count(), 5);
    assert_eq!(reasons.last(), Some(&Reason::SignatureWrong));
}

#[test]
fn locks_of_other_versions_and_for_several_targets() {
    let right = Digest::of(LIBRARY).to_string();
    let wrong = Digest::of(b"other").to_string();
    for (library, expected) in [
        (vec![], None),
        (vec![wrong.clone(), right.clone()], None),
        (vec!["blake9:abc".to_owned(), right], None),
        (vec![wrong], Some(Reason::DigestDiffers)),
        (vec!["blake9:abc".to_owned()], Some(Reason::DigestMissing)),
        (vec![String::new()], Some(Reason::DigestMissing)),
    ] {
        let mut world = World::bare();
        let is_locked = !library.is_empty();
        world.locked = Locked { library, manifest: Vec::new() };
        match expected {
            None => assert_eq!(world.verify().expect("it passes").locked, is_locked),
            Some(reason) => assert_eq!(world.refused().0, [reason]),
        }
    }
}

#[test]
fn a_host_can_insist_on_digests() {
    let mut world = World::bare();
    world.policy.require_digest = true;
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::DigestMissing]);
    assert!(told.contains("has no `SHA256SUMS` beside it"), "{told}");
    world.checksums = World::new().checksums;
    assert!(world.verify().expect("it is listed").listed);
    world.checksums = None;
    world.locked = World::new().locked;
    assert!(world.verify().expect("it is locked").locked);
}

#[test]
fn checksums_are_read_strictly() {
    let digest = Digest::of(b"abc").hex();
    let sums = Checksums::parse(format!("{digest}  a.so\n{digest} *b c.toml").as_bytes()).expect("it is what sha256sum writes");
    assert_eq!((sums.of("a.so"), sums.of("b c.toml"), sums.of("c")), (Some(Digest::of(b"abc")), Some(Digest::of(b"abc")), None));
    for (text, expected) in [
        (String::new(), "line 1 of `SHA256SUMS` is not 64 lowercase hexadecimal digits, two spaces and a name"),
        (format!("{digest}  a.so\n\n"), "line 2 of `SHA256SUMS` is not"),
        (format!("{digest}\ta.so"), "line 1 of `SHA256SUMS` is not"),
        (format!("{digest} a.so"), "line 1 of `SHA256SUMS` is not"),
        (format!("{}  a.so", digest.to_uppercase()), "line 1 of `SHA256SUMS` is not"),
        (format!("# made today\n{digest}  a.so"), "line 1 of `SHA256SUMS` is not"),
        (format!("\\{digest}  a\\nb.so"), "line 1 of `SHA256SUMS` is not"),
        (format!("{digest}  ../a.so"), "line 1 of `SHA256SUMS` names no file of the same folder"),
        (format!("{digest}  /a.so"), "line 1 of `SHA256SUMS` names no file of the same folder"),
        (format!("{digest}  a.so\r\n"), "line 1 of `SHA256SUMS` names no file of the same folder"),
        (format!("{digest}  a.so\n{digest}  a.so"), "line 2 of `SHA256SUMS` names `a.so` for the second time"),
    ] {
        let told = Checksums::parse(text.as_bytes()).expect_err(expected).to_string();
        assert!(told.starts_with(&format!("KW0729 {expected}")), "{told}");
    }
    let mut world = World::new();
    world.checksums = Some(format!("{}  plugin.toml\n", Digest::of(MANIFEST).hex()).into_bytes());
    let (reasons, told) = world.refused();
    assert_eq!(reasons, [Reason::DigestMissing]);
    assert!(told.contains("`extensions/libsite_sitemap.so` is not listed in `SHA256SUMS` beside it"), "{told}");
}

#[test]
#[cfg(unix)]
fn what_lies_beside_a_library_is_read_as_carefully_as_the_library() {
    use crate::scratch::mode;
    let scratch = Scratch::new();
    scratch.write("a.so", LIBRARY);
    let beside = Beside::read(&scratch.open(), "a.so".as_ref()).expect("nothing lies there");
    assert!(beside.library == "a.so" && beside.manifest.is_none() && beside.checksums.is_none() && beside.signature.is_none());
    mode(&scratch.write("plugin.toml", MANIFEST), 0o666);
    scratch.write("SHA256SUMS", "junk");
    // Endless data: more than a signature can be.
    scratch.write("a.so.minisig", vec![b'x'; 20_000]);
    let refusals = Beside::read(&scratch.open(), "a.so".as_ref()).expect_err("each is refused");
    let reasons: Vec<Reason> = refusals.iter().map(keyway_native::Refusal::reason).collect();
    assert_eq!(reasons, [Reason::Writable, Reason::TooLarge, Reason::ChecksumsUnreadable], "{refusals}");
    scratch.write("plugin.toml", MANIFEST);
    scratch.write("SHA256SUMS", format!("{}  a.so\n", Digest::of(LIBRARY).hex()));
    scratch.write("a.so.minisig", "signature");
    let beside = Beside::read(&scratch.open(), "a.so".as_ref()).expect("all can be read");
    assert_eq!(beside.manifest.expect("it is there").digest, Digest::of(MANIFEST));
    assert_eq!(beside.checksums.expect("it is there").of("a.so"), Some(Digest::of(LIBRARY)));
    assert_eq!(beside.signature.expect("it is there").bytes, b"signature");
}

#[test]
fn publishers_are_well_formed() {
    let key = PublicKey::parse(PUBLIC_KEY).expect("it is a key");
    for (keys, ids, expected) in [
        (vec![], vec!["*"], "publisher `Alice` has no key"),
        (vec![key.clone()], vec![], "publisher `Alice` may sign no plugin"),
        (vec![key], vec!["site.*", "shop.b*"], "publisher `Alice` has the pattern `shop.b*`, which no id can match"),
    ] {
        let told = Publisher::new("Alice", keys, ids).expect_err(expected).to_string();
        assert!(told.starts_with(&format!("KW0732 {expected}\n")), "{told}");
    }
}

#[test]
fn a_signature_beside_a_library_is_of_the_bytes_that_were_read() {
    let policy = Policy { keyring: Keyring::new([publisher("Alice", &["site.*"])]), ..Policy::default() };
    let name = "libsite_sitemap.so";
    // The hashes of a large library are computed by threads.
    for len in [1_000, 5 << 20] {
        let scratch = Scratch::new();
        let world = World { library: vec![7; len], ..World::new() };
        let key = SecretKey::parse(SECRET_KEY).expect("it is a key");
        let signature = key.sign(&mut world.library.as_slice(), &world.statement().to_string()).expect("it can be made");
        scratch.write(&format!("{name}.minisig"), signature.to_string());
        let verified = |library: &[u8]| {
            scratch.write(name, library);
            let folder = scratch.open();
            let sealed = folder.seal(name.as_ref())?;
            let beside = Beside::read(&folder, name.as_ref())?;
            let claim = Claim { id: ID, version: VERSION, target: TARGET, manifest: None };
            let evidence = Evidence { claim, beside: &beside, locked: &Locked::default(), versions: None };
            verify(&sealed, &evidence, &policy)
        };
        let signer = verified(&world.library).expect("it is what was signed").signer.expect("it is signed");
        assert_eq!((signer.publisher.as_str(), signer.key), ("Alice", key.id()));
        for changed in [0, len / 2, len - 1] {
            let mut library = world.library.clone();
            library[changed] ^= 1;
            let refusals = verified(&library).expect_err("it is not what was signed");
            assert!(refusals.iter().all(|refusal| refusal.reason() == Reason::SignatureWrong), "{refusals}");
        }
    }
}
