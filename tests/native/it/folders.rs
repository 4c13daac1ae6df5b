//! What a host makes of a folder of libraries: which it takes, when it loads them, and what it says.

use std::fs;
use std::path::{Path, PathBuf};

use keyway::Host;
use keyway::host::{Dependents, HostBuilder, State};
use keyway::manifest::{Checksums, NativePolicy, UndefinedSymbols};
use keyway_tests_native::Trial;

use crate::library::{POLICY, extensions, plugins};

/// A folder of its own with the library of the faulty plugin.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let built = extensions("keyway-tests-faulty").join("test.faulty");
        let folder = built.ancestors().nth(3).expect("it lies below target/").join("native-folders").join(test);
        let _ = fs::remove_dir_all(&folder);
        let own = folder.join("test.faulty");
        fs::create_dir_all(&own).unwrap();
        for file in fs::read_dir(built).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), own.join(file.file_name())).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn library(&self) -> PathBuf {
        let files = fs::read_dir(self.0.join("test.faulty")).unwrap().map(|file| file.unwrap().path());
        files.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "so")).unwrap()
    }

    pub(crate) fn hide_in(&self, text: &str) -> String {
        text.replace(&self.0.display().to_string(), "EXT")
    }
}

pub(crate) fn host(folder: &Path, policy: NativePolicy, config: &str) -> HostBuilder {
    Host::builder(plugins()).native_policy(policy).native_dir(folder).config(config.parse().unwrap())
}

async fn refusal(folder: &Folder, policy: NativePolicy, config: &str) -> String {
    folder.hide_in(&host(&folder.0, policy, config).start().await.unwrap_err().to_string())
}

#[tokio::test]
async fn a_preview_loads_nothing_and_says_what_would_start() {
    let folder = Folder::new("preview");
    let planned = host(&folder.0, POLICY, "").preview().unwrap();
    let ids: Vec<_> = planned.iter().map(|plugin| plugin.descriptor.id.as_str()).collect();
    assert_eq!(ids, ["site.content", "test.faulty"]);
    let library = planned[1].library.as_ref().unwrap();
    assert_eq!(library.path, fs::canonicalize(folder.library()).unwrap());
    assert!(library.digest.starts_with("sha256:") && library.publisher.is_none());
    assert!(planned[0].library.is_none());
}

#[tokio::test]
async fn an_unsigned_library_is_refused_by_default_and_the_text_says_why() {
    let folder = Folder::new("unsigned");
    let text = refusal(&folder, NativePolicy::DEFAULT, "").await;
    assert!(text.starts_with("the host did not start\n  KW0731 `EXT/test.faulty/"), "{text}");
    let host = host(&folder.0, NativePolicy::DEFAULT, "[host]\noptional = ['test.faulty']").start().await.unwrap();
    assert!(host.plugin("test.faulty").is_none(), "an optional one is left out");
    let note = host.start_report().notes.iter().find(|note| note.starts_with("KW0765 ")).unwrap();
    assert!(note.contains("KW0731"), "{note}");
    host.stop().await;
}

#[tokio::test]
async fn rules_that_the_operator_makes_stricter_count() {
    let folder = Folder::new("stricter");
    let required = NativePolicy { checksums: Checksums::Required, ..POLICY };
    let sums = folder.path().join("test.faulty/SHA256SUMS");
    let written = fs::read(&sums).unwrap();

    // What was installed with its checksums is taken, whoever asks for them.
    for (policy, config) in [(POLICY, "[host.native]\nchecksums = 'required'"), (required, "")] {
        let host = host(&folder.0, policy, config).start().await.unwrap();
        assert_eq!(host.extensions::<dyn Trial>()[0].now("this").unwrap(), "did this");
        assert!(host.stop().await.is_clean());
    }
    fs::remove_file(&sums).unwrap();
    for (policy, config) in [(POLICY, "[host.native]\nchecksums = 'required'"), (required, "")] {
        let text = refusal(&folder, policy, config).await;
        assert!(text.starts_with("the host did not start\n  KW0730 "), "{text}");
    }
    let text = refusal(&folder, required, "[host.native]\nchecksums = 'if-present'").await;
    assert!(text.contains("KW0757 ") && text.contains("KW0730 "), "{text}");
    // Of another library.
    fs::write(&sums, String::from_utf8(written).unwrap().replace(['0', '1'], "2")).unwrap();
    let text = refusal(&folder, POLICY, "").await;
    assert!(text.contains("KW0728 "), "checksums that are there count, whether they must be or not: {text}");
    let host = host(&folder.0, POLICY, "[host]\nnative = false").start().await.unwrap();
    assert!(host.plugin("test.faulty").is_none());
    host.stop().await;
}

