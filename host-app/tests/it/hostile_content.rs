//! Folders that nobody prepared for this program: each gives pages or a clear line in the log, never a crash.

#![cfg(feature = "content")]

use std::time::Instant;

use crate::folder::Folder;
use crate::served::{Served, settings};

#[test]
fn broken_files_do_not_take_the_others_down() {
    let folder = Folder::with(
        "broken",
        &[
            ("index.md", "# Start\n"),
            ("yaml.md", "---\ntitle: [unclosed\n---\n\ntext after broken yaml\n"),
            ("toml.md", "+++\ntitle = \n+++\n\ntext after broken toml\n"),
            ("unclosed.md", "---\ntitle: x\n\ntext without an end\n"),
            ("no-title.md", "only words\n"),
            ("empty.md", ""),
            ("with space.md", "# Space\n"),
            ("ünï.md", "# Unicode\n"),
            ("a%2fb.md", "# Percent\n"),
            ("quote\"<>.md", "# Quote\n"),
            ("nul.md", "# Nul\n\na\0b\n"),
        ],
    );
    folder.write("latin1.md", b"# Caf\xe9\n\nwords\n");
    folder.write("binary.md", (0..=255).cycle().take(10_000).collect::<Vec<u8>>());
    let server = Served::folder(folder);
    assert_eq!(server.get("/").status, 200);
    for (path, words) in
        [("/yaml", "text after broken yaml"), ("/toml", "text after broken toml"), ("/unclosed", "text without an end")]
    {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains(words), "{path}: {}", page.text());
    }
    for path in ["/no-title", "/empty", "/with%20space", "/%C3%BCn%C3%AF", "/a%252fb", "/quote%22%3C%3E", "/nul"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    for path in ["/latin1", "/binary"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert!(server.get("/latin1").text().contains("Caf\u{fffd}"), "bytes that are no text are shown as what they are not");
}

#[test]
fn a_page_of_five_megabytes() {
    let folder = Folder::new("five-megabytes");
    let line = "A line with *emphasis*, `code` and [a link](index.md), many times over.\n\n";
    folder.write("index.md", format!("# Long\n\n{}", line.repeat(5_000_000 / line.len())));
    let mut settings = settings(&folder);
    let refused = Served::start(keyway_cms::plugins(), &settings).expect("it starts").get("/");
    assert_eq!(refused.status, 500, "larger than a response may be unless the operator says so");
    assert!(refused.body.len() < 10_000);
    settings.response_limit = 64 * 1024 * 1024;
    let server = Served::start(keyway_cms::plugins(), &settings).expect("it starts");
    let begun = Instant::now();
    let page = server.ask("GET", "/", &[("Accept-Encoding", "gzip")]);
    assert_eq!(page.status, 200);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    assert!(server.get("/").body.len() > 5_000_000);
}

#[test]
fn markup_made_to_be_slow() {
    let folder = Folder::with("slow", &[("index.md", "# Start\n")]);
    for (name, piece) in [
        ("stars", "*a_"),
        ("brackets", "[a]("),
        ("quotes", "> "),
        ("lists", "- "),
        ("html", "<a "),
        ("ticks", "`a``"),
        ("pipes", "|-"),
    ] {
        folder.write(&format!("{name}.md"), piece.repeat(100_000));
    }
    let begun = Instant::now();
    let server = Served::folder(folder);
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.get("/stars").status, 200);
}

#[test]
fn three_thousand_pages_in_folders() {
    let folder = Folder::new("three-thousand");
    for number in 0..3_000 {
        let path = format!("part-{}/chapter-{}/page-{number}.md", number % 10, number % 100);
        folder.write(
            &path,
            format!("---\ntitle: Page {number}\n---\n\nThe words of page {number}, see [the next](page-{}.md).\n", number + 100),
        );
    }
    folder.write("index.md", "# Many\n");
    let server = Served::folder(folder);
    assert!(server.greeting().contains("3001 pages"), "{}", server.greeting());
    let page = server.get("/part-9/chapter-99/page-2999");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("The words of page 2999"));
}

#[test]
fn folders_deep_inside_each_other() {
    let folder = Folder::new("deep");
    let (deep, too_deep) = ("d/".repeat(20), "d/".repeat(60));
    folder.write(&format!("{deep}bottom.md"), "# Bottom\n");
    folder.write(&format!("{too_deep}bottom.md"), "# Too deep\n");
    folder.write("index.md", "# Top\n");
    let server = Served::folder(folder);
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.get(&format!("/{deep}bottom")).status, 200);
    assert_eq!(server.get(&format!("/{too_deep}bottom")).status, 404, "left out, with a line in the log");
}

#[test]
fn two_files_for_one_page() {
    let folder = Folder::with("twice", &[("a.md", "# File\n"), ("a/index.md", "# Folder\n"), ("a/README.md", "# Readme\n")]);
    assert_eq!(Served::folder(folder).get("/a").status, 200);
}

#[test]
fn an_empty_folder() {
    let folder = Folder::new("empty");
    let server = Served::folder(folder);
    assert!(server.greeting().contains("there is no page"), "{}", server.greeting());
    assert_eq!(server.get("/").status, 404);
}
