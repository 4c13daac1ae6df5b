//! Libraries whose files change while a host serves from them.

use std::fs;
use std::time::{Duration, Instant};

use keyway::Host;
use keyway::host::{HostBuilder, Reason};
use keyway_native::SecretKey;
use keyway_tests_native::{Count, Trial};

use crate::changing::{Extensions, ID, ask, releases};
use crate::folders::Folder;
use crate::library::{POLICY, extensions, plugins};
use crate::log::{listen, logged, wait_for};
use crate::reload::{sign, signed_by};

const SOON: &str = "[host.native.watch]\ndebounce = '50ms'\ncool-down = '50ms'";

fn builder(folder: &Folder, config: &str) -> HostBuilder {
    listen();
    Host::builder(plugins()).native_policy(POLICY).native_dir(folder.path()).config(config.parse().unwrap())
}

fn answers(host: &Host) -> bool {
    host.extensions::<dyn Trial>()[0].now("this").is_ok_and(|did| did == "did this")
}

/// Waits until this release serves, for longer than any machine takes.
async fn serves(host: &Host, release: &str) {
    let begun = Instant::now();
    while host.extensions::<dyn Count>()[0].release().unwrap() != release {
        assert!(begun.elapsed() < Duration::from_secs(120), "release {release} does not serve");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_library_is_taken_up_with_the_state() {
    listen();
    let extensions = Extensions::new("watch");
    let host = extensions.builder(POLICY, SOON).start().await.unwrap();
    assert_eq!(ask(&host), ("one".to_owned(), 1));
    extensions.put(&releases()[1]);
    serves(&host, "two").await;
    assert_eq!(ask(&host), ("two".to_owned(), 2), "it counts on");
    let reasons = |host: &Host| host.releases(ID).iter().map(|release| release.reason).collect::<Vec<_>>();
    // The swap comes before the release is noted.
    host.plan_reload(ID).await.unwrap();
    assert_eq!(reasons(&host), [Reason::Changed, Reason::Start]);
    // Somebody goes back: what lies there was tried, and is not taken again.
    host.roll_back(ID).await.unwrap();
    extensions.put(&releases()[1]);
    let other = [releases()[1].as_slice(), b"\0"].concat();
    extensions.put(&other);
    serves(&host, "two").await;
    host.plan_reload(ID).await.unwrap();
    assert_eq!(reasons(&host).iter().filter(|reason| **reason == Reason::Changed).count(), 1, "only once since");
    assert_eq!(host.plugin(ID).unwrap().library, host.plan_reload(ID).await.unwrap().library);
    assert!(host.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_library_is_told_once_and_taken_when_it_is_signed() {
    listen();
    let extensions = Extensions::new("watch-unsigned");
    let key = SecretKey::generate().unwrap();
    sign(&extensions, &key, 0, "1.0.0");
    let data = extensions.path().with_extension("data");
    let _ = fs::remove_dir_all(&data);
    let host = extensions.builder(signed_by(&key), SOON).data_folder(&data).start().await.unwrap();
    assert_eq!(ask(&host).0, "one");
    let signature = fs::read_dir(extensions.path().join(ID)).unwrap().map(|file| file.unwrap().path());
    let signature = signature.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "minisig")).unwrap();
    fs::remove_file(signature).unwrap();
    extensions.put(&releases()[1]);
    let shown = extensions.path().display().to_string();
    let refused = ["KW0780 plugin `test.changing` is not reloaded", "KW0731 ", shown.as_str()];
    wait_for(1, &refused).await;
    assert_eq!(ask(&host).0, "one", "the signed one goes on");
    // The same library again is nothing new. With its signature it is.
    extensions.put(&releases()[1]);
    sign(&extensions, &key, 1, "2.0.0");
    serves(&host, "two").await;
    assert_eq!(logged(&refused).len(), 1);
    assert!(host.stop().await.is_clean());
    fs::remove_dir_all(data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plugin_is_told_once_and_the_old_one_serves() {
    let folder = Folder::new("watch-junk");
    let host = builder(&folder, SOON).start().await.unwrap();
    let library = folder.library();
    let shown = folder.path().display().to_string();
    let refused = ["KW0780 plugin `test.faulty` is not reloaded", shown.as_str()];
    let whole = fs::read(&library).unwrap();
    // Whoever wrote this was interrupted.
    fs::write(&library, &whole[..whole.len() / 2]).unwrap();
    let lines = wait_for(1, &refused).await;
    assert!(lines[0].contains("KW0756 ") && lines[0].contains("KW0704 "), "the reason is told: {}", lines[0]);
    assert!(answers(&host));
    // The same bytes again are nothing new; other junk is.
    fs::write(&library, &whole[..whole.len() / 2]).unwrap();
    fs::write(&library, "junk").unwrap();
    wait_for(2, &refused).await;
    assert!(answers(&host));
    // As it was when it was loaded: nothing is to be done, and it is said of what follows only.
    fs::write(&library, &whole).unwrap();
    fs::write(&library, "other junk").unwrap();
    wait_for(3, &refused).await;
    assert_eq!(logged(&refused).len(), 3);
    assert!(answers(&host));
    assert!(host.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_goes_and_a_plugin_that_comes_are_told() {
    let folder = Folder::new("watch-gone");
    let host = builder(&folder, SOON).start().await.unwrap();
    let shown = folder.path().display().to_string();
    let sitemap = extensions("cms-plugin-sitemap").join("site.sitemap");
    let own = folder.path().join("site.sitemap");
    fs::create_dir(&own).unwrap();
    for file in fs::read_dir(sitemap).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), own.join(file.file_name())).unwrap();
    }
    wait_for(1, &["KW0796 there is a new plugin, `site.sitemap", &shown]).await;
    assert!(host.plugin("site.sitemap").is_none(), "which plugins a host has is decided when it starts");
    fs::remove_dir_all(folder.path().join("test.faulty")).unwrap();
    wait_for(1, &["KW0795 the library of plugin `test.faulty` is gone", &shown]).await;
    assert!(answers(&host));
    assert!(host.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_of_the_operator_counts() {
    for (config, is_watched) in [("[host.native]\nwatch = false", false), ("", true)] {
        let folder = Folder::new(if is_watched { "watch-program" } else { "watch-off" });
        // Its files are followed once the thread says that one of its folders is gone.
        let host = builder(&folder, config).watch_native().start().await.unwrap();
        let shown = folder.path().display().to_string();
        let beside = folder.path().with_extension("beside");
        let _ = fs::remove_dir_all(&beside);
        fs::rename(folder.path(), &beside).unwrap();
        if is_watched {
            wait_for(1, &["KW0794 ", &shown]).await;
        }
        assert!(answers(&host));
        assert!(host.stop().await.is_clean());
        drop(host);
        assert_eq!(logged(&["KW079", &shown]).is_empty(), !is_watched);
        fs::remove_dir_all(beside).unwrap();
    }
}
