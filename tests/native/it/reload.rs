//! Another release of a plugin from disk, while its host runs: with its state, without a gap, and back.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keyway::Host;
use keyway::host::{Dependents, Reload, ReloadError, StatePlan, Step, audit};
use keyway::manifest::{Location, NativePolicy, NativePublisher, Unload};
use keyway_native::{Sealed, SecretKey, Statement};
use keyway_tests_native::{Count, Extra};

use crate::changing::{Extensions, ID, POLICY, ask, releases};

#[tokio::test]
async fn another_release_brings_its_version_its_points_and_its_form_of_the_state() {
    let extensions = Extensions::new("two");
    let host = extensions.start(POLICY).await;
    let extra = host.point::<dyn Extra>();
    assert_eq!(ask(&host), ("one".to_owned(), 1));
    assert_eq!(extra.extensions().len(), 0);

    extensions.put(&releases()[1]);
    let plan = host.plan_reload(ID).await.unwrap();
    assert_eq!((plan.from.major, plan.to.major, plan.is_unchanged), (1, 2, false));
    assert_eq!(plan.state, StatePlan::Upgraded { from: 1, to: 2 }, "known before anything is loaded");
    assert_eq!((plan.lost.as_slice(), plan.gained.as_slice()), (["env.read LANG".to_owned()].as_slice(), [].as_slice()));
    let text = plan.to_string();
    assert!(
        text.starts_with("plugin `test.changing`: 1.0.0 to 2.0.0, library ") && text.contains("\n  loses env.read LANG\n"),
        "{text}"
    );
    assert_eq!(ask(&host), ("one".to_owned(), 2), "nothing was done");

    let reloaded = host.reload(ID).await.unwrap();
    assert_eq!(reloaded.plan, plan);
    assert!(reloaded.errors.is_empty(), "{:?}", reloaded.errors);
    assert_eq!(
        reloaded.notes,
        ["generation 1 of plugin `test.changing` is retired and stays mapped; 2 of 16 images are in memory"]
    );
    assert_eq!(ask(&host), ("two".to_owned(), 3), "it counts on");
    assert_eq!(extra.extensions()[0].upgrades().unwrap(), 1, "a point that nobody had extended, through an old handle");
    let info = host.plugin(ID).unwrap();
    assert_eq!((info.version.to_string().as_str(), info.generation, info.tier), ("2.0.0", 2, "native"));
    assert_eq!(info.library, plan.library);

    let back = host.roll_back(ID).await.unwrap();
    assert_eq!(back.plan.state, StatePlan::Downgraded { from: 2, to: 1, is_lossy: false });
    assert_eq!(ask(&host), ("one".to_owned(), 4), "out of memory: the file is still that of the other");
    assert_eq!(extra.extensions().len(), 0);
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn the_same_content_is_told_and_nothing_happens() {
    let extensions = Extensions::new("same");
    let config = extensions.path().join("host.toml.part");
    fs::write(&config, "").unwrap();
    let host = extensions.builder(POLICY, "").config_file(&config).start().await.unwrap();
    ask(&host);
    let same = extensions.reload(&host, 0).await;
    assert!(same.plan.is_unchanged && same.plan.to_string().contains("unchanged"), "{}", same.plan);
    assert_eq!(host.releases(ID).len(), 1);
    let anew = host.reload(Reload::of(ID).even_if_unchanged()).await.unwrap();
    assert!(!anew.plan.is_unchanged && anew.notes.is_empty(), "the image goes on: {:?}", anew.notes);
    assert_eq!(host.releases(ID).len(), 2);
    assert_eq!(ask(&host), ("one".to_owned(), 2));
    fs::write(&config, "[plugin.\"test.changing\"]\nsomething = 1").unwrap();
    assert!(!host.plan_reload(ID).await.unwrap().is_unchanged, "another configuration is a change");
    fs::write(&config, format!("[host.limits.\"{ID}\"]\ntasks = 7")).unwrap();
    let limited = host.reload(ID).await.unwrap();
    assert!(!limited.plan.is_unchanged, "and so are other limits");
    assert_eq!(host.plugin(ID).unwrap().usage.tasks.limit, Some(7));
    host.stop().await;
}

/// Nothing is left of the new one but its image, which is retired; and the next attempt makes another instance of it.
#[tokio::test]
async fn a_new_library_whose_init_fails_leaves_the_old_one_serving() {
    let extensions = Extensions::new("failing-init");
    let (config, data) = (extensions.path().join("site.part"), extensions.path().with_extension("data"));
    let _ = fs::remove_dir_all(&data);
    fs::write(&config, "").unwrap();
    let host = extensions.builder(POLICY, "").config_file(&config).data_folder(&data).start().await.unwrap();
    assert_eq!(ask(&host), ("one".to_owned(), 1));
    extensions.put(&releases()[1]);
    fs::write(&config, format!("[plugin.\"{ID}\"]\nfail = true")).unwrap();
    let error = host.reload(ID).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("KW0774 ") && text.contains("plugin `test.changing 2.0.0`") && text.contains("as it was ordered"),
        "{text}"
    );
    assert!(matches!(error, ReloadError::Failed { step: Step::Init, .. }));
    assert_eq!(ask(&host), ("one".to_owned(), 2));
    assert_eq!((host.releases(ID).len(), host.plugin(ID).unwrap().usage.tasks.used), (1, 0));

    fs::write(&config, "").unwrap();
    host.reload(ID).await.unwrap();
    assert_eq!(ask(&host), ("two".to_owned(), 3));
    assert!(host.stop().await.is_clean());
    // Both were taken out of service: the one that failed, and the one that was replaced.
    let retired: Vec<_> = audit::read(&data).unwrap().into_iter().filter(|entry| entry.kind == "retired").collect();
    assert_eq!(retired.len(), 2, "{retired:?}");
    assert!(retired.iter().all(|entry| entry.plugin.as_deref() == Some(ID)), "{retired:?}");
    let versions: Vec<_> = retired.iter().filter_map(|entry| entry.version.as_deref()).collect();
    assert_eq!(versions, ["2.0.0", "1.0.0"]);
    let details = &retired[0].details;
    assert!(details["digest"].starts_with("sha256:") && details["warnings"].is_empty(), "{details:?}");
    assert!(details["text"].starts_with("generation 2 of plugin `test.changing` is retired"), "{details:?}");
    fs::remove_dir_all(data).unwrap();
}

