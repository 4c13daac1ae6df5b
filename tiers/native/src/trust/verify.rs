//! The verdict over a sealed library: every check is made, and each that fails is told.

use keyway_manifest::{shown, shown_text};

use super::evidence::{Evidence, MANIFEST};
use super::minisign::{KeyId, Signature};
use super::policy::Policy;
use super::publisher::Standing;
use super::statement::Statement;
use crate::file::{Digest, Reason, Refusal, Refusals, Sealed};

/// A library that passed every check, and what that rests on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verified {
    /// The digest of the library. What is loaded must have it.
    pub digest: Digest,
    /// Who signed it, when somebody did whom the host trusts.
    pub signer: Option<Signer>,
    /// Whether the lock has this digest.
    pub locked: bool,
    /// Whether SHA256SUMS has this digest. It lies beside the library, so whoever can change one can change both: it tells damage, not malice.
    pub listed: bool,
    /// What is to be told without refusing the library.
    pub notes: Vec<Refusal>,
}

/// A publisher whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The publisher's name.
    pub publisher: String,
    /// The key that signed.
    pub key: KeyId,
}

/// Everything that was found of a sealed library, each question by itself: also what is right where something else is wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// What was verified. Where anything is wrong it is for telling alone, and nothing to load a library by.
    pub verified: Verified,
    /// What does not agree with the lock: KW0728 and KW0730.
    pub lock: Vec<Refusal>,
    /// What does not agree with the checksums, or with the manifest in the library: KW0728 and KW0730.
    pub checksums: Vec<Refusal>,
    /// What is wrong with the signature, or with the version that is signed: KW0731 to KW0738.
    pub signature: Vec<Refusal>,
}

/// Verifies a sealed library, before a byte of it runs.
///
/// The checks are independent, and all must hold: a signature does not make up for another digest than the lock's, nor the reverse. Without
/// a lock, checksums, and publishers, what is left is who may write to the folder, which [`Folder`](crate::Folder) checked.
///
/// # Errors
/// KW0728 and KW0730 for digests, KW0731 to KW0737 for signatures, KW0738 for an older version: everything that is wrong, at once.
pub fn verify(sealed: &Sealed, evidence: &Evidence<'_>, policy: &Policy) -> Result<Verified, Refusals> {
    let Inspection { verified, lock, checksums, signature } = inspect(sealed, evidence, policy);
    Refusals::unless_any([lock, checksums, signature].concat(), verified)
}

/// As [`verify`], for whoever tells a person what is right and what is wrong with a library.
#[must_use]
pub fn inspect(sealed: &Sealed, evidence: &Evidence<'_>, policy: &Policy) -> Inspection {
    let mut notes = sealed.notes().to_vec();
    let lock = against_locks(sealed, evidence);
    let mut checksums = against_lists(sealed, evidence);
    let listed = evidence.beside.checksums.is_some() && checksums.is_empty();
    if policy.require_digest && evidence.beside.checksums.is_none() && evidence.locked.library.is_empty() {
        let message =
            format!("`{}` has no `SHA256SUMS` beside it, and this host takes plugins with a digest only", shown(sealed.origin()));
        checksums.push(Refusal::new(
            Reason::DigestMissing,
            message,
            "put the file of the release there, `sha256sum *.so plugin.toml > SHA256SUMS`",
        ));
    }
    let (signer, mut signature) = match signer(sealed, evidence, policy, &mut notes) {
        Ok(signer) => (signer, Vec::new()),
        Err(refusals) => (None, refusals),
    };
    // An unsigned version proves nothing about its age: its number may be any.
    if let (Some(_), Some(versions), false) = (&signer, evidence.versions, policy.older.contains(evidence.claim.id)) {
        signature.extend(versions.check(evidence.claim.id, evidence.claim.version).err());
    }
    let locked = !evidence.locked.library.is_empty() && lock.is_empty();
    Inspection { verified: Verified { digest: sealed.digest(), signer, locked, listed, notes }, lock, checksums, signature }
}

