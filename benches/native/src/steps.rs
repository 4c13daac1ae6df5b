//! The way of a library through the native tier, step by step, as the host goes it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyway::__private::{OWN, facts};
use keyway::ExtensionPoint;
use keyway_benches_sdk::{Await, Look};
use keyway_manifest::record::{HostFacts, compare};
use keyway_native::image::Image;
use keyway_native::{
    Beside, Claim, Evidence, FileRules, Folder, Keyring, Locked, Policy, PublicKey, Publisher, read_record, verify,
};

/// The names of the steps, in their order.
pub const STEPS: [&str; 6] = [
    "open the folder, look at who may write",
    "read, SHA-256, seal",
    "what lies beside it",
    "the record, and the gate",
    "the signature: BLAKE2b, Ed25519",
    "audit, `dlopen`, memory map",
];

/// Trust in one key.
#[must_use]
pub struct Trust(Policy);

impl Trust {
    /// In the owner of a public key in minisign's form.
    ///
    /// # Panics
    /// When it is no key.
    pub fn in_key(public_key: &str) -> Self {
        let key = PublicKey::parse(public_key).expect("a public key");
        let publisher = Publisher::new("Bench", vec![key], ["bench.*"]).expect("a publisher");
        Self(Policy { keyring: Keyring::new([publisher]), require_signature: true, ..Policy::default() })
    }
}

/// Takes a library through all steps, and answers how long each took.
///
/// # Panics
/// When the library is refused.
#[must_use]
pub fn load(library: &Path, trust: &Trust) -> (Arc<Image>, [Duration; STEPS.len()]) {
    let name = library.file_name().expect("a library has a name");
    let mut watch = Watch::start();
    let folder = Folder::open(library.parent().expect("a library lies in a folder"), FileRules::default()).expect("it is ours");
    watch.step();
    let sealed = folder.seal(name).expect("it can be read");
    watch.step();
    let beside = Beside::read(&folder, name).expect("it can be read");
    watch.step();
    let record = read_record(&sealed).expect("it has a record");
    let descriptor = record.descriptor().expect("its manifest is in order");
    let points = [<dyn Look as ExtensionPoint>::LAYOUT, <dyn Await as ExtensionPoint>::LAYOUT];
    let build = facts(cfg!(panic = "abort"), cfg!(debug_assertions));
    let verdict = compare(&HostFacts { build, points: &points, events: &[], boundary: OWN }, &record);
    assert!(verdict.fits(), "{verdict}");
    watch.step();
    let version = descriptor.version.to_string();
    let target = record.build().target.as_str();
    let claim = Claim { id: descriptor.id.as_str(), version: &version, target, manifest: None };
    let evidence = Evidence { claim, beside: &beside, locked: &Locked::default(), versions: None };
    let verified = verify(&sealed, &evidence, &trust.0).unwrap_or_else(|refusals| panic!("{refusals}"));
    assert!(verified.signer.is_some(), "the library is signed");
    watch.step();
    let image = Image::open(sealed).unwrap_or_else(|error| panic!("{error}"));
    assert!(image.address(c"KEYWAY_PLUGIN_V1").is_some(), "a plugin has an entry");
    watch.step();
    (image, watch.took.try_into().expect("as many steps as names"))
}

/// Takes the time of one step after the other.
struct Watch {
    begun: Instant,
    took: Vec<Duration>,
}

impl Watch {
    fn start() -> Self {
        Self { begun: Instant::now(), took: Vec::with_capacity(STEPS.len()) }
    }

    fn step(&mut self) {
        let now = Instant::now();
        self.took.push(now - std::mem::replace(&mut self.begun, now));
    }
}