/// Reloads, and answers why not; the first release goes on.
async fn refused(extensions: &Extensions, host: &Host) -> String {
    let before = ask(host).1;
    let planned = host.plan_reload(ID).await.unwrap_err();
    let error = host.reload(ID).await.unwrap_err();
    assert_eq!(planned.to_string(), error.to_string());
    assert_eq!(ask(host), ("one".to_owned(), before + 1));
    assert_eq!(host.releases(ID).len(), 1);
    error.to_string().replace(&extensions.path().display().to_string(), "EXT")
}

#[tokio::test]
async fn what_is_no_library_of_the_plugin_leaves_the_old_one_serving() {
    let extensions = Extensions::new("refused");
    let host = extensions.start(POLICY).await;
    extensions.put(b"not a library");
    let text = refused(&extensions, &host).await;
    assert!(
        text.starts_with("KW0780 plugin `test.changing` is not reloaded: its library is not taken\nKW0756 `EXT/test.changing/"),
        "{text}"
    );

    let mut misfit = releases()[1].clone();
    let record = misfit.windows(8).position(|bytes| bytes == b"KEYWAY\0\x01").unwrap();
    let rustc = record + misfit[record..].windows(2).position(|bytes| bytes == b"1.").unwrap();
    misfit[rustc + 2] = b'0';
    extensions.put(&misfit);
    let text = refused(&extensions, &host).await;
    assert!(text.contains("\nKW0706 `EXT/test.changing/") && text.contains("another compiler"), "{text}");

    fs::remove_file(extensions.library()).unwrap();
    let text = refused(&extensions, &host).await;
    assert!(text.contains("KW0756 ") && text.contains("holds no library"), "{text}");
    fs::remove_dir(extensions.path().join(ID)).unwrap();
    let text = refused(&extensions, &host).await;
    assert!(
        text.contains("\nKW0781 no library of plugin `test.changing` is in `EXT`\n  help: put the library there again"),
        "{text}"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_library_of_another_plugin_in_its_place_leaves_the_old_one_serving() {
    let extensions = Extensions::new("other-id");
    let host = extensions.start(POLICY).await;
    let other = crate::library::extensions("keyway-tests-faulty").join("test.faulty");
    let other = fs::read_dir(other).unwrap().map(|file| file.unwrap().path());
    let other = other.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "so")).unwrap();
    extensions.put(&fs::read(other).unwrap());
    let text = refused(&extensions, &host).await;
    assert!(text.contains("\nKW0756 ") && text.contains(" in it is plugin `test.faulty 0.1.0`\n"), "{text}");
    host.stop().await;
}

/// A policy that takes what this key has signed.
pub(crate) fn signed_by(key: &SecretKey) -> NativePolicy {
    let text = key.public_key().unwrap().to_text();
    let keys: &'static [&'static str] = vec![&*text.lines().last().unwrap().to_owned().leak()].leak();
    let publisher = NativePublisher { name: "Acme", keys, ids: &["test.*"], location: Location::UNKNOWN };
    NativePolicy { publishers: vec![publisher].leak(), require_signature: true, ..POLICY }
}

pub(crate) fn sign(extensions: &Extensions, key: &SecretKey, index: usize, version: &str) {
    let bytes = &releases()[index];
    let digest = Sealed::from_bytes(bytes, "lib.so").unwrap().digest();
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let statement = Statement::new(ID, version, &target, digest);
    let signature = key.sign(&mut bytes.as_slice(), &statement.to_string()).unwrap();
    extensions.put_beside(".minisig", &signature.to_string());
    extensions.put(bytes);
}