/// Compares library and manifest with the lock.
fn against_locks(sealed: &Sealed, evidence: &Evidence<'_>) -> Vec<Refusal> {
    let Evidence { beside, locked, .. } = evidence;
    let library = against_lock(&shown(sealed.origin()), sealed.digest(), &locked.library);
    let manifest = beside.manifest.as_ref().and_then(|whole| against_lock(&shown(&whole.origin), whole.digest, &locked.manifest));
    library.into_iter().chain(manifest).collect()
}

/// Compares library and manifest with the checksums, and the manifest with the one in the record.
fn against_lists(sealed: &Sealed, evidence: &Evidence<'_>) -> Vec<Refusal> {
    let Evidence { claim, beside, .. } = evidence;
    let manifest = beside.manifest.as_ref().map(|whole| (whole.digest, shown(&whole.origin)));
    let mut found = Vec::new();
    if let Some((digest, path)) = &manifest
        && let Some(inside) = claim.manifest.filter(|inside| inside != digest)
    {
        let message = format!("`{path}` has the digest `{digest}`, and the manifest in the library has `{inside}`");
        found.push(Refusal::new(Reason::DigestDiffers, message, "put the plugin.toml there that the library was compiled with"));
    }
    if let Some(checksums) = &beside.checksums {
        found.extend(against_list(&shown(sealed.origin()), sealed.digest(), checksums.of(&beside.library)));
        if let Some((digest, path)) = &manifest {
            found.extend(against_list(path, *digest, checksums.of(MANIFEST)));
        }
    }
    found
}

fn against_lock(path: &str, digest: Digest, locked: &[String]) -> Option<Refusal> {
    let known: Vec<Digest> = locked.iter().filter_map(|text| Digest::from_hex(text.strip_prefix("sha256:")?)).collect();
    if locked.is_empty() || known.contains(&digest) {
        return None;
    }
    if known.is_empty() {
        let message = format!("the lock has no digest of `{path}` that this version of keyway understands");
        return Some(Refusal::new(Reason::DigestMissing, message, "lock the plugin anew with this version"));
    }
    let known: Vec<String> = known.iter().map(|digest| format!("`{digest}`")).collect();
    let message = format!("`{path}` has the digest `{digest}`, and the lock has {}", known.join(" or "));
    Some(Refusal::new(
        Reason::DigestDiffers,
        message,
        "install the locked version again; if the new file is meant, lock it with `cargo keyway lock --native FOLDER` and build the host anew",
    ))
}

fn against_list(path: &str, digest: Digest, listed: Option<Digest>) -> Option<Refusal> {
    match listed {
        Some(listed) if listed == digest => None,
        Some(listed) => {
            let message = format!("`{path}` has the digest `{digest}`, and `SHA256SUMS` has `{listed}`");
            Some(Refusal::new(Reason::DigestDiffers, message, "install the plugin again, all of its files"))
        }
        None => {
            let help = "list every file of the plugin: `sha256sum *.so plugin.toml > SHA256SUMS`";
            Some(Refusal::new(Reason::DigestMissing, format!("`{path}` is not listed in `SHA256SUMS` beside it"), help))
        }
    }
}