#[tokio::test]
async fn a_disabled_plugin_is_loaded_when_it_is_enabled() {
    let folder = Folder::new("disabled");
    let host = host(&folder.0, POLICY, "[host]\ndisabled = ['test.faulty']").start().await.unwrap();
    assert_eq!(host.plugin("test.faulty").unwrap().state, State::Idle);
    host.enable("test.faulty", Dependents::Refuse).await.unwrap();
    assert_eq!(host.extensions::<dyn Trial>()[0].now("this").unwrap(), "did this");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_probed_and_audited_library_runs() {
    let folder = Folder::new("probed");
    let policy = NativePolicy { probe: true, undefined_symbols: UndefinedSymbols::Check, ..POLICY };
    let host = host(&folder.0, policy, "").start().await.unwrap();
    assert_eq!(host.extensions::<dyn Trial>()[0].now("this").unwrap(), "did this");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_library_that_was_changed_is_refused() {
    let folder = Folder::new("changed");
    let library = folder.library();
    let mut bytes = fs::read(&library).unwrap();
    fs::write(&library, &bytes[..bytes.len() / 2]).unwrap();
    let text = refusal(&folder, POLICY, "").await;
    assert!(text.contains("KW0756 ") && text.contains("KW0704 "), "a folder of that name says which plugin is missing: {text}");
    let commit = b"KEYWAY\0\x01";
    let at = bytes.windows(commit.len()).position(|window| window == commit).unwrap();
    let version = bytes[at..].windows(5).position(|window| window == b"1.95.").map(|version| at + version);
    if let Some(version) = version {
        bytes[version + 3] = b'4';
        fs::write(&library, &bytes).unwrap();
        let text = refusal(&folder, POLICY, "").await;
        assert!(text.contains("KW0706 ") && text.contains("another compiler"), "{text}");
    }
}

#[tokio::test]
async fn a_host_whose_policy_says_nothing_loads_nothing() {
    let folder = Folder::new("silent");
    let text = Host::builder(plugins()).native_dir(&folder.0).start().await.unwrap_err().to_string();
    assert!(text.contains("KW0755 the host is to load native plugins from `"), "{text}");
}

/// Native plugins are required unless said otherwise, and this may be any of them.
#[tokio::test]
async fn a_library_that_does_not_tell_whose_it_is_keeps_the_host_from_starting() {
    let folder = Folder::new("unknown");
    let junk = folder.path().join("libjunk.so");
    fs::write(&junk, "junk").unwrap();
    let text = refusal(&folder, POLICY, "").await;
    assert!(text.starts_with("the host did not start\n  KW0756 `EXT/libjunk.so` is not used as a plugin: KW0704 "), "{text}");
    let optional = host(folder.path(), POLICY, "").all_optional().start().await.unwrap();
    assert!(optional.start_report().notes.iter().any(|note| note.starts_with("KW0756 ")));
    assert_eq!(optional.plugin("test.faulty").unwrap().state, State::Ok, "a host that can do without any plugin is only told");
    optional.stop().await;
    fs::remove_file(junk).unwrap();
}

#[tokio::test]
async fn a_required_plugin_that_is_absent_is_told_with_what_was_passed_over() {
    let folder = Folder::new("absent");
    let missing = folder.path().join("missing");
    fs::rename(folder.path().join("test.faulty"), folder.path().join(".test.faulty")).unwrap();
    let builder = host(folder.path(), POLICY, "[host]\nrequired = ['test.faulty']").native_dir(&missing);
    let error = builder.start().await.unwrap_err();
    assert_eq!(error.notes().len(), 2);
    assert_eq!(
        folder.hide_in(&error.to_string()),
        "the host did not start\n  \
         KW0611 `host.required` is about a plugin `test.faulty`, which this host does not have\n    help: it has `site.content`\n  \
         note: KW0767 `EXT/.test.faulty` looks like a plugin and is passed over: its name begins with a dot\n    \
         help: give it a name without the dot, or remove it\n  \
         note: KW0758 the folder of plugins `EXT/missing` does not exist\n    help: create it, or do not name it"
    );
    // Any other mistake is told alone.
    let other = host(folder.path(), POLICY, "[host]\nrequird = []").native_dir(&missing).start().await.unwrap_err();
    assert!(other.notes().is_empty() && !other.to_string().contains("note: "), "{other}");
}
