//! Libraries are held to the lock that their host was compiled with: at the start, at a reload, and when their files change.

use keyway::host::{HostBuilder, StartError};
use keyway::manifest::{
    Approval, Location, Lock, LockAnswer, LockRules, LockedArtifacts, LockedDay, LockedPermission, LockedPlugin, LockedTier,
    PluginId, Policy, Version,
};
use keyway::{Host, PluginTable};
use keyway_native::{Digest, Sealed, read_record};

use crate::changing::{Extensions, ID, POLICY, ask, releases};
use crate::library::plugins;
use crate::log::{listen, wait_for};

const fn version(major: u64) -> Version {
    Version { major, minor: 0, patch: 0, pre: "", build: "" }
}

fn approved(until: Option<LockedDay>) -> Approval {
    Approval::Approved { by: "ada@example.org", on: "2026-11-21T18:00:00Z", version: version(1), until }
}

/// The first release of the plugin, as `cargo keyway lock` would write it.
pub(crate) fn locked() -> LockedPlugin {
    let library = Sealed::from_bytes(&releases()[0], "lib.so").unwrap();
    let record = read_record(&library).unwrap();
    let digests = [&*library.digest().to_string().leak()].to_vec().leak();
    let target = record.build().target.clone().leak();
    LockedPlugin {
        id: PluginId::new(ID),
        version: version(1),
        tier: LockedTier::Native,
        manifest: Digest::of(record.manifest().as_bytes()).to_string().leak(),
        approved: &[LockedPermission { name: "env.read", scopes: &["LANG"], optional: false }],
        artifacts: vec![LockedArtifacts { target, digests }].leak(),
        approval: approved(None),
        location: Location::UNKNOWN,
    }
}

/// The program of these tests as if it had been compiled with a lock.
pub(crate) fn table(locked: &[LockedPlugin], rules: LockRules) -> PluginTable {
    let lock = Lock { plugins: locked.to_vec().leak(), file: "host/keyway.lock", today: 0 };
    let policy = Policy { lock: rules, ..Policy::GRANT_REQUESTED };
    PluginTable { lock: Some(Box::leak(Box::new(lock))), policy: Box::leak(Box::new(policy)), ..plugins() }
}

fn builder(extensions: &Extensions, locked: &[LockedPlugin], rules: LockRules) -> HostBuilder {
    Host::builder(table(locked, rules)).native_policy(POLICY).native_dir(extensions.path())
}

/// Why a host does not start with the first release.
async fn refused(extensions: &Extensions, locked: &[LockedPlugin], rules: LockRules) -> String {
    let error: StartError = builder(extensions, locked, rules).start().await.expect_err("the library does not fit");
    error.to_string().replace(&extensions.path().display().to_string(), "EXT")
}

#[tokio::test]
async fn what_is_locked_and_approved_is_loaded_and_told() {
    let extensions = Extensions::new("locked");
    let host = builder(&extensions, &[locked()], LockRules::DEFAULT).start().await.unwrap();
    assert_eq!(ask(&host), ("one".to_owned(), 1));
    let approval = host.plugin(ID).unwrap().approval.unwrap();
    assert_eq!(approval.to_string(), "approved by ada@example.org on 2026-11-21, in version 1.0.0");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn what_is_not_locked_or_approved_is_not_loaded() {
    let extensions = Extensions::new("not-locked");
    let says = |text: &str, parts: &[&str]| {
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in {text}");
        }
    };
    let text = refused(&extensions, &[], LockRules::DEFAULT).await;
    says(
        &text,
        &[
            "KW0830 `EXT/test.changing/",
            "does not fit the lock that this program was built with:\n",
            "KW0820 plugin `test.changing 1.0.0`",
        ],
    );
    let pending = LockedPlugin { approval: Approval::Pending, ..locked() };
    says(&refused(&extensions, &[pending], LockRules::DEFAULT).await, &["KW0822 ", "build the host anew, or remove the library"]);
    let ended = LockedPlugin { approval: approved(Some(LockedDay { days: 18_000, text: "2019-04-14" })), ..locked() };
    says(&refused(&extensions, &[ended], LockRules::DEFAULT).await, &["KW0825 ", "it held until 2019-04-14"]);
    let less = LockedPlugin { approved: &[], ..locked() };
    says(&refused(&extensions, &[less], LockRules::DEFAULT).await, &["KW0821 ", "asks for `env.read`, which was not approved"]);
    let linked = LockedPlugin { tier: LockedTier::Static, ..locked() };
    says(
        &refused(&extensions, &[linked], LockRules::DEFAULT).await,
        &["KW0829 ", "is a library, and the lock has it as one that is linked in"],
    );
    let elsewhere =
        LockedPlugin { artifacts: &[LockedArtifacts { target: "wasm32-wasip2", digests: &["sha256:0"] }], ..locked() };
    says(
        &refused(&extensions, &[elsewhere], LockRules::DEFAULT).await,
        &["KW0831 `EXT/", "and `host/keyway.lock` has no digest of one"],
    );
    let manifest = LockedPlugin { manifest: "sha256:0", ..locked() };
    says(
        &refused(&extensions, &[manifest], LockRules::DEFAULT).await,
        &["KW0832 the manifest of plugin `test.changing` in `EXT/"],
    );
    // One byte more is another library.
    extensions.put(&[releases()[0].as_slice(), b"\0"].concat());
    says(&refused(&extensions, &[locked()], LockRules::DEFAULT).await, &["KW0728 `EXT/", "and the lock has `sha256:"]);
}