/// Whose signature the library has. `Ok(None)` when it has none that counts and needs none.
fn signer(
    sealed: &Sealed,
    evidence: &Evidence<'_>,
    policy: &Policy,
    notes: &mut Vec<Refusal>,
) -> Result<Option<Signer>, Vec<Refusal>> {
    let id = evidence.claim.id;
    let expected: Vec<String> =
        policy.keyring.publishers_of(id).map(|publisher| format!("`{}`", shown_text(publisher.name()))).collect();
    let required = policy.require_signature || !expected.is_empty();
    let Some(text) = &evidence.beside.signature else {
        return if required { Err(vec![missing(sealed, id, &expected)]) } else { Ok(None) };
    };
    let of_signature = |refusal: Refusal| refusal.of(&format!("`{}`, for plugin `{}`", shown(&text.origin), shown_text(id)));
    let signature = Signature::parse(&text.bytes).map_err(|refusal| vec![of_signature(refusal)])?;
    let key = signature.key_id();
    let untrusted = |whose: &str, trust: String| {
        let help = match expected.as_slice() {
            [] => format!("if you trust its owner, {trust} in host.toml, which is compiled into the program"),
            expected => format!("`{id}` is taken when it is signed by {}", expected.join(" or ")),
        };
        Refusal::new(Reason::KeyNotTrusted, format!("`{}` is signed with key `{key}`{whose}", shown(sealed.origin())), help)
    };
    let refusal = match policy.keyring.standing(key, id) {
        Standing::Trusted(candidates) => {
            return signed_by(sealed, evidence, &signature, &candidates)
                .map(Some)
                .map_err(|refusals| refusals.into_iter().map(of_signature).collect());
        }
        Standing::Revoked => {
            let message = format!("`{}` is signed with key `{key}`, which was revoked", shown(sealed.origin()));
            return Err(vec![Refusal::new(Reason::KeyRevoked, message, "install a version that is signed with another key")]);
        }
        Standing::ForOthers(publishers) => {
            let names: Vec<String> = publishers.iter().map(|publisher| shown_text(publisher.name())).collect();
            let tables: Vec<String> = names.iter().map(|name| format!("`[native.publisher.\"{name}\"]`")).collect();
            untrusted(
                &format!(" of `{}`, who may not sign `{id}`", names.join("` and `")),
                format!("add `{id}` to `ids` of {}", tables.join(" or ")),
            )
        }
        Standing::Unknown => untrusted(
            ", which is nobody's whom this host trusts",
            format!("name the key of its publisher for `{id}`, `[native.publisher.\"NAME\"]` with `keys` and `ids`,"),
        ),
    };
    if required {
        return Err(vec![refusal]);
    }
    // Without the signature the plugin would be taken, so with one that says nothing it is taken too.
    notes.push(refusal);
    Ok(None)
}

fn missing(sealed: &Sealed, id: &str, expected: &[String]) -> Refusal {
    let path = shown(sealed.origin());
    let message = match expected {
        [] => format!("`{path}` is not signed, and this host takes signed plugins only"),
        expected => format!("`{path}` is not signed, and `{id}` is taken only when it is signed by {}", expected.join(" or ")),
    };
    Refusal::new(Reason::SignatureMissing, message, format!("put the publisher's signature beside it, as `{path}.minisig`"))
}

/// Verifies the signature with the keys that it may be from, then what it says.
fn signed_by(
    sealed: &Sealed,
    evidence: &Evidence<'_>,
    signature: &Signature,
    candidates: &[(&super::Publisher, &super::PublicKey)],
) -> Result<Signer, Vec<Refusal>> {
    let hash = sealed.signed_hash().map_err(|refusal| vec![refusal])?;
    let mut wrong = Vec::new();
    let verified = candidates.iter().find(|(_, key)| match key.verify_hash(&hash, signature) {
        Ok(()) => true,
        Err(refusal) => {
            wrong.push(refusal);
            false
        }
    });
    let Some((publisher, key)) = verified else { return Err(wrong) };
    let claim = &evidence.claim;
    let own = Statement::new(claim.id, claim.version, claim.target, sealed.digest());
    let comment = signature.trusted_comment();
    let signed = Statement::parse(comment).map_err(|refusal| match own.command(&evidence.beside.library) {
        Some(command) if !comment.starts_with("keyway id=") => {
            vec![refusal.with_help(format!("sign it again and say what it is: {command}"))]
        }
        _ => vec![refusal],
    })?;
    let differences = signed.differences(&own);
    if differences.is_empty() { Ok(Signer { publisher: publisher.name().to_owned(), key: key.id() }) } else { Err(differences) }
}
