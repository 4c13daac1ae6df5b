//! keyway-cms over real connections: each test serves a folder of its own on a free loopback port and asks it.
//!
//! The tests follow the features of the build: what needs a plugin that is not in it is left out.

mod access;
mod around_requests;
mod background;
mod client;
mod command_line;
mod comments;
mod documents;
mod editing;
mod extras;
mod failing_steps;
mod fault;
mod folder;
#[cfg(feature = "gemini")]
mod gemini;
mod grants;
mod hostile_content;
mod life;
mod link_check;
#[cfg(feature = "live-reload")]
mod live_reload;
mod lock;
// What is compared is the default site, without what else there is.
#[cfg(any(all(feature = "site", feature = "storage-files", not(feature = "auth")), not(feature = "content")))]
mod native;
mod protocol;
mod records;
mod requests;
mod response_headers;
mod served;
mod sign_in;
mod site;
mod visitor;
mod webhooks;
mod websocket;

/// Cargo does not tell of a file that no `mod` names; its tests would never run.
#[test]
fn every_file_is_named() {
    let this = include_str!("main.rs");
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")).expect("the tests' folder");
    for file in folder {
        let name = file.expect("a file").file_name().into_string().expect("a text name");
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || this.contains(&format!("\nmod {module};\n")), "add `mod {module};` to tests/it/main.rs");
    }
}
