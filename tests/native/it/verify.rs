//! What a host says of a library that it is asked about: every question by itself, and nothing of the library runs.

use std::fs;
use std::path::{Path, PathBuf};

use keyway::Host;
use keyway::host::{Answer, HostBuilder, Question, Verification};
use keyway::manifest::{
    Approval, Checksums, Descriptor, LockRules, LockedPermission, LockedPlugin, NativePolicy, NativePublisher, PermissionRequest,
    Policy,
};
use keyway_native::{Digest, Sealed, SecretKey, Statement, read_record};

use crate::changing::{Extensions, ID};
use crate::folders::{Folder, host};
use crate::library::{POLICY, extensions, plugins};
use crate::lock::{locked, table};

/// The questions that are answered with no, each with the codes of its problems.
fn refused(verification: &Verification) -> Vec<(Question, Vec<&'static str>)> {
    let no = |(question, answer): &(Question, Answer)| match answer {
        Answer::No(problems) => Some((*question, problems.iter().map(|problem| problem.code()).collect())),
        _ => None,
    };
    verification.answers.iter().filter_map(no).collect()
}

fn open(verification: &Verification) -> Vec<Question> {
    let open = verification.answers.iter().filter(|(_, answer)| *answer == Answer::Open);
    open.map(|(question, _)| *question).collect()
}

fn bare() -> HostBuilder {
    Host::builder(plugins()).native_policy(POLICY)
}

#[test]
fn a_library_is_verified_before_it_is_installed() {
    let folder = Folder::new("verified");
    let update = Folder::new("verified-update");
    let verified = bare().verify_native(update.library());
    assert!(verified.is_taken(), "{verified:?}");
    assert_eq!((verified.plugin.unwrap().id.as_str(), verified.level), ("test.faulty", Some(0)));
    let library = verified.library.unwrap();
    assert_eq!(library.path, fs::canonicalize(update.library()).unwrap());
    // The one that is installed makes way for it; its own folder may be named too.
    let beside = host(folder.path(), POLICY, "").verify_native(update.path().join("test.faulty"));
    assert!(beside.is_taken(), "{beside:?}");
    assert_eq!(beside.library.unwrap().path, library.path);
    // Another library that keeps the host from starting is not this one's fault.
    fs::write(folder.library(), "no library").unwrap();
    let other = extensions("keyway-tests-changing");
    let beside = host(folder.path(), POLICY, "").verify_native(other.join(ID));
    assert_eq!(refused(&beside), [(Question::File, vec!["KW0756"])]);
}

#[test]
fn what_is_no_library_is_told_and_nothing_else_is_asked() {
    let folder = Folder::new("verified-none");
    let says = |path: PathBuf, expected: &str| {
        let verification = bare().verify_native(path);
        assert_eq!(refused(&verification), [(Question::File, vec!["KW0756"])]);
        assert_eq!(open(&verification), Question::ALL[1..]);
        let text = folder.hide_in(&verification.problems().next().unwrap().to_string());
        assert!(text.contains(expected), "{text}");
    };
    fs::write(folder.path().join("page.txt"), "text").unwrap();
    says(folder.path().join("page.txt"), "`EXT/page.txt` is not used as a plugin: it is no file that ends in `.so`");
    says(folder.path().join("absent.so"), "`EXT/absent.so` is not used as a plugin: it does not exist");
    fs::create_dir_all(folder.path().join("empty")).unwrap();
    says(folder.path().join("empty"), "`EXT/empty` is not used as a plugin");
    let library = folder.library();
    let bytes = fs::read(&library).unwrap();
    for length in [0, 3, 64, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&library, &bytes[..length]).unwrap();
        says(library.clone(), "KW0704");
    }
    #[cfg(unix)]
    for kind in ["-p", "-l"] {
        fs::remove_file(&library).unwrap();
        let made = match kind {
            "-p" => std::process::Command::new("mkfifo").arg(&library).status().unwrap().success(),
            _ => std::os::unix::fs::symlink("/dev/zero", &library).is_ok(),
        };
        assert!(made);
        says(library.clone(), "KW072");
    }
}

/// A folder with a library of the reference host, which a publisher has signed, and a host that has approved it.
struct Signed {
    folder: PathBuf,
    library: PathBuf,
    /// The key that signed it, as a message names it.
    key: String,
    locked: LockedPlugin,
    policy: NativePolicy,
}

