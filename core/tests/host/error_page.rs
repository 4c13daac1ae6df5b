//! Every code of the host has its page, and every page its code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn codes_in(text: &str) -> impl Iterator<Item = String> {
    let starts = text.match_indices("KW0").map(|(at, _)| at);
    let codes = starts.filter_map(|at| text.get(at..at + 6)).filter(|code| code.starts_with("KW05") || code.starts_with("KW06"));
    codes.filter(|code| code[2..].bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn read_sources(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, codes);
        } else {
            codes.extend(codes_in(&fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn codes_and_pages_match() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    read_sources(&root.join("src"), &mut codes);
    let pages = root.join("../docs/errors");
    let names = fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let documented: BTreeSet<_> = names.filter_map(|name| codes_in(&name).next()).collect();
    assert!(codes.len() > 20, "{codes:?}");
    assert_eq!(codes, documented);
    for code in codes {
        let page = fs::read_to_string(pages.join(format!("{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        assert!(page.contains("\n## How to mend it\n"), "{code}");
        assert!(
            page.lines().skip(1).any(|line| line.trim_start().starts_with(&code)) || page.contains(&format!("\n{code} ")),
            "{code} shows its message"
        );
    }
}
