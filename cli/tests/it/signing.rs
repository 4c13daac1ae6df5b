//! `cargo keyway keygen` and `sign`.

use std::process::{Command, Stdio};

use cargo_keyway::answer::{KeyPair, Signatures};

use crate::library;
use crate::sandbox::Sandbox;

/// Writes a file with a password that nobody else can read.
fn write_password(folder: &Sandbox, text: &str) {
    folder.write("password", text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.folder().join("password"), mode).expect("it is our own file");
    }
}

#[test]
fn a_key_pair_is_made_for_its_owner_and_never_written_over() {
    let folder = Sandbox::empty();
    let ran = folder.run(&["keygen", "acme.key", "--no-password"]);
    assert_eq!((ran.code(), ran.stderr().as_str()), (0, ""));
    let (secret, public) = (folder.read("acme.key"), folder.read("acme.pub"));
    let key = public.lines().nth(1).expect("a public key has two lines");
    let said = ran.stdout();
    let lines = format!("\n[native.publisher.\"acme\"]\nkeys = [\"{key}\"]\nids = []  # ");
    assert!(said.contains(&lines), "{said}");
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

    // With an id filled in, the lines are taken as they are; without one the compiler asks for it.
    let paste = said.split_once("[native.publisher").map(|(_, lines)| format!("[native.publisher{lines}")).expect("the lines");
    let taken =
        |text: &str| keyway_manifest::parse::parse_policy(text, "host.toml", &[]).map(drop).map_err(|report| report.to_string());
    assert_eq!(taken(&paste.replace("ids = []", "ids = [\"acme.clock\"]")), Ok(()));
    assert!(
        taken(&paste).is_err_and(|said| said.starts_with("KW0406 publisher `acme` may sign for no plugin")),
        "{:?}",
        taken(&paste)
    );
    let odd = folder.run(&["keygen", "Acme \"2\".key", "--no-password"]).stdout();
    assert!(odd.contains("\n[native.publisher.'Acme \"2\"']\n"), "{odd}");

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

    write_password(&folder, "a long one\n");
    let pair: KeyPair = folder.json(&["keygen", "acme.key", "--password-file", "password"]);
    assert!(pair.has_password);
    folder.write("libsearch.so", library::search_for_x86());
    folder.run(&["sign", "libsearch.so", "--key", "acme.key"]).snapshot("sign_nobody_to_ask");
    let made: Signatures = folder.json(&["sign", "libsearch.so", "--key", "acme.key", "--password-file", "password"]);
    assert_eq!(made.key, pair.id);
    write_password(&folder, "another one\n");
    folder.run(&["sign", "libsearch.so", "--key", "acme.key", "--password-file", "password"]).snapshot("sign_wrong_password");
}

/// As ssh does it; but a key on another's machine has to sign all the same.
#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Sandbox::empty();
    let mode = |file: &str, mode: u32| {
        std::fs::set_permissions(folder.folder().join(file), std::fs::Permissions::from_mode(mode)).expect("it is our own file");
    };
    folder.write("libsearch.so", library::search_for_x86());
    folder.write("password", "a long one\n");
    mode("password", 0o640);
    let made = folder.run(&["keygen", "acme.key", "--password-file", "password"]);
    assert_eq!(made.code(), 0, "{}", made.stderr());
    let warning =
        "warning: the file with the password `password` is open to other users (mode 0640)\n  help: `chmod 600 'password'`\n";
    assert_eq!(made.stderr(), warning);
    mode("acme.key", 0o644);
    let sign = ["sign", "libsearch.so", "--key", "acme.key", "--password-file", "password"];
    let signed = folder.run(&sign);
    let both = format!(
        "warning: the secret key `acme.key` is open to other users (mode 0644)\n  help: `chmod 600 'acme.key'`\n{warning}"
    );
    assert_eq!((signed.code(), signed.stderr().as_str()), (0, both.as_str()));
    mode("password", 0o600);
    mode("acme.key", 0o400);
    let signed = folder.run(&sign);
    assert_eq!((signed.code(), signed.stderr().as_str()), (0, ""));
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
