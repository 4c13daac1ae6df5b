//! What a policy asks of libraries.

use std::sync::Arc;

use keyway_manifest::{Checksums, Location, NativePublisher};
use keyway_native::{Digest, FileRules, Sealed, SecretKey, Statement};

use super::super::discover::{Most, discover};
use super::super::made_up::{CLOCK_MANIFEST, Extensions, clock, newer_clock};
use super::*;

const UNSIGNED: NativePolicy = NativePolicy { require_signature: false, ..NativePolicy::DEFAULT };

fn examine(extensions: &Extensions, policy: NativePolicy, data: Option<&Path>) -> Result<LibraryInfo, Vec<String>> {
    let shown =
        |problems: Vec<Problem>| problems.iter().map(|problem| extensions.hide_in(&problem.to_string())).collect::<Vec<_>>();
    let rules = Rules::new(policy, data).map_err(shown)?;
    let discovery = discover(
        &[extensions.path().to_owned()],
        &FileRules::default(),
        &Arc::default(),
        Most { libraries: 100, set_by: "`files`" },
    );
    let examined = rules.examine(&discovery.found[0], &Locked::default(), false);
    let problems: Vec<Problem> = examined.problems.into_iter().map(|(_, problem)| problem).collect();
    if problems.is_empty() { Ok(examined.library) } else { Err(shown(problems)) }
}

/// A signature of a library by a key, as `minisign` writes it.
fn sign(key: &SecretKey, library: &[u8], version: &str) -> String {
    let digest = Sealed::from_bytes(library, "lib.so").unwrap().digest();
    let statement = Statement::new("site.clock", version, "made-up", digest);
    key.sign(&mut &*library, &statement.to_string()).unwrap().to_string()
}

fn publisher(key: &SecretKey, ids: &'static [&'static str]) -> NativePolicy {
    let keys: &'static [&'static str] =
        vec![&*key.public_key().unwrap().to_text().lines().last().unwrap().to_owned().leak()].leak();
    let publishers = vec![NativePublisher { name: "Acme", keys, ids, location: Location::UNKNOWN }].leak();
    NativePolicy { publishers, ..NativePolicy::DEFAULT }
}

#[test]
fn without_signatures_a_library_is_taken_as_it_is() {
    let extensions = Extensions::new().with("libclock.so", clock());
    let library = examine(&extensions, UNSIGNED, None).unwrap();
    assert_eq!(library.publisher, None);
    assert_eq!(library.digest, Digest::of(&clock()).to_string());
    assert!(library.path.ends_with("libclock.so"));
}

#[test]
fn by_default_a_library_must_be_signed() {
    let extensions = Extensions::new().with("libclock.so", clock());
    let problems = examine(&extensions, NativePolicy::DEFAULT, None).unwrap_err();
    assert!(problems[0].starts_with("KW0731 `EXT/libclock.so` is not signed"), "{problems:?}");
}

#[test]
fn the_publisher_that_signed_is_known_by_the_name_in_the_policy() {
    let key = SecretKey::generate().unwrap();
    let extensions = Extensions::new().with("libclock.so", clock()).with("libclock.so.minisig", sign(&key, &clock(), "1.0.0"));
    let library = examine(&extensions, publisher(&key, &["site.*"]), None).unwrap();
    assert_eq!(library.publisher.as_deref(), Some("Acme"));
    let problems = examine(&extensions, publisher(&key, &["acme.*"]), None).unwrap_err();
    assert!(problems[0].starts_with("KW0733 "), "{problems:?}");
    let mut revoked = publisher(&key, &["site.*"]);
    revoked.revoked_keys = revoked.publishers[0].keys;
    let problems = examine(&extensions, revoked, None).unwrap_err();
    assert!(problems[0].starts_with("KW0736 "), "{problems:?}");
}

#[test]
fn an_older_signed_version_is_refused_once_a_newer_one_ran() {
    let key = SecretKey::generate().unwrap();
    let policy = publisher(&key, &["*"]);
    let data = Extensions::new();
    let newer =
        Extensions::new().with("libclock.so", newer_clock()).with("libclock.so.minisig", sign(&key, &newer_clock(), "1.1.0"));
    let older = Extensions::new().with("libclock.so", clock()).with("libclock.so.minisig", sign(&key, &clock(), "1.0.0"));
    assert!(examine(&older, policy, Some(data.path())).is_ok());
    let discovery =
        discover(&[newer.path().to_owned()], &FileRules::default(), &Arc::default(), Most { libraries: 100, set_by: "`files`" });
    let mut rules = Rules::new(policy, Some(data.path())).unwrap();
    rules.accept(discovery.found[0].descriptor, false).unwrap();
    let problems = examine(&older, policy, Some(data.path())).unwrap_err();
    assert!(problems[0].starts_with("KW0738 "), "{problems:?}");
    assert!(examine(&newer, policy, Some(data.path())).is_ok());

    let found =
        discover(&[older.path().to_owned()], &FileRules::default(), &Arc::default(), Most { libraries: 100, set_by: "`files`" })
            .found
            .remove(0);
    assert!(rules.examine(&found, &Locked::default(), true).problems.is_empty(), "somebody asked for it");
    assert!(!rules.examine(&found, &Locked::default(), false).problems.is_empty(), "that was for once");
    rules.accept(found.descriptor, true).unwrap();
    assert!(examine(&older, policy, Some(data.path())).is_ok(), "and once it has served, it is the highest");
}

