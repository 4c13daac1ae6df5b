//! Every single changed bit of a library, a manifest, a signature, a digest or a key is noticed.

use keyway_native::{Keyring, Locked, PublicKey, Publisher, Reason};

use crate::vectors::{ID, PUBLIC_KEY};
use crate::world::World;

/// Each way in which one bit of some bytes can be the other.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len() * 8).map(move |bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        (bit, changed)
    })
}

#[test]
fn of_the_library_by_each_check_alone() {
    type Keep = fn(&mut World);
    let only: [(&str, Keep, Reason); 3] = [
        ("signature", |world| (world.checksums, world.locked) = (None, Locked::default()), Reason::SignatureWrong),
        ("checksums", |world| (world.signature, world.policy, world.locked) = Default::default(), Reason::DigestDiffers),
        ("lock", |world| (world.signature, world.policy, world.checksums) = Default::default(), Reason::DigestDiffers),
    ];
    for (name, keep, reason) in only {
        let mut world = World::new();
        keep(&mut world);
        world.verify().unwrap_or_else(|refusals| panic!("{name}: {refusals}"));
        for (bit, library) in flips(&world.library.clone()) {
            world.library = library;
            assert_eq!(world.refused().0, [reason], "{name}, bit {bit}");
        }
    }
}

#[test]
fn of_the_manifest_by_each_check_alone() {
    type Keep = fn(&mut World);
    let only: [(&str, Keep); 3] = [
        ("checksums", |world| (world.inside, world.locked) = Default::default()),
        ("lock", |world| (world.inside, world.checksums) = Default::default()),
        ("record", |world| (world.checksums, world.locked) = Default::default()),
    ];
    for (name, keep) in only {
        let mut world = World::new();
        keep(&mut world);
        world.verify().unwrap_or_else(|refusals| panic!("{name}: {refusals}"));
        for (bit, manifest) in flips(&world.manifest.clone()) {
            world.manifest = manifest;
            assert_eq!(world.refused().0, [Reason::DigestDiffers], "{name}, bit {bit}");
        }
    }
}

#[test]
fn of_a_signature_file() {
    let mut world = World::new();
    let text = world.signature.clone().expect("it has one");
    // The untrusted comment is signed by nobody, and nobody reads it.
    let comment = 8 * "untrusted comment: ".len()..8 * text.iter().position(|byte| *byte == b'\n').expect("it has lines");
    for (bit, signature) in flips(&text) {
        world.signature = Some(signature);
        match world.verify() {
            Err(refusals) => assert!(
                refusals.iter().all(|refusal| matches!(
                    refusal.reason(),
                    Reason::KeyUnreadable | Reason::KeyNotTrusted | Reason::SignatureWrong
                )),
                "bit {bit}: {refusals}"
            ),
            Ok(verified) => {
                assert!(comment.contains(&bit), "bit {bit} makes no difference");
                assert_eq!(verified.signer.expect("it is signed").publisher, "Alice");
            }
        }
    }
}

#[test]
fn of_a_public_key() {
    let mut world = World::new();
    let line = PUBLIC_KEY.lines().nth(1).expect("a key has two lines");
    let (mut unfit, mut other) = (0, 0);
    for (bit, key) in flips(line.as_bytes()) {
        let Some(key) = String::from_utf8(key).ok().and_then(|text| PublicKey::parse(&text).ok()) else {
            unfit += 1;
            continue;
        };
        let publisher = Publisher::new("Alice", [key], [ID]).expect("it is well formed");
        world.policy.keyring = Keyring::new([publisher]);
        let (reasons, told) = world.refused();
        assert!(matches!(reasons[..], [Reason::KeyNotTrusted | Reason::SignatureWrong]), "bit {bit}: {told}");
        other += 1;
    }
    assert!(unfit > 0 && other > 0, "{unfit} unfit, {other} other keys");
}

#[test]
fn of_checksums_and_of_the_lock() {
    let mut world = World::new();
    for (bit, sums) in flips(&world.checksums.clone().expect("it has some")) {
        world.checksums = Some(sums);
        let (reasons, told) = world.refused();
        let expected = [Reason::DigestDiffers, Reason::DigestMissing, Reason::ChecksumsUnreadable];
        assert!(reasons.iter().all(|reason| expected.contains(reason)), "bit {bit}: {told}");
    }
    world = World::new();
    let (library, manifest) = (world.locked.library[0].clone(), world.locked.manifest[0].clone());
    for which in 0..2 {
        for (bit, text) in flips([&library, &manifest][which].as_bytes()) {
            world.locked = Locked { library: vec![library.clone()], manifest: vec![manifest.clone()] };
            let Ok(text) = String::from_utf8(text) else { continue };
            [&mut world.locked.library, &mut world.locked.manifest][which][0] = text;
            let (reasons, told) = world.refused();
            assert!(matches!(reasons[..], [Reason::DigestDiffers | Reason::DigestMissing]), "bit {bit}: {told}");
        }
    }
}
