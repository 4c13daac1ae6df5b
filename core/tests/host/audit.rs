//! The audit log: what is written, and that nothing done to its files goes unseen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use keyway::Host;
use keyway::host::Dependents;
use keyway::host::audit::{Entry, read, verify};
use keyway::manifest::{Descriptor, PermissionRequest, ScopeKind};

use crate::fixture::{Play, descriptor, request, table};

/// A data folder of its own, deleted at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyway-audit-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn log(&self) -> PathBuf {
        self.0.join("audit.jsonl")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const READS: &[PermissionRequest] = &[request("env.read", ScopeKind::Variable, &["LANG*"])];

/// Runs a host that is refused variables of the given names, one after the other.
async fn run(folder: &Path, asked: &[&str], config: &str) -> Host {
    let play = Play::of(table(vec![Descriptor { permissions: READS, ..descriptor("a", &[]) }, descriptor("b", &[])]))
        .script("a", "takes", "true");
    let host = play.builder().data_folder(folder).config(config.parse().unwrap()).start().await.unwrap();
    let environment = play.taken().environment.unwrap();
    asked.iter().for_each(|name| drop(environment.get(name)));
    host.stop().await;
    play.forget();
    host
}

fn told(entries: &[Entry]) -> Vec<String> {
    let told = entries.iter().map(|entry| {
        let plugin = entry.plugin.as_deref().unwrap_or("host");
        let details: Vec<_> = entry.details.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{plugin} {} {}", entry.kind, details.join(" "))
    });
    told.collect()
}

#[tokio::test]
async fn the_program_writes_what_it_knows() {
    let folder = Folder::new();
    let host = Play::of(table(vec![])).builder().data_folder(&folder.0).start().await.unwrap();
    for user in ["ada", "bob\"}\n"] {
        host.record("auth.login", &[("user", &user)]);
    }
    (0..3).for_each(|_| host.record_often("auth.login-failed", &[("user", &"ada")]));
    (0..40).for_each(|number| host.record_often("x.\"y\"", &[("number", &number)]));
    host.stop().await;
    let (entries, verified) = (read(folder.log()).unwrap(), verify(folder.log()).unwrap());
    assert!(verified.is_whole(), "{:?}", verified.damage);
    let told = told(&entries);
    assert_eq!(told[1..4], ["host auth.login user=ada", "host auth.login user=bob\"}\n", "host auth.login-failed user=ada"]);
    assert_eq!(told.iter().filter(|line| line.starts_with("host x.\"y\" number=")).count(), 32, "{told:?}");
    let counted: Vec<_> = entries.iter().filter_map(|entry| entry.details.get("count")).collect();
    assert_eq!(counted, ["2", "8"], "{told:?}");
}

