//! The plugin that has browsers load pages anew, in the program.

use crate::folder::Folder;
use crate::served::{Served, settings};

#[test]
fn a_page_that_is_changed_in_an_editor_is_served_anew() {
    let folder = Folder::with("live-reload", &[("index.md", "# Start\n\nOld.\n")]);
    let mut settings = settings(&folder);
    settings.plugins = toml::from_str("[plugin.\"site.live-reload\"]\ninterval-milliseconds = 100\n").expect("TOML");
    let server = Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));
    let page = server.get("/");
    assert!(page.text().contains("<script src=\"/live-reload.js\" defer></script>"), "{}", page.text());
    let script = server.get("/live-reload.js");
    assert_eq!((script.status, script.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    // Which look is the first is not known, so it is written until one sees a difference.
    let mut number = 0;
    loop {
        number += 1;
        folder.write("index.md", format!("# Start\n\nNew {number}.\n"));
        for _ in 0..50 {
            if server.get("/").text().contains("<p>New ") {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
