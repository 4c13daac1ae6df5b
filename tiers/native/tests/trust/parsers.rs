//! No bytes make a parser panic, and what is understood is written back as it was.

use keyway_native::{Checksums, Digest, KeyId, PublicKey, SecretKey, Signature, Statement};
use proptest::prelude::{Strategy, any, prop, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::vectors::{LEGACY_SIGNATURE, PUBLIC_KEY, SECRET_KEY, SIGNATURE};

/// Bytes of any kind, and the texts of the formats with pieces cut out, put in and changed.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let sums = format!("{}  a.so\n", Digest::of(b"a").hex());
    let comment = SIGNATURE.lines().nth(2).expect("it has four lines")["trusted comment: ".len()..].to_owned();
    let texts = [SIGNATURE.to_owned(), LEGACY_SIGNATURE.to_owned(), PUBLIC_KEY.to_owned(), SECRET_KEY.to_owned(), sums, comment];
    let changed = (
        prop::sample::select(texts.to_vec()),
        prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, prop::collection::vec(any::<u8>(), 0..4)), 0..4),
    )
        .prop_map(|(text, changes)| {
            let mut bytes = text.into_bytes();
            for (at, cut, put) in changes {
                let at = at.index(bytes.len() + 1);
                let end = (at + cut).min(bytes.len());
                bytes.splice(at..end, put);
            }
            bytes
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..300), changed]
}

proptest! {
    #[test]
    fn any_bytes_are_understood_or_refused(bytes in hostile()) {
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(signature) = Signature::parse(&bytes) {
            let written = signature.to_string();
            prop_assert_eq!(Signature::parse(written.as_bytes()).expect("it was just written"), signature);
            // But for the untrusted comment and the ends of lines it is the same text.
            let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(lines(&written), lines(&text));
        }
        if let Ok(key) = PublicKey::parse(&text) {
            prop_assert!(text.contains(&key.to_string()), "a key has one spelling");
        }
        if let Ok(key) = SecretKey::parse(&text) {
            prop_assert_eq!(SecretKey::parse(&key.to_text()).expect("it was just written").id(), key.id());
        }
        if let Ok(statement) = Statement::parse(&text) {
            prop_assert_eq!(Statement::parse(&statement.to_string()).expect("it was just written"), statement);
        }
        if let Some(digest) = Digest::from_hex(&text) {
            prop_assert_eq!(digest.hex(), text.as_ref());
        }
        if let Some(key) = KeyId::parse(&text) {
            prop_assert!(key.to_string().eq_ignore_ascii_case(&text));
        }
        if let Ok(sums) = Checksums::parse(&bytes) {
            for line in text.lines() {
                prop_assert_eq!(sums.of(&line[66..]), Digest::from_hex(&line[..64]));
            }
        }
    }
}