#[tokio::test]
async fn a_host_that_lets_libraries_pass_compares_what_they_ask_for() {
    let extensions = Extensions::new("passing");
    let rules = LockRules { artifacts: LockAnswer::Pass, ..LockRules::DEFAULT };
    let any = LockedPlugin { tier: LockedTier::Static, manifest: "sha256:0", artifacts: &[], ..locked() };
    let host = builder(&extensions, &[any], rules).start().await.unwrap();
    extensions.put(&releases()[1]);
    host.reload(ID).await.expect("the second release asks for less");
    assert_eq!(ask(&host).0, "two");
    host.stop().await;
    let less = LockedPlugin { approved: &[], ..any };
    extensions.put(&releases()[0]);
    assert!(refused(&extensions, &[less], rules).await.contains("KW0821 "));
}

#[tokio::test]
async fn a_library_that_is_not_locked_does_not_take_the_place_of_one_that_is() {
    let extensions = Extensions::new("locked-reload");
    let host = builder(&extensions, &[locked()], LockRules::DEFAULT).start().await.unwrap();
    assert_eq!(ask(&host), ("one".to_owned(), 1));
    extensions.put(&releases()[1]);
    let planned = host.plan_reload(ID).await.unwrap_err().to_string();
    let error = host.reload(ID).await.unwrap_err().to_string();
    assert_eq!(planned, error);
    assert!(
        error.starts_with("KW0780 plugin `test.changing` is not reloaded")
            && error.contains("\nKW0728 ")
            && error.contains("\nKW0832 "),
        "{error}"
    );
    assert_eq!(ask(&host), ("one".to_owned(), 2), "the locked one goes on");
    assert!(host.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_watching_host_finds_is_held_to_the_lock_too() {
    listen();
    let extensions = Extensions::new("locked-watch");
    let soon = "[host.native.watch]\ndebounce = '50ms'\ncool-down = '50ms'";
    let host = builder(&extensions, &[locked()], LockRules::DEFAULT).config(soon.parse().unwrap()).start().await.unwrap();
    assert_eq!(ask(&host).0, "one");
    extensions.put(&releases()[1]);
    let shown = extensions.path().display().to_string();
    wait_for(1, &["KW0780 plugin `test.changing` is not reloaded", "KW0728 ", shown.as_str()]).await;
    assert_eq!(ask(&host).0, "one", "the locked one goes on");
    host.stop().await;
}

#[tokio::test]
async fn an_approval_that_ends_while_a_program_is_in_use_is_told_of_what_is_linked() {
    let content = LockedPlugin {
        id: PluginId::new("site.content"),
        tier: LockedTier::Static,
        approved: &[],
        artifacts: &[],
        approval: approved(Some(LockedDay { days: 18_000, text: "2019-04-14" })),
        ..locked()
    };
    let host = Host::builder(table(&[content], LockRules::DEFAULT)).start().await.unwrap();
    let notes = &host.start_report().notes;
    assert!(
        notes.iter().any(|note| note.starts_with("KW0833 the approval of plugin `site.content 0.1.0` held until 2019-04-14")),
        "{notes:?}"
    );
    assert!(host.plugin("site.content").unwrap().approval.unwrap().has_ended);
    host.stop().await;
}
