//! Secret keys: making, keeping and signing with them.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read, Write as _};
use std::path::Path;

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};
use keyway_manifest::shown;
use zeroize::Zeroizing;

use super::public_key::{KeyId, PublicKey};
use super::signature::{Signature, check_comment, content_hash, signed_along};
use super::text::{ED25519, UNTRUSTED, decode, encode, lines, part, unreadable};
use crate::file::{Reason, Refusal};

/// How a file says which checksum it has.
const BLAKE2B: [u8; 2] = *b"B2";
/// How it says that the key has no password.
const NO_PASSWORD: [u8; 2] = [0, 0];
/// Algorithms, then salt and limits of the password (zeros without one), then the key's number, the key and the checksum.
pub(super) const LENGTH: usize = 158;
/// Where it says which kind of password it has.
pub(super) const PASSWORD_AT: usize = 2;
/// From here on to the end it is hidden by a password.
pub(super) const NUMBER_AT: usize = 54;
const KEY_AT: usize = 62;
const CHECKSUM_AT: usize = 126;

/// What a file of a secret key consists of.
pub(super) type Bytes = Zeroizing<[u8; LENGTH]>;

/// A secret key. It is wiped from memory when it is dropped, and its `Debug` form shows only its number.
pub struct SecretKey {
    id: KeyId,
    key: SigningKey,
}

impl SecretKey {
    /// Makes a key pair.
    ///
    /// # Errors
    /// KW0732 when the system gives no random numbers.
    pub fn generate() -> Result<Self, Refusal> {
        let fill = |bytes: &mut [u8]| {
            let message = "no key can be made: the system gives no random numbers";
            getrandom::fill(bytes).map_err(|_| unreadable(message, "see that the program may read `/dev/urandom`"))
        };
        let mut seed = Zeroizing::new([0; 32]);
        let mut id = [0; 8];
        fill(seed.as_mut_slice())?;
        fill(&mut id)?;
        Ok(Self { id: KeyId(id), key: SigningKey::from_bytes(&seed) })
    }