#[tokio::test]
async fn an_unsigned_release_is_refused_and_an_older_one_unless_asked_for() {
    let extensions = Extensions::new("signed");
    let key = SecretKey::generate().unwrap();
    sign(&extensions, &key, 0, "1.0.0");
    let data = extensions.path().join("../signed-data");
    let _ = fs::remove_dir_all(&data);
    let host = extensions.builder(signed_by(&key), "").data_folder(&data).start().await.unwrap();
    extensions.put(&releases()[1]);
    let text = refused(&extensions, &host).await;
    assert!(text.contains("KW0780 ") && text.contains("KW0734 "), "a signature of other bytes: {text}");
    fs::remove_file(format!("{}.minisig", extensions.library().display())).unwrap();
    let text = refused(&extensions, &host).await;
    assert!(text.contains("KW0731 "), "{text}");

    sign(&extensions, &key, 1, "2.0.0");
    host.reload(ID).await.unwrap();
    assert_eq!(host.plugin(ID).unwrap().library.unwrap().publisher.as_deref(), Some("Acme"));
    sign(&extensions, &key, 0, "1.0.0");
    let text = host.reload(ID).await.unwrap_err().to_string();
    assert!(text.contains("KW0738 plugin `test.changing 1.0.0` is older than `2.0.0`") && text.contains("allow_older"), "{text}");
    assert_eq!(ask(&host).0, "two");
    host.reload(Reload::of(ID).allow_older()).await.unwrap();
    assert_eq!(ask(&host).0, "one");
    host.stop().await;
    drop(host);
    let host = extensions.builder(signed_by(&key), "").data_folder(&data).start().await.unwrap();
    assert_eq!(ask(&host).0, "one", "the next start takes it without a word");
    host.stop().await;
}

#[tokio::test]
async fn at_the_cap_the_old_one_goes_on() {
    let extensions = Extensions::new("cap");
    let host = extensions.start(NativePolicy { generations: 1, ..POLICY }).await;
    extensions.put(&releases()[1]);
    let before = ask(&host).1;
    let text = host.reload(ID).await.unwrap_err().to_string();
    assert!(text.starts_with("KW0780 ") && text.contains("\nKW0750 ") && text.contains("generations"), "{text}");
    assert_eq!(ask(&host), ("one".to_owned(), before + 1));
    host.stop().await;
}

#[tokio::test]
async fn what_was_to_be_unmapped_and_was_not_is_told_with_its_cause() {
    let extensions = Extensions::new("unload");
    let host = extensions.start(NativePolicy { unload: Unload::Try, ..POLICY }).await;
    ask(&host);
    let notes = extensions.reload(&host, 1).await.notes;
    let cause = "`count` of `service.count` returns values that may lead to its code, and who has such a value needs the code";
    assert!(notes[0].starts_with("generation 1 of plugin `test.changing` is retired and stays mapped ("), "{notes:?}");
    assert!(notes[1].starts_with("KW0752 ") && notes[1].contains(cause), "{notes:?}");
    let back = host.roll_back(ID).await.unwrap();
    assert!(back.notes[0].starts_with("generation 2 "), "{:?}", back.notes);
    assert_eq!(ask(&host), ("one".to_owned(), 2));
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_that_was_off_at_the_start_keeps_its_state_across_a_reload() {
    let extensions = Extensions::new("off");
    let host = extensions.builder(POLICY, "[host]\ndisabled = ['test.changing']").start().await.unwrap();
    let text = host.reload(ID).await.unwrap_err().to_string();
    assert!(text.starts_with("KW0770 "), "{text}");
    host.enable(ID, Dependents::Refuse).await.unwrap();
    assert_eq!(ask(&host), ("one".to_owned(), 1));
    extensions.reload(&host, 1).await;
    assert_eq!(ask(&host), ("two".to_owned(), 2));
    assert!(host.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_a_hundred_reloads_no_call_fails_and_none_is_lost() {
    const RELOADS: usize = 100;
    let extensions = Extensions::new("hundred");
    let host = extensions.start(POLICY).await;
    let (is_over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let (point, is_over, calls) = (host.point::<dyn Count>(), Arc::clone(&is_over), Arc::clone(&calls));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    point.extensions()[0].count().expect("no call fails");
                    calls.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for reload in 1..=RELOADS {
        let before = calls.load(Ordering::SeqCst);
        let reloaded = extensions.reload(&host, reload % 2).await;
        assert!(reloaded.errors.is_empty(), "{:?}", reloaded.errors);
        assert!(reloaded.notes[0].ends_with("2 of 16 images are in memory"), "each content once: {:?}", reloaded.notes);
        while calls.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(ask(&host), ("one".to_owned(), calls.load(Ordering::SeqCst) + 1), "each call was counted once");
    assert_eq!(host.plugin(ID).unwrap().generation, u32::try_from(RELOADS).unwrap() + 1);
    assert!(host.stop().await.is_clean());
}
