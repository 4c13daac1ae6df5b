//! Keys and signatures: those that the program minisign made, those that it is given, and those that nobody should trust.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use ed25519_dalek::VerifyingKey;
use keyway_native::{Digest, KeyId, PublicKey, Reason, SecretKey, Signature, Statement};

use crate::scratch::Scratch;
use crate::vectors::{
    ID, LEGACY_SIGNATURE, LIBRARY, PUBLIC_KEY, SECRET_KEY, SECRET_KEY_WITH_PASSWORD, SIGNATURE, TARGET, VERSION,
};

#[test]
fn what_minisign_wrote_is_read_verified_and_made_again() {
    let key = PublicKey::parse(PUBLIC_KEY).expect("it is a key");
    assert_eq!(key.to_text(), PUBLIC_KEY);
    assert_eq!(PublicKey::parse(&key.to_string()).expect("the line alone is a key"), key);
    assert_eq!(PublicKey::parse(&PUBLIC_KEY.replace('\n', "\r\n")).expect("lines may end so"), key);
    assert_eq!(KeyId::parse("939EAB780C57C3B3"), Some(key.id()));

    let signature = Signature::parse(SIGNATURE.as_bytes()).expect("it is a signature");
    key.verify(&mut &*LIBRARY, &signature).expect("it fits");
    let statement = Statement::parse(signature.trusted_comment()).expect("it is a statement");
    assert_eq!(statement, Statement::new(ID, VERSION, TARGET, Digest::of(LIBRARY)));
    assert_eq!(statement.to_string(), signature.trusted_comment());

    // Ed25519 has one signature for a key and a message, so ours is the very same.
    let secret = SecretKey::parse(SECRET_KEY).expect("it is a key");
    assert_eq!((secret.id(), secret.public_key().expect("it is fit")), (key.id(), key));
    let ours = secret.sign(&mut &*LIBRARY, &statement.to_string()).expect("it can be made").to_string();
    assert!(ours.lines().skip(1).eq(SIGNATURE.lines().skip(1)), "{ours}");
}

#[test]
fn keys_and_signatures_survive_being_written_and_read() {
    let secret = SecretKey::generate().expect("there are random numbers");
    let again = SecretKey::parse(&secret.to_text()).expect("it is a key");
    assert_eq!(again.to_text(), secret.to_text());
    let key = secret.public_key().expect("it is fit");
    let signature = again.sign(&mut &*LIBRARY, "any text\twith a tab").expect("it can be made");
    assert_eq!(Signature::parse(signature.to_string().as_bytes()).expect("it is a signature"), signature);
    key.verify(&mut &*LIBRARY, &signature).expect("it fits");
    assert_eq!(key.verify(&mut &b"other"[..], &signature).expect_err("it does not").reason(), Reason::SignatureWrong);
    let other = SecretKey::generate().and_then(|other| other.public_key()).expect("it is fit");
    assert_eq!(other.verify(&mut &*LIBRARY, &signature).expect_err("it is another key").reason(), Reason::KeyNotTrusted);
    assert_eq!(secret.sign(&mut &*LIBRARY, "two\nlines").expect_err("one line only").reason(), Reason::KeyUnreadable);
    assert_eq!(secret.sign(&mut &*LIBRARY, &"x".repeat(8192)).expect_err("too long").reason(), Reason::KeyUnreadable);
    assert!(!format!("{secret:?}").contains(&secret.to_text()[80..120]), "a secret is not shown");
}

#[test]
#[cfg(unix)]
fn a_secret_key_is_kept_for_its_owner_alone_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let path = scratch.path().join("publisher.key");
    let secret = SecretKey::generate().expect("there are random numbers");
    secret.save(&path).expect("it can be written");
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert_eq!(SecretKey::parse(&fs::read_to_string(&path).expect("it is text")).expect("it is a key").id(), secret.id());
    assert_eq!(secret.save(&path).expect_err("it is there").reason(), Reason::Unreadable);
}

