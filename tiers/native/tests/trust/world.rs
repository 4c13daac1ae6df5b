//! A plugin with everything that can lie beside it, of which a test changes one thing.

use keyway_native::{
    Beside, Checksums, Claim, Digest, Evidence, Keyring, Locked, Policy, PublicKey, Publisher, Reason, Refusal, Refusals, Sealed,
    SecretKey, Statement, Verified, Versions, Whole, verify,
};

use crate::vectors::{ID, LIBRARY, PUBLIC_KEY, SECRET_KEY, SIGNATURE, TARGET, VERSION};

pub(crate) const MANIFEST: &[u8] = b"[plugin]\nid = \"site.sitemap\"\n";

/// A plugin that passes every check there is.
pub(crate) struct World {
    pub(crate) library: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) target: String,
    /// The digest of the manifest in the library.
    pub(crate) inside: Option<Digest>,
    pub(crate) checksums: Option<Vec<u8>>,
    pub(crate) signature: Option<Vec<u8>>,
    pub(crate) locked: Locked,
    pub(crate) policy: Policy,
    pub(crate) versions: Option<Versions>,
}

impl World {
    pub(crate) fn new() -> Self {
        let sums = format!("{}  libsite_sitemap.so\n{} *plugin.toml\n", Digest::of(LIBRARY).hex(), Digest::of(MANIFEST).hex());
        Self {
            library: LIBRARY.to_vec(),
            manifest: MANIFEST.to_vec(),
            id: ID.to_owned(),
            version: VERSION.to_owned(),
            target: TARGET.to_owned(),
            inside: Some(Digest::of(MANIFEST)),
            checksums: Some(sums.into_bytes()),
            signature: Some(SIGNATURE.as_bytes().to_vec()),
            locked: Locked { library: vec![Digest::of(LIBRARY).to_string()], manifest: vec![Digest::of(MANIFEST).to_string()] },
            policy: Policy { keyring: Keyring::new([publisher("Alice", &["site.*"])]), ..Policy::default() },
            versions: None,
        }
    }

    /// One with nothing but the two files, on a host that trusts nobody.
    pub(crate) fn bare() -> Self {
        Self {
            checksums: None,
            signature: None,
            inside: None,
            locked: Locked::default(),
            policy: Policy::default(),
            ..Self::new()
        }
    }

    /// Signs what the library is now with the key of the vectors, with this statement.
    pub(crate) fn sign(&mut self, statement: &str) {
        let key = SecretKey::parse(SECRET_KEY).expect("it is a key");
        let signature = key.sign(&mut self.library.as_slice(), statement).expect("it can be made");
        self.signature = Some(signature.to_string().into_bytes());
    }

    /// The statement that fits.
    pub(crate) fn statement(&self) -> Statement {
        Statement::new(&self.id, &self.version, &self.target, Digest::of(&self.library))
    }

    pub(crate) fn verify(&self) -> Result<Verified, Refusals> {
        let whole = |bytes: &[u8], name: &str| Whole { bytes: bytes.to_vec(), digest: Digest::of(bytes), origin: name.into() };
        let beside = Beside {
            library: "libsite_sitemap.so".to_owned(),
            manifest: Some(whole(&self.manifest, "extensions/plugin.toml")),
            checksums: self.checksums.as_deref().map(Checksums::parse).transpose()?,
            signature: self.signature.as_deref().map(|bytes| whole(bytes, "extensions/libsite_sitemap.so.minisig")),
        };
        let claim = Claim { id: &self.id, version: &self.version, target: &self.target, manifest: self.inside };
        let sealed = Sealed::from_bytes(&self.library, "extensions/libsite_sitemap.so")?;
        let evidence = Evidence { claim, beside: &beside, locked: &self.locked, versions: self.versions.as_ref() };
        verify(&sealed, &evidence, &self.policy)
    }

    /// The reasons why it is refused, in order.
    #[track_caller]
    pub(crate) fn refused(&self) -> (Vec<Reason>, String) {
        let refusals = self.verify().expect_err("it is refused");
        (refusals.iter().map(Refusal::reason).collect(), refusals.to_string())
    }
}

/// A publisher with the key of the vectors.
pub(crate) fn publisher(name: &str, ids: &[&str]) -> Publisher {
    let key = PublicKey::parse(PUBLIC_KEY).expect("it is a key");
    Publisher::new(name, [key], ids.iter().copied()).expect("it is well formed")
}
