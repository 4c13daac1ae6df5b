//! What a lock keeps when it is brought up to date.

use keyway_manifest::lock::{Digest, LockFile, parse_lock};

use super::maker::{approved, entry, lock, permissions};

fn digests(text: &str) -> std::collections::BTreeSet<Digest> {
    [Digest::sha256(text.as_bytes())].into()
}

fn before() -> LockFile {
    let asks = permissions(&[("http.routes", &["/sitemap.xml"], false)]);
    let mut sitemap = entry("sitemap", asks.clone());
    sitemap.approval = Some(approved(asks));
    sitemap.artifacts = [("x86_64-unknown-linux-gnu", "a"), ("aarch64-apple-darwin", "b")]
        .map(|(target, library)| (target.to_owned(), digests(library)))
        .into();
    lock(&["site.sitemap"], [("site.sitemap", sitemap)])
}

fn fresh() -> LockFile {
    lock(&["site.sitemap"], [("site.sitemap", entry("sitemap", permissions(&[("http.routes", &["/**"], false)])))])
}

#[test]
fn a_decision_stays_about_what_it_was_made_about() {
    let renewed = before().renewed(fresh());
    let sitemap = &renewed.plugins["site.sitemap"];
    assert_eq!(sitemap.permissions, fresh().plugins["site.sitemap"].permissions);
    assert_eq!(sitemap.approval, before().plugins["site.sitemap"].approval);
    assert_eq!(parse_lock(&renewed.to_text(), "keyway.lock").expect("it is read").file, renewed);
}

#[test]
fn what_is_gone_is_gone_and_what_is_new_is_pending() {
    let fresh = lock(&[], [("site.feed", entry("feed", permissions(&[])))]);
    let renewed = before().renewed(fresh.clone());
    assert_eq!(renewed, fresh);
}

#[test]
fn libraries_of_other_targets_stay_until_there_is_another_release() {
    let mut fresh = fresh();
    let target = "x86_64-unknown-linux-gnu".to_owned();
    fresh.plugins.get_mut("site.sitemap").expect("it is there").artifacts.insert(target.clone(), digests("c"));
    let artifacts = |lock: &LockFile| lock.plugins["site.sitemap"].artifacts.clone();
    let renewed = before().renewed(fresh.clone());
    assert_eq!(artifacts(&renewed)[&target], digests("c"));
    assert_eq!(artifacts(&renewed)["aarch64-apple-darwin"], digests("b"));
    fresh.plugins.get_mut("site.sitemap").expect("it is there").version = "0.2.0".to_owned();
    assert_eq!(artifacts(&before().renewed(fresh)).into_keys().collect::<Vec<_>>(), [target]);
}