#[test]
fn what_is_not_taken_says_why() {
    let told = Signature::parse(LEGACY_SIGNATURE.as_bytes()).expect_err("it is refused").to_string();
    assert_eq!(
        told,
        "KW0732 a signature is in the older form of minisign, over the file and not over its hash\n  help: sign anew without `-l`: `minisign -S -m <file>`"
    );
    let told = SecretKey::parse(SECRET_KEY_WITH_PASSWORD).expect_err("it is refused").to_string();
    assert!(
        told.starts_with("KW0732 a secret key has a password, and none was given\n  help: give its password, take it away"),
        "{told}"
    );
    let public = SecretKey::parse(SECRET_KEY).and_then(|key| key.public_key()).expect("it is a key").to_text();
    let told = SecretKey::parse(&public).expect_err("it is the other half").to_string();
    assert_eq!(
        told,
        "KW0732 this is the public key `939EAB780C57C3B3`, and a secret key is asked for\n  help: name the file of the secret key, which \
         `minisign -G` or `cargo keyway keygen` wrote beside it"
    );
    let damaged = SECRET_KEY.replace("MXGBAAAA", "MXGBAAAB");
    assert!(SecretKey::parse(&damaged).expect_err("it is refused").to_string().contains("does not fit its checksum"));
    for (from, to, expected) in [
        ("trusted comment: keyway", "comment: keyway", "its third line does not begin with"),
        ("untrusted comment: sig", "sig", "its first line does not begin with"),
        ("\nRUS", "\nRVS", "it is of an unknown algorithm"),
        ("fMAI=\n", "fMAI\n", "its second line is not 74 bytes in base64"),
        // Bits behind the last byte: a second spelling of the same signature.
        ("fMAI=\n", "fMAJ=\n", "its second line is not 74 bytes in base64"),
        ("hBA==\n", "hBA==\n\n", "it does not have four lines"),
        ("hBA==\n", "hBA=\n", "its fourth line is not 64 bytes in base64"),
        (" target=", " \u{7f}target=", "its trusted comment has control characters"),
    ] {
        let text = SIGNATURE.replacen(from, to, 1);
        assert_ne!(text, SIGNATURE, "{from}");
        let told = Signature::parse(text.as_bytes()).expect_err(expected).to_string();
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(Signature::parse(b"\xff").expect_err("it is refused").to_string().contains("it is not UTF-8"));
    for id in ["", "939EAB780C57C3B", "+39EAB780C57C3B3", "939EAB780C57C3B3 "] {
        assert_eq!(KeyId::parse(id), None, "{id}");
    }
}

/// A public key with these bytes, as its file has it.
fn line_of(key: [u8; 32]) -> String {
    let bytes: Vec<u8> = b"Ed".iter().chain(b"12345678").chain(&key).copied().collect();
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

fn point(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

fn from_hex(hex: &str, last: u8) -> [u8; 32] {
    let mut bytes = *Digest::from_hex(hex).expect("64 digits").as_bytes();
    bytes[31] = last;
    bytes
}

#[test]
fn keys_under_which_anybody_could_sign_are_refused() {
    let one = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let three = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    // All points of order 1, 2, 4 and 8, in each spelling that 32 bytes have for them.
    let small_order = [
        point(0x01, 0, 0x00),
        point(0x01, 0, 0x80),
        point(0xee, 0xff, 0x7f),
        point(0xee, 0xff, 0xff),
        point(0xec, 0xff, 0x7f),
        point(0xec, 0xff, 0xff),
        point(0x00, 0, 0x00),
        point(0x00, 0, 0x80),
        point(0xed, 0xff, 0x7f),
        point(0xed, 0xff, 0xff),
        from_hex(one, 0x05),
        from_hex(one, 0x85),
        from_hex(three, 0x7a),
        from_hex(three, 0xfa),
    ];
    for bytes in small_order {
        let told = PublicKey::parse(&line_of(bytes)).expect_err("it is refused");
        assert_eq!(told.reason(), Reason::KeyWeak, "{told}");
    }
    // An honest key with a point of small order added.
    let honest = SecretKey::parse(SECRET_KEY).and_then(|key| key.public_key()).expect("it is fit").to_string();
    let honest = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, honest).expect("it is base64");
    let honest = VerifyingKey::from_bytes(honest[10..].try_into().expect("32 bytes")).expect("it is a point");
    for bytes in small_order.iter().skip(4) {
        let Ok(weak) = VerifyingKey::from_bytes(bytes) else { continue };
        let mixed = (honest.to_edwards() + weak.to_edwards()).compress().to_bytes();
        let told = PublicKey::parse(&line_of(mixed)).expect_err("it is refused");
        assert!(told.to_string().contains("is not in the prime-order group"), "{told}");
    }
    let told = PublicKey::parse(&line_of(point(0x02, 0, 0))).expect_err("it is refused").to_string();
    assert!(
        told.starts_with("KW0737 the public key `3837363534333231` is not a point of the curve\n  help: remove it"),
        "{told}"
    );
}

/// Runs minisign in a folder; `None` when the machine has none.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn minisign(folder: &Path, arguments: &[&str]) -> Option<String> {
    let command = Command::new("minisign").args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let output = match command {
        Ok(output) => output,
        Err(problem) => {
            println!("skipped: the program minisign cannot be run: {problem}");
            return None;
        }
    };
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "minisign {arguments:?}: {told}{}", String::from_utf8_lossy(&output.stderr));
    Some(told)
}

#[test]
fn the_program_minisign_and_this_crate_understand_each_other() {
    let scratch = Scratch::new();
    let folder = scratch.path();
    scratch.write("plugin.so", LIBRARY);
    let statement = Statement::new(ID, VERSION, TARGET, Digest::of(LIBRARY)).to_string();

    // Its key and its signature here.
    if minisign(folder, &["-G", "-W", "-p", "its.pub", "-s", "its.key"]).is_none() {
        return;
    }
    minisign(folder, &["-S", "-s", "its.key", "-m", "plugin.so", "-t", &statement]).expect("it ran before");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("minisign wrote it");
    let key = PublicKey::parse(&read("its.pub")).expect("it is a key");
    let signature = Signature::parse(read("plugin.so.minisig").as_bytes()).expect("it is a signature");
    key.verify(&mut &*LIBRARY, &signature).expect("it fits");
    assert_eq!(signature.trusted_comment(), statement);
    assert_eq!(SecretKey::parse(&read("its.key")).and_then(|key| key.public_key()).expect("it is a key"), key);

    // Our key and our signature there, and its signature with our key here.
    let ours = SecretKey::generate().expect("there are random numbers");
    ours.save(&folder.join("our.key")).expect("it can be written");
    let public = ours.public_key().expect("it is fit");
    scratch.write("our.pub", public.to_text());
    scratch.write("plugin.so.minisig", ours.sign(&mut &*LIBRARY, &statement).expect("it can be made").to_string());
    let told = minisign(folder, &["-V", "-H", "-p", "our.pub", "-m", "plugin.so"]).expect("it ran before");
    assert!(told.contains("Signature and comment signature verified") && told.contains(&statement), "{told}");
    minisign(folder, &["-S", "-s", "our.key", "-m", "plugin.so", "-t", &statement]).expect("it ran before");
    let signature = Signature::parse(read("plugin.so.minisig").as_bytes()).expect("it is a signature");
    public.verify(&mut &*LIBRARY, &signature).expect("it fits");
}
