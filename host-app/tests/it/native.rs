//! The same site by plugins that are linked in and by plugins that are libraries: every byte that a visitor gets is the same.

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(not(feature = "content"))]
use keyway::host::State;
use keyway_build::native;
use keyway_cms::Settings;

use crate::folder::Folder;
use crate::served::{Served, settings};

/// A program without a plugin of its own, which allows what the default site needs.
#[cfg(all(feature = "site", feature = "storage-files"))]
mod bare {
    keyway::host! {
        sdk = keyway_cms_sdk,
        policy_text = r#"
            [permissions.allow]
            "events.publish" = true
            "filesystem.read" = true
            "filesystem.write" = true
            "http.routes" = true
            [native]
            require-signature = false
        "#,
        lock = off,
        plugins = [],
        census_test = off,
    }
}

/// The packages of the default site's plugins: each of its features brings one.
#[cfg(all(feature = "site", feature = "storage-files"))]
const SITE: [&str; 12] = [
    "cache",
    "compress",
    "content",
    "feed",
    "highlight",
    "markdown",
    "redirect",
    "search",
    "security-headers",
    "sitemap",
    "storage-files",
    "theme",
];

const START: &str =
    "---\ntitle: Start\ndescription: Where it begins.\n---\n# Start\n\nA *page* about [the guide](guide/first.md#one).\n";
const FIRST: &str = "+++\ntitle = \"First steps\"\ndate = \"2026-01-02\"\naliases = [\"/old\"]\n+++\n# First steps\n\n## One\n\nWords to find: \
                     rhubarb.\n\n```rust\nfn main() {}\n```\n";

#[cfg(all(feature = "site", feature = "storage-files"))]
type Headers = &'static [(&'static str, &'static str)];

/// What visitors ask for: pages, files, errors, what single plugins serve, and the ways in which a page is sent.
#[cfg(all(feature = "site", feature = "storage-files"))]
const REQUESTS: [(&str, &str, Headers); 17] = [
    ("GET", "/", &[]),
    ("GET", "/", &[("Accept-Encoding", "br")]),
    ("GET", "/", &[("Accept-Encoding", "gzip")]),
    ("GET", "/guide/first", &[]),
    ("HEAD", "/guide/first", &[]),
    ("POST", "/guide/first", &[]),
    ("GET", "/guide/first", &[("Accept", "application/json")]),
    ("GET", "/old", &[]),
    ("GET", "/missing", &[]),
    ("GET", "/picture.png", &[]),
    ("GET", "/picture.png", &[("Range", "bytes=1-2")]),
    ("GET", "/style.css", &[]),
    ("GET", "/theme.css", &[]),
    ("GET", "/feed.xml", &[]),
    ("GET", "/sitemap.xml", &[]),
    ("GET", "/search?q=rhubarb", &[]),
    ("GET", "/search.json?q=rhubarb", &[]),
];

fn folder(name: &str) -> Folder {
    let folder = Folder::with(name, &[("index.md", START), ("guide/first.md", FIRST), ("style.css", "p{}")]);
    folder.write("picture.png", [0x89, b'P', b'N', b'G']);
    folder
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the host lies in a folder of the workspace")
}

/// A folder with these plugins as libraries, and nothing else.
fn extensions<'a>(name: &str, plugins: impl IntoIterator<Item = &'a str>) -> PathBuf {
    let folder = root().join("target/native-site").join(name);
    let _ = fs::remove_dir_all(&folder);
    for plugin in plugins {
        let library = native(format!("cms-plugin-{plugin}")).in_folder(root());
        library.install(&folder).unwrap_or_else(|error| panic!("{error}"));
    }
    folder
}

/// What a visitor gets, without what names the server's address or the moment.
#[cfg(all(feature = "site", feature = "storage-files"))]
fn answers(server: &Served) -> Vec<String> {
    let address = server.address().to_string();
    let mut answers = Vec::new();
    for (method, path, headers) in REQUESTS {
        let reply = server.ask(method, path, headers);
        let named = ["content-type", "content-encoding", "content-length", "cache-control", "etag", "location", "vary", "allow"];
        let headers: Vec<String> = named.iter().map(|name| format!("{name}: {:?}", reply.header(name))).collect();
        let body = String::from_utf8_lossy(&reply.body).replace(&address, "<address>");
        answers.push(format!("{method} {path}: {} {}\n{body}", reply.status, headers.join(", ")));
    }
    answers
}

#[test]
#[cfg(all(feature = "site", feature = "storage-files"))]
fn the_default_site_is_served_the_same() {
    // Both are on ports of their own, so the address of the site is said.
    let of = |folder: &Folder| Settings { address: Some("https://example.org".to_owned()), ..settings(folder) };
    let (linked, loaded) = (folder("linked"), folder("loaded"));
    let of_loaded = Settings { extensions: vec![extensions("default", SITE)], ..of(&loaded) };
    let linked = Served::start(keyway_cms::plugins(), &of(&linked)).unwrap_or_else(|failure| panic!("{failure}"));
    let loaded = Served::start(bare::plugins(), &of_loaded).unwrap_or_else(|failure| panic!("{failure}"));

    let plugins = loaded.host().plugins();
    assert_eq!(plugins.len(), SITE.len());
    assert!(plugins.iter().all(|plugin| plugin.tier == "native"));
    let (of_linked, of_loaded) = (answers(&linked), answers(&loaded));
    for (linked, loaded) in of_linked.iter().zip(&of_loaded) {
        assert_eq!(linked, loaded);
    }
    linked.stop();
    loaded.stop();
}

/// In a program without any of them: `.ci/run native` leaves the features out, and turns on what plugins need of a host.
#[test]
#[cfg(not(feature = "content"))]
#[ignore = "builds every plugin; `.ci/run native` runs it"]
fn every_plugin_runs() {
    let folders = fs::read_dir(root().join("plugins")).expect("there are plugins").flatten();
    let mut plugins: Vec<String> = folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    plugins.sort();
    assert!(plugins.len() >= 23, "{plugins:?}");
    // A site has one store and one theme.
    for (name, others) in [("one", ["storage-sqlite", "theme-plain"]), ("other", ["storage-files", "theme"])] {
        let folder = folder(name);
        let of_site: Vec<&str> = plugins.iter().map(String::as_str).filter(|plugin| !others.contains(plugin)).collect();
        let loaded = Settings { extensions: vec![extensions(name, of_site.iter().copied())], ..settings(&folder) };
        let loaded = Served::start(keyway_cms::plugins(), &loaded).unwrap_or_else(|failure| panic!("{failure}"));
        let running = loaded.host().plugins();
        assert_eq!(running.len(), of_site.len());
        for plugin in running {
            assert_eq!((plugin.tier, plugin.state), ("native", State::Ok), "{}", plugin.id);
        }
        assert_eq!(loaded.get("/").status, 200);
        assert_eq!(loaded.get("/guide/first").status, 200);
        loaded.stop();
    }
}
