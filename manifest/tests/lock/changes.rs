//! What is said about the differences of two locks.

use keyway_manifest::LockedTier;
use keyway_manifest::ScopeKind;
use keyway_manifest::lock::{Digest, Extent, LockFile, PluginSource, Verdict, differences};
use keyway_manifest::parse::ExtraPermission;

use super::maker::{approved, entry, lock, permissions};

fn before() -> LockFile {
    let asks = permissions(&[
        ("env.read", &["SITE_*"], true),
        ("filesystem.read", &["content/**"], false),
        ("http.routes", &["/sitemap.xml"], false),
        ("network.client", &["https://a.example", "https://b.example"], false),
    ]);
    let mut sitemap = entry("sitemap", asks.clone());
    sitemap.approval = Some(approved(asks));
    let menu = entry("menu", permissions(&[]));
    let old = entry("old", permissions(&[("env.read", &["OLD"], false)]));
    lock(&["site.menu", "site.old", "site.sitemap"], [("site.sitemap", sitemap), ("site.menu", menu), ("site.old", old)])
}

#[test]
fn the_text_of_differences() {
    let mut now = before();
    now.plugins.remove("site.old");
    now.order = ["site.sitemap", "site.menu"].map(str::to_owned).to_vec();
    now.plugins.insert("site.feed".to_owned(), entry("feed", permissions(&[("http.routes", &["/feed.xml"], true)])));
    let sitemap = now.plugins.get_mut("site.sitemap").expect("it is there");
    sitemap.permissions = permissions(&[
        ("env.read", &["SITE_*"], false),
        ("filesystem.read", &["content/**", "content/blog/*"], false),
        ("http.routes", &["/robots.txt", "/sitemap.xml"], false),
        ("network.client", &["https://a.example"], false),
        ("process.execute", &["git"], false),
    ]);
    sitemap.version = "0.2.0".to_owned();
    sitemap.tier = LockedTier::Native;
    sitemap.source = PluginSource::Git { url: "https://git.example/a".to_owned(), revision: "0".repeat(40) };
    sitemap.manifest = Digest::sha256(b"other");
    sitemap.artifacts = [("x86_64-unknown-linux-gnu".to_owned(), [Digest::sha256(b"library")].into())].into();
    let decision = sitemap.approval.as_mut().expect("it was approved");
    decision.verdict = Verdict::Revoked;
    decision.by = "eve@\u{1b}example.org".to_owned();
    let differences = differences(&before(), &now, &[]);
    assert_eq!(differences.extent(), Extent::Wider);
    assert_eq!(
        differences.to_string(),
        "site.feed
  added: version 0.1.0 from path:plugins/feed, static, pending
  asks for http.routes: \"/feed.xml\", optional
site.old
  removed: version 0.1.0 from path:plugins/old, static, pending
  asked for env.read: \"OLD\"
site.sitemap
  wider: env.read: required now
  wider: http.routes: also \"/robots.txt\"
  wider: process.execute: new, \"git\"
  narrower: network.client: no longer \"https://b.example\"
  same: filesystem.read: written otherwise, \"content/**\", \"content/blog/*\"
  version: 0.1.0 -> 0.2.0
  source: path:plugins/sitemap -> git:https://git.example/a#0000000000000000000000000000000000000000
  tier: static -> native
  manifest: sha256:6b0d1c558c93… -> sha256:d9298a10d1b0…
  libraries for x86_64-unknown-linux-gnu: also sha256:b718f1354f72…
  approval: approved by ada@example.org on 2026-11-21 -> revoked by eve@\u{fffd}example.org on 2026-11-21
start order
  `site.sitemap` starts first now
"
    );
}

#[test]
fn a_permission_of_an_sdk_is_compared_by_its_kind_when_that_is_known() {
    let of = |scope| lock(&[], [("site.mail", entry("mail", permissions(&[("mail.send", &[scope], false)])))]);
    let (all, one) = (of("*"), of("alerts"));
    let mail = [ExtraPermission { name: "mail.send".to_owned(), scope_kind: ScopeKind::Name }];
    assert_eq!(differences(&all, &one, &mail).extent(), Extent::Narrower);
    assert_eq!(differences(&all, &one, &[]).extent(), Extent::Wider, "what is not known to cover does not cover");
}

#[test]
fn plugins_that_ask_for_nothing_are_neither_wider_nor_narrower() {
    let none = LockFile::default();
    let menu = lock(&["site.menu"], [("site.menu", entry("menu", permissions(&[])))]);
    assert_eq!(differences(&none, &menu, &[]).extent(), Extent::Same);
    assert_eq!(differences(&none, &before(), &[]).extent(), Extent::Wider);
    assert_eq!(differences(&before(), &none, &[]).extent(), Extent::Narrower);
}

#[test]
fn features_that_are_no_longer_on_by_default_change_the_order_alone() {
    let mut now = before();
    now.order.retain(|id| id != "site.old");
    assert_eq!(
        differences(&before(), &now, &[]).to_string(),
        "start order\n  `site.old` no longer starts with the default features\n"
    );
    assert_eq!(differences(&now, &before(), &[]).to_string(), "start order\n  `site.old` starts with the default features now\n");
}