impl Signed {
    fn new(test: &str) -> Self {
        let built = extensions("cms-plugin-sitemap").join("site.sitemap");
        let folder = built.ancestors().nth(3).unwrap().join("native-folders").join(test);
        let _ = fs::remove_dir_all(&folder);
        let own = folder.join("site.sitemap");
        fs::create_dir_all(&own).unwrap();
        for file in fs::read_dir(built).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), own.join(file.file_name())).unwrap();
        }
        let folder = fs::canonicalize(folder).unwrap();
        let library = folder.join("site.sitemap/libcms_plugin_sitemap.so");
        let bytes = fs::read(&library).unwrap();
        let sealed = Sealed::from_bytes(&bytes, "lib.so").unwrap();
        let record = read_record(&sealed).unwrap();
        let descriptor = record.descriptor().unwrap();
        let target = record.build().target.clone();
        let key = SecretKey::generate().unwrap();
        let statement = Statement::new(descriptor.id.as_str(), &descriptor.version.to_string(), &target, sealed.digest());
        let signature = key.sign(&mut bytes.as_slice(), &statement.to_string()).unwrap().to_string();
        fs::write(library.with_extension("so.minisig"), signature).unwrap();
        let public = key.public_key().unwrap();
        let (key, public) = (public.id().to_string(), public.to_text());
        let keys = vec![&*public.lines().last().unwrap().to_owned().leak()].leak();
        let publisher = NativePublisher { name: "Acme", keys, ids: &["site.*"], location: keyway::manifest::Location::UNKNOWN };
        let approved: Vec<_> = descriptor.permissions.iter().map(approved).collect();
        let locked = LockedPlugin {
            id: descriptor.id,
            version: descriptor.version,
            manifest: Digest::of(record.manifest().as_bytes()).to_string().leak(),
            approved: approved.leak(),
            artifacts: vec![keyway::manifest::LockedArtifacts {
                target: target.leak(),
                digests: vec![&*sealed.digest().to_string().leak()].leak(),
            }]
            .leak(),
            approval: Approval::Approved {
                by: "ada@example.org",
                on: "2026-11-21T18:00:00Z",
                version: descriptor.version,
                until: None,
            },
            ..locked()
        };
        let policy = NativePolicy { publishers: vec![publisher].leak(), checksums: Checksums::Required, ..NativePolicy::DEFAULT };
        Self { folder, library, key, locked, policy }
    }

    fn verify(&self, locked: &[LockedPlugin], policy: NativePolicy) -> Verification {
        Host::builder(table(locked, LockRules::DEFAULT)).native_policy(policy).verify_native(&self.library)
    }
}

fn approved(request: &PermissionRequest) -> LockedPermission {
    LockedPermission { name: request.name, scopes: request.scopes, optional: request.optional }
}

/// Compares what a host says with what the tests of `cargo keyway verify` read, and the guide shows.
fn is_told(signed: &Signed, verification: &Verification, case: &str) {
    let digest = verification.library.as_ref().map_or_else(|| "sha256:none".to_owned(), |library| library.digest.clone());
    let hidden = |text: &str| {
        let text = text.replace(&digest, "sha256:c96f21f203185a9c5bd8ee5e5f2a4a3f6cd2c9ae4e6a0f8e0c6bfb3d0ee47f21");
        let text = text.replace(signed.locked.artifacts[0].digests[0], &format!("sha256:{}", "b6bb1652".repeat(8)));
        let text = text.replace(&signed.key, "1AC6473170DFB8C1");
        text.replace(&*signed.folder.to_string_lossy(), "/srv/site/extensions")
    };
    let answer = serde_json::json!({ "format": 1, "libraries": [verification] });
    let text = hidden(&serde_json::to_string_pretty(&answer).unwrap()) + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cli/tests/fixtures/verify").join(case);
    if std::env::var_os("KEYWAY_UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        return fs::write(file, text).unwrap();
    }
    assert_eq!(fs::read_to_string(file).unwrap(), text);
}

#[test]
fn a_library_that_is_signed_and_approved_is_told_with_what_that_rests_on() {
    let signed = Signed::new("verified-signed");
    let verification = signed.verify(&[signed.locked], signed.policy);
    assert!(verification.is_taken(), "{verification:?}");
    assert_eq!(verification.library.as_ref().unwrap().publisher.as_deref(), Some("Acme"));
    is_told(&signed, &verification, "taken.json");

    // Whoever changes it afterwards has neither the signature nor the approval for it.
    let mut bytes = fs::read(&signed.library).unwrap();
    bytes.push(0);
    fs::write(&signed.library, bytes).unwrap();
    let verification = signed.verify(&[signed.locked], signed.policy);
    let expected =
        [(Question::Checksum, vec!["KW0728"]), (Question::Signature, vec!["KW0734"]), (Question::Lock, vec!["KW0728"])];
    assert_eq!(refused(&verification), expected);
    assert_eq!((open(&verification), verification.level), (vec![], None));
    is_told(&signed, &verification, "refused.json");

    // A copy that did not come to its end.
    let bytes = fs::read(&signed.library).unwrap();
    fs::write(&signed.library, &bytes[..bytes.len() / 2]).unwrap();
    is_told(&signed, &signed.verify(&[signed.locked], signed.policy), "cut.json");
}