#[test]
fn checksums_can_be_asked_for() {
    let asks = NativePolicy { checksums: Checksums::Required, ..UNSIGNED };
    let extensions = Extensions::new().with("libclock.so", clock());
    let problems = examine(&extensions, asks, None).unwrap_err();
    assert!(problems[0].starts_with("KW0730 "), "{problems:?}");
    let line = format!("{}  libclock.so\n", Digest::of(&clock()).hex());
    let extensions = extensions.with("SHA256SUMS", line);
    assert!(examine(&extensions, asks, None).is_ok());
    let line = format!("{}  libclock.so\n", Digest::of(b"another").hex());
    let extensions = extensions.with("SHA256SUMS", line);
    let problems = examine(&extensions, UNSIGNED, None).unwrap_err();
    assert!(problems[0].starts_with("KW0728 "), "what is listed must agree, asked for or not: {problems:?}");
}

#[test]
fn the_manifest_beside_a_library_is_the_one_in_it() {
    let extensions = Extensions::new().with("libclock.so", clock()).with("plugin.toml", CLOCK_MANIFEST);
    assert!(examine(&extensions, UNSIGNED, None).is_ok());
    let other = CLOCK_MANIFEST.replace("1.0.0", "1.0.1").replace("host = \"*\"", "host = \"*\"\nstability = \"stable\"");
    let extensions = extensions.with("plugin.toml", other);
    let problems = examine(&extensions, UNSIGNED, None).unwrap_err();
    assert_eq!(
        problems,
        [
            "KW0761 `EXT/plugin.toml` is not the manifest that was compiled into `EXT/libclock.so`\n  line 4  file     version = \"1.0.1\"\n          \
          library  version = \"1.0.0\"\n  line 6  file     stability = \"stable\"\n          library  \n  line 7  file     \n          \
          library  (no such line)\n  help: put the plugin.toml there that the library was compiled with, or remove it"
        ]
    );
    let ends = examine(
        &Extensions::new().with("libclock.so", clock()).with("plugin.toml", CLOCK_MANIFEST.replace('\n', "\r\n")),
        UNSIGNED,
        None,
    );
    let ends = ends.unwrap_err();
    assert!(ends[0].contains("libclock.so`: only the ends of lines differ\n  help: copy the plugin.toml"), "{ends:?}");
    let long: String = (0..20).map(|line| format!("# {line}\n")).collect();
    let problems = examine(&extensions.with("plugin.toml", long), UNSIGNED, None).unwrap_err();
    assert!(problems[0].contains("\n  and 16 lines more\n"), "{}", problems[0]);
}

#[test]
fn a_key_that_cannot_be_used_stops_the_host() {
    let weak: &[NativePublisher] = &[NativePublisher {
        name: "Acme",
        keys: &["RWQAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
        ids: &["*"],
        location: Location::UNKNOWN,
    }];
    let policy = NativePolicy { publishers: weak, ..NativePolicy::DEFAULT };
    let problems = Rules::new(policy, None).err().unwrap();
    assert_eq!(problems.iter().map(Problem::code).collect::<Vec<_>>(), ["KW0737"]);
    let data = Extensions::new().with(VERSIONS_FILE, "not what was written");
    let problems = Rules::new(UNSIGNED, Some(data.path())).err().unwrap();
    assert_eq!(problems.iter().map(Problem::code).collect::<Vec<_>>(), ["KW0739"]);
}

#[test]
fn what_cannot_be_audited_is_refused_where_the_policy_asks_for_it() {
    let extensions = Extensions::new().with("libclock.so", clock());
    let asks = NativePolicy { undefined_symbols: UndefinedSymbols::Check, ..UNSIGNED };
    let problems = examine(&extensions, asks, None).unwrap_err();
    assert!(problems[0].starts_with("KW0741 "), "a library without a dynamic table: {problems:?}");
}

#[test]
fn who_may_not_read_the_versions_is_told_what_is_not_known() {
    let denied = unknown_by(Path::new("/data/native-versions.json"), &io::ErrorKind::PermissionDenied.into()).unwrap();
    assert_eq!(
        denied.to_string(),
        "KW0739 which signed versions ran before is not known, because this user may not read `/data/native-versions.json`: a library that is \
         older than they are is not told\n  help: look as the user of the host, to see what it would refuse"
    );
    assert!(unknown_by(Path::new("x"), &io::ErrorKind::NotFound.into()).is_none(), "a host that has never run");
    assert!(versions_unknown(Path::new("no/such/folder")).is_none());
}
