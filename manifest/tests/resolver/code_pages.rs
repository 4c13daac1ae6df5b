//! Codes, titles and pages agree.

use std::collections::BTreeSet;

use keyway_manifest::CODES;

fn pages() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors")
}

#[test]
fn every_code_has_a_page_with_its_title() {
    for (code, name, title) in CODES {
        assert_eq!(code.as_str(), *name, "the table stands in the order of the variants");
        assert_eq!(code.title(), *title);
        let page = std::fs::read_to_string(pages().join(format!("{name}.md")))
            .unwrap_or_else(|err| panic!("write docs/errors/{name}.md with the title `# {name}: {title}`: {err}"));
        assert_eq!(page.lines().next(), Some(format!("# {name}: {title}").as_str()), "the title of docs/errors/{name}.md");
        assert!(page.contains("## How to mend it"), "docs/errors/{name}.md says how to mend it");
    }
}

#[test]
fn every_page_of_the_range_has_a_code() {
    let known: BTreeSet<String> =
        CODES.iter().filter(|code| code.1.starts_with("KW03")).map(|code| format!("{}.md", code.1)).collect();
    let written: BTreeSet<String> = std::fs::read_dir(pages())
        .expect("docs/errors is a folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("KW03"))
        .collect();
    assert_eq!(written, known);
}

#[test]
fn codes_ascend() {
    assert!(CODES.windows(2).all(|pair| pair[0].1 < pair[1].1 && pair[0].0 < pair[1].0));
}