#[test]
fn a_library_of_a_plugin_that_is_linked_is_compared_all_the_same() {
    let signed = Signed::new("verified-linked");
    let mut linked = plugins().registrations[0].clone();
    linked.descriptor = Box::leak(Box::new(Descriptor { id: signed.locked.id, ..*linked.descriptor }));
    let table = keyway::PluginTable { registrations: vec![&*Box::leak(Box::new(linked))].leak(), ..plugins() };
    let verification = Host::builder(table).native_policy(signed.policy).verify_native(&signed.library);
    assert_eq!(refused(&verification), [(Question::Graph, vec!["KW0763"])]);
    assert_eq!(verification.answer(Question::Signature), Some(&Answer::Yes("signed by Acme".to_owned())));
    assert!(matches!(verification.answer(Question::Gate), Some(Answer::Yes(_))) && open(&verification).is_empty());
}

#[test]
fn one_answer_does_not_keep_the_others_back() {
    let signed = Signed::new("verified-each");
    let only = |verification: Verification, question, code| {
        let refused = refused(&verification);
        assert!(
            matches!(refused.as_slice(), [(about, codes)] if *about == question && codes.iter().all(|each| *each == code)),
            "{refused:?}"
        );
        assert!(open(&verification).is_empty() && !verification.is_taken());
    };
    let locked = [signed.locked];
    // Nobody named is to have signed it.
    only(signed.verify(&locked, NativePolicy { publishers: &[], ..signed.policy }), Question::Signature, "KW0733");
    only(signed.verify(&[], signed.policy), Question::Lock, "KW0830");
    let pending = LockedPlugin { approval: Approval::Pending, ..signed.locked };
    only(signed.verify(&[pending], signed.policy), Question::Lock, "KW0830");
    // The policy of the host grants nothing.
    let strict = Policy { grant_unmentioned: false, ..Policy::GRANT_REQUESTED };
    let table = keyway::PluginTable { policy: Box::leak(Box::new(strict)), ..plugins() };
    let verification = Host::builder(table).native_policy(signed.policy).verify_native(&signed.library);
    only(verification, Question::Policy, "KW0313");
    // A host without the plugin that it needs.
    let table = keyway::PluginTable { registrations: &[], order: &[], levels: &[], ..plugins() };
    let verification = Host::builder(table).native_policy(signed.policy).verify_native(&signed.library);
    only(verification, Question::Graph, "KW0302");
    fs::remove_file(signed.folder.join("site.sitemap/SHA256SUMS")).unwrap();
    let unlocked = Host::builder(plugins()).native_policy(signed.policy).verify_native(&signed.library);
    only(unlocked, Question::Checksum, "KW0730");
}

#[test]
fn what_the_operator_can_do_without_or_has_switched_off_is_verified_all_the_same() {
    let folder = Folder::new("verified-off");
    let unsigned = || Host::builder(plugins()).native_policy(NativePolicy::DEFAULT);
    let optional = "[host]\noptional = ['test.faulty']\ndisabled = ['test.faulty']".parse().unwrap();
    let verification = unsigned().config(optional).verify_native(folder.library());
    assert_eq!(refused(&verification), [(Question::Signature, vec!["KW0731"])]);

    let takes_none = |builder: HostBuilder, expected: &str| {
        let verification = builder.verify_native(folder.library());
        assert_eq!(refused(&verification), [(Question::Policy, vec!["KW0755"])]);
        let text = folder.hide_in(&verification.problems().next().unwrap().to_string());
        assert!(text.contains(expected), "{text}");
    };
    takes_none(bare().config("[host]\nnative = false".parse().unwrap()), "KW0755 the configuration has `native = false`");
    takes_none(Host::builder(plugins()), "KW0755 the host is to load native plugins from `EXT/");
    // What would keep the host from starting anyway is told as such.
    let verification = bare().config("[host]\nsurprise = 1".parse().unwrap()).verify_native(folder.library());
    assert_eq!(refused(&verification).iter().map(|(question, _)| *question).collect::<Vec<_>>(), [Question::Host]);
    assert!(matches!(verification.answer(Question::Gate), Some(Answer::Yes(_))));
}

#[test]
fn a_library_of_another_compiler_does_not_pass_the_gate() {
    let extensions = Extensions::new("verified-gate");
    let mut bytes = fs::read(extensions.library()).unwrap();
    let commit = b"KEYWAY\0\x01";
    let at = bytes.windows(commit.len()).position(|window| window == commit).unwrap();
    let version = bytes[at..].windows(2).position(|window| window == b"1.").map(|version| at + version).unwrap();
    bytes[version] = b'0';
    extensions.put(&bytes);
    let verification = bare().verify_native(extensions.library());
    assert_eq!(refused(&verification), [(Question::Gate, vec!["KW0706"])]);
    assert!(verification.problems().next().unwrap().message().contains("another compiler"), "{verification:?}");
}
