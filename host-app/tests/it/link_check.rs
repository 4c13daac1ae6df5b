//! Broken links through the whole program.
#![cfg(all(feature = "link-check", feature = "content", feature = "markdown"))]

use keyway::host::JobOutcome;
use keyway_cms_sdk::{AdminPanel, Bytes, http};

use crate::folder::Folder;
use crate::served::Served;

#[test]
fn broken_links_are_found_at_the_start_and_at_night() {
    let index =
        "# Hello\n\n[fine](guide.md#more) [no anchor](guide.md#less) [no page](/nowhere) [file](logo.png) [no file](/gone.png)\n";
    let files = [("index.md", index), ("guide.md", "# Guide\n\n## More\n\n[start](/)\n"), ("logo.png", "")];
    let server = Served::folder(Folder::with("link-check", &files));
    let request = http::Request::get("/admin/link-check").body(Bytes::new()).expect("a request");
    let report = || {
        let panels = server.host().extensions::<dyn AdminPanel>();
        let panel = panels.iter().find(|panel| panel.id() == "site.link-check").expect("it is there");
        server.block_on(panel.render(&request)).expect("it is drawn").to_string()
    };
    let first = report();
    assert!(first.contains("3 of which lead nowhere"), "{first}");
    for reason in ["no anchor `less`", "no page or file `/nowhere`", "no page or file `/gone.png`"] {
        assert!(first.contains(reason), "{first}");
    }
    let outcome = server.block_on(server.host().run_job("site.link-check", "check-links")).expect("there is such a job");
    assert_eq!(outcome, JobOutcome::Done);
    assert!(report().contains("3 of which lead nowhere"));
    let closed = if cfg!(feature = "auth") { 303 } else { 503 };
    assert_eq!(server.get("/link-check.json").status, closed, "it is for editors");
    server.stop();
}