#[tokio::test]
async fn a_run_is_written_down_from_start_to_stop() {
    let folder = Folder::new();
    let host = run(&folder.0, &["PATH", "LANG", "PATH", "PATH", "HOME"], "").await;
    let entries = read(folder.log()).unwrap();
    let mut told = told(&entries);
    let rule = "its grant covers `LANG*`";
    // Plugins of one level start at the same time; what is told of one of them is in order.
    let first_b = told.iter().position(|line| line.starts_with("site.b")).unwrap();
    assert!(first_b > 0);
    let of_b: Vec<_> = told.extract_if(.., |line| line.starts_with("site.b")).collect();
    assert_eq!(
        of_b,
        [
            "site.b state from=idle to=starting",
            "site.b state from=starting to=ok",
            "site.b state from=ok to=stopping",
            "site.b state from=stopping to=stopped"
        ]
    );
    assert_eq!(
        told,
        [
            "host started plugins=2 policy=0".to_owned(),
            "site.a granted permission=env.read scopes=LANG*".to_owned(),
            "site.a state from=idle to=starting".to_owned(),
            "site.a state from=starting to=ok".to_owned(),
            format!("site.a denied asked=PATH permission=env.read rule={rule}"),
            format!("site.a denied asked=HOME permission=env.read rule={rule}"),
            "site.a state from=ok to=stopping".to_owned(),
            "site.a state from=stopping to=stopped".to_owned(),
            format!("site.a denied asked=PATH count=2 permission=env.read rule={rule}"),
            "host stopped plugins=2".to_owned(),
        ]
    );
    assert!(entries.iter().all(|entry| entry.version.as_deref() == entry.plugin.as_ref().map(|_| "1.2.0")));
    assert!(entries.iter().map(|entry| entry.sequence).eq(1..=14));
    let verified = verify(&folder.0).unwrap();
    assert!(verified.is_whole(), "{:?}", verified.damage);
    assert_eq!((verified.entries, verified.restarts, verified.files.len()), (14, 0, 1));
    let info = host.audit().unwrap();
    assert_eq!((info.written, info.lost, info.is_failing), (14, 0, false));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(folder.log()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_second_run_goes_on_with_the_chain() {
    let folder = Folder::new();
    drop(run(&folder.0, &["PATH"], "").await);
    let before = verify(&folder.0).unwrap();
    drop(run(&folder.0, &["HOME"], "").await);
    let verified = verify(&folder.0).unwrap();
    assert!(verified.is_whole() && verified.restarts == 0, "{verified:?}");
    assert_eq!(verified.entries, 2 * before.entries);
    assert_ne!(verified.last, before.last);
}

#[tokio::test]
async fn breakers_and_failed_starts_are_written_down() {
    let folder = Folder::new();
    let play = Play::new(&[("a", &[]), ("b", &[])]).script("a", "greet", "panic").script("b", "start", "fail");
    let host = play.builder().data_folder(&folder.0).optional("site.b").start().await.unwrap();
    let greet = host.extensions::<dyn crate::fixture::Greet>();
    (0..12).for_each(|_| drop(greet[0].greet()));
    host.disable("site.a", Dependents::Refuse).await.unwrap();
    host.stop().await;
    let told = told(&read(&folder.0).unwrap());
    for line in [
        "site.b state error=KW0605 from=starting to=permanent error",
        "site.a state from=ok to=recoverable error",
        "site.a state from=recoverable error to=stopping",
    ] {
        assert!(told.iter().any(|other| other == line), "{line}: {told:#?}");
    }
    assert_eq!(told.iter().filter(|line| line.starts_with("site.a breaker-opened")).count(), 1, "{told:#?}");
    assert!(told.iter().any(|line| line.contains("point=test.greet reason=failures")), "{told:#?}");
}

#[tokio::test]
async fn switches_are_written_down_with_who_asked() {
    let folder = Folder::new();
    let play = Play::new(&[("a", &[]), ("b", &["a"])]);
    let host = play.builder().data_folder(&folder.0).start().await.unwrap();
    host.disable("site.a", Dependents::Cascade).await.unwrap();
    host.enable("site.a", Dependents::Cascade).await.unwrap();
    host.disable("site.b", Dependents::Refuse).await.unwrap();
    host.stop().await;
    let told = told(&read(&folder.0).unwrap());
    let switches: Vec<_> = told.iter().filter(|line| line.contains("abled ")).collect();
    assert_eq!(
        switches,
        [
            "site.a disabled by=switch",
            "site.b disabled by=switch with=site.a",
            "site.a enabled by=switch",
            "site.b enabled by=switch with=site.a",
            "site.b disabled by=switch",
        ]
    );
    let first = |line: &str| told.iter().position(|other| other == line).unwrap();
    assert!(first("site.b disabled by=switch with=site.a") < first("site.b state from=ok to=stopping"), "the reason comes first");
}

#[tokio::test]
async fn refused_calls_are_written_down_with_the_limit() {
    let folder = Folder::new();
    let play = Play::new(&[("a", &[])]);
    let limits = "[host.limits.'site.a']\nrate = '1/m'".parse().unwrap();
    let host = play.builder().data_folder(&folder.0).config(limits).start().await.unwrap();
    let greet = host.extensions::<dyn crate::fixture::Greet>();
    (0..3).for_each(|_| drop(greet[0].greet()));
    host.stop().await;
    let told = told(&read(&folder.0).unwrap());
    let refused: Vec<_> = told.iter().filter(|line| line.contains("limit-exceeded")).collect();
    let line = "site.a limit-exceeded code=KW0632";
    let rest = "limit=1/m method=greet point=test.greet resource=rate";
    assert_eq!(refused, [&format!("{line} {rest}"), &format!("{line} count=1 {rest}")]);
}

#[tokio::test]
async fn no_log_is_kept_without_a_folder_or_when_the_operator_wants_none() {
    let folder = Folder::new();
    let host = run(&folder.0, &["PATH"], "[host]\naudit = false").await;
    assert_eq!(host.audit(), None);
    assert!(!folder.log().exists());
    let host = Play::new(&[("a", &[])]).builder().start().await.unwrap();
    assert_eq!(host.audit(), None);
    host.stop().await;
}

#[tokio::test]
async fn mistakes_in_its_settings_are_told_with_their_keys() {
    let config = "[host.audit]\nfile-size = 5\nkept-files = -1\nsize = '1MiB'".parse().unwrap();
    let error = Play::new(&[("a", &[])]).builder().config(config).start().await.unwrap_err().to_string();
    for part in [
        "KW0612 `host.audit.file-size` in the configuration must be a size above zero such as `\"5MiB\"`, not integer `5`",
        "KW0612 `host.audit.kept-files` in the configuration must be a number from 0, not integer `-1`",
        "KW0612 the configuration has the unknown key `host.audit.size`",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn full_files_are_put_aside_and_old_ones_deleted() {
    let folder = Folder::new();
    let settings = "[host.audit]\nfile-size = '1KiB'\nkept-files = 2";
    for _ in 0..6 {
        drop(run(&folder.0, &["PATH"], settings).await);
    }
    let verified = verify(&folder.0).unwrap();
    assert!(verified.is_whole() && verified.restarts == 0, "{:?}", verified.damage);
    assert!(verified.files.len() <= 3, "{:?}", verified.files);
    let entries = read(&folder.0).unwrap();
    let first = entries[0].sequence;
    assert!(first > 1, "the oldest lines are gone");
    assert!(entries.iter().map(|entry| entry.sequence).eq(first..first + verified.entries));

    // A file that is missing in between is found, and so is a file put aside that was changed.
    let aside = verified.files[1].clone();
    let bytes = std::fs::read(&aside).unwrap();
    std::fs::remove_file(&aside).unwrap();
    assert!(!verify(&folder.0).unwrap().is_whole());
    std::fs::write(&aside, &bytes[1..]).unwrap();
    assert!(!verify(&folder.0).unwrap().is_whole());
    std::fs::write(&aside, &bytes).unwrap();
    assert!(verify(&folder.0).unwrap().is_whole());
}

/// Does something to a log and tells whether it is found.
fn is_found(folder: &Folder, bytes: &[u8]) -> bool {
    std::fs::write(folder.log(), bytes).unwrap();
    !verify(&folder.0).unwrap().is_whole()
}

#[tokio::test]
async fn every_flipped_bit_and_every_cut_is_found() {
    let folder = Folder::new();
    // A host without plugins leaves two lines, few enough to try everything.
    let host = Play::new(&[]).builder().data_folder(&folder.0).start().await.unwrap();
    host.stop().await;
    let whole = std::fs::read(folder.log()).unwrap();
    assert!(!is_found(&folder, &whole));
    for index in 0..whole.len() {
        for bit in [0, 5, 7] {
            let mut bytes = whole.clone();
            bytes[index] ^= 1 << bit;
            assert!(is_found(&folder, &bytes), "bit {bit} of byte {index}");
        }
        assert!(is_found(&folder, &whole[..index]), "cut to {index} bytes");
        assert!(whole[index] == b'\n' || is_found(&folder, &whole[index + 1..]), "begun after {index} bytes");
    }
    assert!(is_found(&folder, &[&whole[..], b"x"].concat()));
    assert!(is_found(&folder, &[&whole[..], b"\n"].concat()));
    std::fs::remove_file(folder.log()).unwrap();
    assert!(!verify(&folder.0).unwrap().is_whole(), "the file is gone, its note is not");
    std::fs::write(folder.log(), &whole).unwrap();

    let head = folder.0.join("audit.head");
    let note = std::fs::read(&head).unwrap();
    for index in 0..note.len() {
        let mut bytes = note.clone();
        bytes[index] ^= 1;
        std::fs::write(&head, bytes).unwrap();
        assert!(!verify(&folder.0).unwrap().is_whole(), "byte {index} of the note");
    }
    std::fs::remove_file(&head).unwrap();
    assert!(!verify(&folder.0).unwrap().is_whole(), "the note is gone");
}

#[tokio::test]
async fn a_flip_in_what_a_plugin_wrote_is_found() {
    let folder = Folder::new();
    drop(run(&folder.0, &["ä\"\n\u{1}", "\",\"hash\":\"00\"}"], "").await);
    let whole = std::fs::read(folder.log()).unwrap();
    assert!(!is_found(&folder, &whole));
    for index in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[index] ^= 1 << (index % 8);
        assert!(is_found(&folder, &bytes), "byte {index}");
    }
}

#[tokio::test]
async fn lines_that_were_moved_doubled_or_taken_out_are_found() {
    let folder = Folder::new();
    drop(run(&folder.0, &["PATH", "HOME"], "").await);
    let text = std::fs::read_to_string(folder.log()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for left in 0..lines.len() {
        for right in left + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(left, right);
            assert!(is_found(&folder, swapped.concat().as_bytes()), "{left} and {right} changed places");
        }
        let mut doubled = lines.clone();
        doubled.insert(left, lines[left]);
        assert!(is_found(&folder, doubled.concat().as_bytes()), "line {left} twice");
        let mut fewer = lines.clone();
        fewer.remove(left);
        // The first lines may have been deleted with an old file.
        assert!(left == 0 || is_found(&folder, fewer.concat().as_bytes()), "line {left} taken out");
    }
}

#[tokio::test]
async fn a_damaged_log_is_kept_and_a_new_chain_says_so() {
    let folder = Folder::new();
    drop(run(&folder.0, &["PATH"], "").await);
    let whole = std::fs::read(folder.log()).unwrap();
    let last = verify(&folder.0).unwrap().last.unwrap().0;
    std::fs::write(folder.log(), &whole[..whole.len() - 7]).unwrap();
    let host = run(&folder.0, &["HOME"], "").await;
    assert_eq!(host.audit().unwrap().lost, 0);
    let entries = read(folder.log()).unwrap();
    let restarted = entries.iter().find(|entry| entry.kind == "restarted").unwrap();
    assert_eq!(restarted.sequence, last + 1, "no number is given twice");
    assert!(restarted.details["damage"].contains("it is cut short"), "{restarted}");
    assert_eq!(std::fs::read(folder.0.join(&restarted.details["kept"])).unwrap(), whole[..whole.len() - 7]);
    let verified = verify(&folder.0).unwrap();
    assert_eq!((verified.restarts, verified.damage.len()), (1, 1), "{:?}", verified.damage);
    let text = verified.damage[0].to_string();
    assert!(
        text.starts_with("KW0670 the audit log `") && text.ends_with("it is cut short, as after a crash or on a full disk"),
        "{text}"
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nobody() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.log()).unwrap();
    let host = run(&folder.0, &["PATH"], "").await;
    let info = host.audit().unwrap();
    assert!(info.is_failing && info.written == 0 && info.lost >= 5, "{info:?}");
    assert_eq!(host.plugin("site.a").unwrap().denials.count, 1);
    drop(host);
    std::fs::remove_dir(folder.log()).unwrap();
    let host = run(&folder.0, &["PATH"], "").await;
    assert!(!host.audit().unwrap().is_failing);
    assert!(verify(&folder.0).unwrap().is_whole());
}

#[tokio::test]
async fn a_flood_of_refusals_is_bounded() {
    let folder = Folder::new();
    let names: Vec<String> = (0..20_000).map(|number| format!("NAME_{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let host = run(&folder.0, &names, "").await;
    assert_eq!(host.plugin("site.a").unwrap().denials.count, 20_000);
    assert_eq!(host.audit().unwrap().lost, 0);
    let entries = read(&folder.0).unwrap();
    let denied: Vec<_> = entries.iter().filter(|entry| entry.kind == "denied").collect();
    assert!(denied.len() < 40, "{}", denied.len());
    let counted: u64 = denied.iter().map(|entry| entry.details.get("count").map_or(1, |count| count.parse().unwrap())).sum();
    assert_eq!(counted, 20_000, "each is counted once");
    let different: BTreeSet<_> = denied.iter().map(|entry| &entry.details["asked"]).collect();
    assert_eq!(different.len(), denied.len());
}

#[test]
fn a_log_that_is_not_there_is_an_error() {
    let folder = Folder::new();
    assert_eq!(verify(folder.log()).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert!(read(&folder.0).is_err());
}
