//! Secret keys with a password: those of the program minisign here, and ours there. Each try of a password takes a gigabyte of memory, so all
//! is one test.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use keyway_native::{PublicKey, SecretKey, Signature};

/// What `minisign -G` wrote for the password `secret`.
const SECRET_KEY: &str = "untrusted comment: minisign encrypted secret key
RWRTY0IywxR7+zr+GCo5BMwZNXZwPWNZQTke7MST2tHpWyOOnXcAAAACAAAAAAAAAEAAAAAA3PwCYgrVK6jkZy473JoTdTSh5AwECRdIE5oROAv/kpUU78zZGYawJrDLd8kM4bmQzWUTswK/9zLdv5kO1YMJNCveNidzXcGy4jbebvj83hrSee3osdtlWxIyKdh0pFTxjDed/1K99DQ=
";
const PUBLIC_KEY: &str = "RWTfQkUSX5bADACQRewX3k6jK3amn9S7/FzJGRggBu8g3NlqHL0ENCJc";

/// Signs with minisign; `false` when the machine has none.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn minisign_signs(folder: &Path, key: &str, password: &str) -> bool {
    let command = Command::new("minisign")
        .args(["-S", "-s", key, "-m", "plugin.so", "-t", "signed by minisign"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut child = match command {
        Ok(child) => child,
        Err(problem) => {
            println!("skipped: the program minisign cannot be run: {problem}");
            return false;
        }
    };
    let mut input = child.stdin.take().expect("it was piped");
    writeln!(input, "{password}").expect("minisign reads the password");
    drop(input);
    assert!(child.wait().expect("it was started").success());
    true
}

#[test]
fn a_password_hides_a_key_as_minisign_does() {
    assert!(SecretKey::has_password(SECRET_KEY));
    let told = SecretKey::parse(SECRET_KEY).expect_err("it has a password").to_string();
    assert!(told.starts_with("KW0732 a secret key has a password, and none was given\n  help: give its password"), "{told}");
    let key = SecretKey::parse_with_password(SECRET_KEY, "secret").expect("that is its password");
    assert_eq!(key.public_key().expect("it is fit"), PublicKey::parse(PUBLIC_KEY).expect("it is a key"));
    let told = SecretKey::parse_with_password(SECRET_KEY, "Secret").expect_err("it is another").to_string();
    assert!(told.starts_with("KW0732 the password of a secret key is wrong\n  help: "), "{told}");

    let folder = std::env::temp_dir().join(format!("keyway-password-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let ours = SecretKey::generate().expect("there are random numbers");
    assert!(ours.save_with_password(&folder.join("empty.key"), "").is_err());
    ours.save_with_password(&folder.join("our.key"), "a long one, with ü").expect("it can be written");
    let text = fs::read_to_string(folder.join("our.key")).expect("it is text");
    assert!(SecretKey::has_password(&text) && !text.contains(&ours.to_text()[100..200]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.join("our.key")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::write(folder.join("plugin.so"), "bytes").expect("a file can be written");
    if minisign_signs(&folder, "our.key", "a long one, with ü") {
        let signature = fs::read(folder.join("plugin.so.minisig")).expect("minisign wrote it");
        let signature = Signature::parse(&signature).expect("it is a signature");
        ours.public_key().expect("it is fit").verify(&mut &b"bytes"[..], &signature).expect("it fits");
    }
    fs::remove_dir_all(folder).expect("it is our own folder");

    // What asks for more than any key does is not tried.
    let greedy = SECRET_KEY.replacen("AAEAAAAAA3", "AAEAAA//A3", 1);
    assert_ne!(greedy, SECRET_KEY);
    let told = SecretKey::parse_with_password(&greedy, "secret").expect_err("it is refused").to_string();
    assert!(told.starts_with("KW0732 a secret key asks for more work or memory"), "{told}");
}