    /// Reads a file of `minisign -G -W`.
    ///
    /// # Errors
    /// KW0732 when it is none, or when the key has a password.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let bytes = read(text)?;
        if part(&bytes[..], PASSWORD_AT) != NO_PASSWORD {
            let help = "give its password, take it away (`minisign -C -W -s <file>`), or sign with minisign itself";
            return Err(unreadable("a secret key has a password, and none was given", help));
        }
        Self::from_bytes(&bytes)
    }

    /// Tells whether the text of a file is that of a key with a password.
    #[must_use]
    pub fn has_password(text: &str) -> bool {
        read(text).is_ok_and(|bytes| part(&bytes[..], PASSWORD_AT) != NO_PASSWORD)
    }

    /// Reads the key behind the algorithms, the password being taken away.
    pub(super) fn from_bytes(bytes: &Bytes) -> Result<Self, Refusal> {
        let malformed = || unreadable("a secret key cannot be read", HELP);
        let pair: Zeroizing<[u8; 64]> = Zeroizing::new(part(&bytes[..], KEY_AT));
        // minisign 0.11 leaves the checksum of a key without a password empty.
        let kept: [u8; 32] = part(&bytes[..], CHECKSUM_AT);
        let key = SigningKey::from_keypair_bytes(&pair).map_err(|_| malformed())?;
        let read = Self { id: KeyId(part(&bytes[..], NUMBER_AT)), key };
        if kept != [0; 32] && kept != read.checksum() {
            return Err(unreadable("a secret key does not fit its checksum", HELP));
        }
        Ok(read)
    }

    /// The file that `minisign -G -W` would write: whoever can read it can sign.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        written(&self.to_bytes(), "minisign secret key without a password")
    }

    /// The key without a password.
    pub(super) fn to_bytes(&self) -> Bytes {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        bytes[..2].copy_from_slice(&ED25519);
        bytes[PASSWORD_AT..4].copy_from_slice(&NO_PASSWORD);
        bytes[4..6].copy_from_slice(&BLAKE2B);
        bytes[NUMBER_AT..KEY_AT].copy_from_slice(&self.id.0);
        bytes[KEY_AT..CHECKSUM_AT].copy_from_slice(Zeroizing::new(self.key.to_keypair_bytes()).as_slice());
        bytes[CHECKSUM_AT..].copy_from_slice(&self.checksum());
        bytes
    }

    /// Writes the key to a new file that only its owner can read.
    ///
    /// # Errors
    /// KW0720 when the file is there already or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Refusal> {
        save(path, &self.to_text())
    }

    /// The number that it shares with its public key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The public key that verifies its signatures.
    ///
    /// # Errors
    /// Never for a key that was generated; KW0737 for a made-up one.
    pub fn public_key(&self) -> Result<PublicKey, Refusal> {
        PublicKey::from_parts(self.id, self.key.verifying_key().as_bytes())
    }

    /// Signs some content, and a text along with it. For a plugin the text is a [`Statement`](crate::Statement).
    ///
    /// ```
    /// use keyway_native::{Sealed, SecretKey, Statement};
    ///
    /// let library = Sealed::from_bytes(b"the bytes of a library", "libsite_sitemap.so")?;
    /// let statement = Statement::new("site.sitemap", "1.2.0", "x86_64-unknown-linux-gnu", library.digest());
    /// let key = SecretKey::generate()?;
    /// let signature = key.sign(&mut library.reader(), &statement.to_string())?;
    /// key.public_key()?.verify(&mut library.reader(), &signature)?;
    /// # Ok::<(), keyway_native::Refusals>(())
    /// ```
    ///
    /// # Errors
    /// KW0732 when the text is longer than 8191 bytes or has control characters, KW0720 when the content cannot be read.
    pub fn sign(&self, content: &mut impl Read, comment: &str) -> Result<Signature, Refusal> {
        check_comment(comment)
            .map_err(|problem| unreadable(format!("no signature can be made: {problem}"), "sign a shorter text of one line"))?;
        let over_content = self.key.sign(&content_hash(content)?).to_bytes();
        let along = self.key.sign(&signed_along(&over_content, comment)).to_bytes();
        Ok(Signature::new(self.id, over_content, comment.to_owned(), along))
    }

    fn checksum(&self) -> [u8; 32] {
        let pair = Zeroizing::new(self.key.to_keypair_bytes());
        Blake2b::<U32>::new().chain_update(ED25519).chain_update(self.id.0).chain_update(pair.as_slice()).finalize().into()
    }
}

/// What to do about a file that is no key.
const HELP: &str = "give the text of a file that `minisign -G` or `cargo keyway keygen` wrote";

/// Reads a file of a key, with or without a password.
pub(super) fn read(text: &str) -> Result<Bytes, Refusal> {
    let malformed = || unreadable("a secret key cannot be read", HELP);
    let [comment, line] = lines(text)[..] else { return Err(malformed()) };
    if !comment.starts_with(UNTRUSTED) {
        return Err(malformed());
    }
    if let Ok(public) = PublicKey::parse(text) {
        let message = format!("this is the public key `{}`, and a secret key is asked for", public.id());
        return Err(unreadable(
            message,
            "name the file of the secret key, which `minisign -G` or `cargo keyway keygen` wrote beside it",
        ));
    }
    let bytes: Bytes = Zeroizing::new(decode(line).ok_or_else(malformed)?);
    if part(&bytes[..], 0) != ED25519 || part(&bytes[..], 4) != BLAKE2B {
        return Err(malformed());
    }
    Ok(bytes)
}

/// The file of a key.
pub(super) fn written(bytes: &Bytes, comment: &str) -> Zeroizing<String> {
    let line = Zeroizing::new(encode(bytes.as_slice()));
    // In one piece, so that no half of it is left behind where a growing text lay.
    let mut text = Zeroizing::new(String::with_capacity(512));
    for part in [UNTRUSTED, comment, "\n", &line, "\n"] {
        text.push_str(part);
    }
    text
}

/// Writes the text of a key to a new file that only its owner can read.
pub(super) fn save(path: &Path, text: &str) -> Result<(), Refusal> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|problem| {
        let message = format!("the secret key cannot be written to `{}`: {problem}", shown(path));
        Refusal::new(Reason::Unreadable, message, "name a file that is not there yet, in a folder that is")
    })
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretKey").field("id", &self.id).finish_non_exhaustive()
    }
}
