//! `cargo keyway keygen` and `sign`.

use std::process::{Command, Stdio};

use cargo_keyway::answer::{KeyPair, Signatures};

use crate::library;
use crate::sandbox::Sandbox;

#[test]
fn a_key_pair_is_made_for_its_owner_and_never_written_over() {
    let folder = Sandbox::empty();
    let ran = folder.run(&["keygen", "acme.key", "--no-password"]);
    assert_eq!((ran.code(), ran.stderr().as_str()), (0, ""));
    let (secret, public) = (folder.read("acme.key"), folder.read("acme.pub"));
    let key = public.lines().nth(1).expect("a public key has two lines");
    let said = ran.stdout();
    assert!(said.contains(&format!("\nkeys = [\"{key}\"]\n")), "{said}");
    let hidden = secret.lines().nth(1).expect("a secret key has two lines");
    assert!(!said.contains(&hidden[80..]), "the secret key is in its file only");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.folder().join("acme.key")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    folder.run(&["keygen", "acme.key", "--no-password"]).snapshot("keygen_taken");
    folder.run(&["keygen", "acme.pub", "--no-password"]).snapshot("keygen_name_of_the_public_key");
    assert_eq!((folder.read("acme.key"), folder.read("acme.pub")), (secret, public));

    let pair: KeyPair = folder.json(&["keygen", "other.key", "--no-password"]);
    assert_eq!((pair.has_password, pair.public_file.to_str()), (false, Some("other.pub")));
    assert!(folder.read("other.pub").contains(&pair.public_key) && folder.read("other.pub").contains(&pair.id));
}

#[test]
fn a_password_comes_from_a_person_or_a_file() {
    let folder = Sandbox::empty();
    folder.run(&["keygen", "acme.key"]).snapshot("keygen_nobody_to_ask");
    folder.run(&["keygen", "acme.key", "--password-file", "absent"]).snapshot("keygen_password_absent");
    folder.write("password", "\nthe second line");
    folder.run(&["keygen", "acme.key", "--password-file", "password"]).snapshot("keygen_password_empty");
    assert!(!folder.folder().join("acme.key").exists());

    folder.write("password", "a long one\n");
    let pair: KeyPair = folder.json(&["keygen", "acme.key", "--password-file", "password"]);
    assert!(pair.has_password);
    folder.write("libsearch.so", library::search_for_x86());
    folder.run(&["sign", "libsearch.so", "--key", "acme.key"]).snapshot("sign_nobody_to_ask");
    let made: Signatures = folder.json(&["sign", "libsearch.so", "--key", "acme.key", "--password-file", "password"]);
    assert_eq!(made.key, pair.id);
    folder.write("password", "another one\n");
    folder.run(&["sign", "libsearch.so", "--key", "acme.key", "--password-file", "password"]).snapshot("sign_wrong_password");
}

/// Runs minisign in a folder; `None` when the machine has none.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn minisign(folder: &Sandbox, arguments: &[&str]) -> Option<String> {
    let output = Command::new("minisign").args(arguments).current_dir(folder.folder()).stdin(Stdio::null()).output();
    let output = match output {
        Ok(output) => output,
        Err(problem) => {
            println!("skipped: the program minisign cannot be run: {problem}");
            return None;
        }
    };
    assert!(output.status.success(), "minisign {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_signature_says_which_plugin_it_is_for_and_minisign_takes_it() {
    let folder = Sandbox::empty();
    folder.write("x86/libsearch.so", library::search_for_x86());
    folder.write("arm/libsearch.so", library::search_for_arm());
    folder.run(&["keygen", "acme.key", "--no-password"]);
    let made: Signatures = folder.json(&["sign", "x86/libsearch.so", "arm/libsearch.so", "--key", "acme.key"]);
    let [x86, arm] = made.signatures.as_slice() else { panic!("{made:?}") };
    assert_eq!((x86.id.as_str(), x86.target.as_str()), ("site.search", "x86_64-unknown-linux-gnu"));
    assert_eq!((arm.id.as_str(), arm.target.as_str()), ("site.search", "aarch64-unknown-linux-gnu"));
    let statement = format!(
        "trusted comment: keyway id=site.search version={} target={} sha256={}\n",
        arm.version,
        arm.target,
        arm.digest.strip_prefix("sha256:").expect("a digest says its kind")
    );
    assert!(folder.read("arm/libsearch.so.minisig").contains(&statement));

    if minisign(&folder, &["-V", "-H", "-p", "acme.pub", "-m", "x86/libsearch.so"]).is_none() {
        return;
    }
    // With a key of its own, over a signature that is there.
    minisign(&folder, &["-G", "-W", "-p", "its.pub", "-s", "its.key"]);
    let ran = folder.run(&["sign", "x86/libsearch.so", "--key", "its.key"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let said = minisign(&folder, &["-V", "-H", "-p", "its.pub", "-m", "x86/libsearch.so"]).expect("it ran before");
    assert!(said.contains("Signature and comment signature verified"), "{said}");
}

#[test]
fn what_cannot_sign_or_be_signed_is_told() {
    let folder = Sandbox::empty();
    folder.run(&["keygen", "acme.key", "--no-password"]);
    folder.write("page.so", "no library");
    folder.run(&["sign", "page.so", "--key", "acme.key"]).snapshot("sign_no_library");
    folder.run(&["sign", "absent.so", "--key", "acme.key"]).snapshot("sign_absent");
    folder.run(&["sign", "page.so", "--key", "page.so"]).snapshot("sign_no_key");
    folder.run(&["sign", "page.so"]).snapshot("sign_without_key");
    #[cfg(unix)]
    for device in ["/dev/zero", "/dev/stdin"] {
        assert_eq!(folder.run(&["sign", device, "--key", "acme.key"]).code(), 5);
    }
    assert!(!folder.folder().join("page.so.minisig").exists());
}
