//! docs/cli.md shows what the program says: each `<!-- run: cargo keyway … -->` is run on the reference host, and the block after it is
//! its answer. `KEYWAY_UPDATE=1` writes the blocks anew.

use std::path::Path;

use crate::sandbox::Sandbox;

/// The lines of a block that are shown of a long answer end with this one.
const CUT: &str = "…";

#[test]
fn the_guide_shows_what_the_program_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in a folder of the workspace");
    let file = root.join("docs/cli.md");
    let page = std::fs::read_to_string(&file).expect("the guide has the chapter");
    let sandbox = Sandbox::empty();
    let (mut fresh, mut runs) = (String::new(), 0);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        fresh.push_str(line);
        fresh.push('\n');
        let Some(command) = line.strip_prefix("<!-- run: cargo keyway ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        runs += 1;
        let fence = lines.next().unwrap_or_default();
        assert!(fence.starts_with("```"), "`{line}` is not followed by a block");
        let shown: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let mut arguments: Vec<&str> = command.split(' ').collect();
        let host = root.join("host-app");
        let host = host.to_string_lossy();
        arguments.extend(["--manifest-path", &host]);
        let ran = sandbox.run(&arguments);
        let answer = format!("$ cargo keyway {command}\n{}{}", ran.stdout(), ran.stderr());
        let answer: Vec<&str> = answer.lines().collect();
        // A long answer is cut where the page cuts it.
        let cut = shown.last() == Some(&CUT);
        let kept = if cut { (shown.len() - 1).min(answer.len()) } else { answer.len() };
        fresh.push_str(&format!("{fence}\n{}\n{}```\n", answer[..kept].join("\n"), if cut { "…\n" } else { "" }));
    }
    if std::env::var_os("KEYWAY_UPDATE").is_some() {
        std::fs::write(&file, &fresh).expect("the guide can be written");
        return;
    }
    assert!(fresh == page, "docs/cli.md is not fresh: KEYWAY_UPDATE=1 cargo test -p cargo-keyway --test it guide\n{fresh}");
    assert!(runs >= 10, "docs/cli.md shows {runs} runs");
}
