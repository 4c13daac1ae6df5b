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

    fn hide_in(&self, text: &str) -> String {
        text.replace(&self.0.display().to_string(), "EXT")
    }
}

fn host(folder: &Path, policy: NativePolicy, config: &str) -> HostBuilder {
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
    fs::remove_file(folder.path().join("test.faulty/SHA256SUMS")).unwrap();
    let text = refusal(&folder, POLICY, "[host.native]\nchecksums = 'required'").await;
    assert!(text.contains("KW0730 "), "{text}");
    let text =
        refusal(&folder, NativePolicy { checksums: Checksums::Required, ..POLICY }, "[host.native]\nchecksums = 'if-present'")
            .await;
    assert!(text.contains("KW0757 ") && text.contains("KW0730 "), "{text}");
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
