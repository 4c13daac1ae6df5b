//! What `read_file` says about files that are not there, not files, or not text.
#![cfg(feature = "parse")]

use std::path::{Path, PathBuf};

use keyway_manifest::parse::{CargoFacts, Source, parse_manifest, read_file, read_policy};

/// A folder of its own for one test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keyway-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("the file is writable");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn refusal(path: &Path) -> String {
    read_file(path, "plugins/a/plugin.toml").expect_err("it is refused").to_string()
}

/// A policy that says nothing allows nothing; a manifest that says nothing is none.
#[test]
fn a_policy_may_be_empty() {
    let folder = Folder::new("empty-policy");
    for text in ["", "\n", "# nothing is allowed\n"] {
        let file = folder.write("host.toml", text.as_bytes());
        assert_eq!(read_policy(&file, "host.toml").as_deref(), Ok(text));
        assert!(refusal(&file).starts_with("KW0103 "), "{text:?}");
    }
    assert!(read_policy(&folder.0.join("absent.toml"), "host.toml").is_err());
}

#[test]
fn a_misspelt_file_is_named() {
    let folder = Folder::new("misspelt");
    folder.write("plugins.toml", b"");
    folder.write("Cargo.toml", b"");
    let expected = "KW0101 file `plugins/a/plugin.toml` does not exist\n  --> plugins/a/plugin.toml\n  help: rename `plugins.toml` to `plugin.toml`, or correct the path";
    assert_eq!(refusal(&folder.0.join("plugin.toml")), expected);
}

#[test]
fn utf_16_is_recognised() {
    let folder = Folder::new("utf16");
    let bytes: Vec<u8> = "\u{feff}a = 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let text = refusal(&folder.write("plugin.toml", &bytes));
    assert!(
        text.starts_with("KW0104") && text.contains("byte 0xff at offset 0, line 1") && text.contains("the file is UTF-16"),
        "{text}"
    );
}

#[test]
fn a_file_of_exactly_64_kib_is_read() {
    let folder = Folder::new("size");
    let path = folder.write("plugin.toml", "x".repeat(65_536).as_bytes());
    assert_eq!(read_file(&path, "plugin.toml").map(|text| text.len()), Ok(65_536));
    let path = folder.write("plugin.toml", "x".repeat(65_537).as_bytes());
    assert!(refusal(&path).starts_with("KW0106"));
}

#[cfg(unix)]
#[test]
fn a_device_is_not_read() {
    let text = refusal(Path::new("/dev/zero"));
    assert!(text.starts_with("KW0102 file `plugins/a/plugin.toml` is not a regular file"), "{text}");
}

#[test]
fn a_location_in_the_binary_is_printable_and_short() {
    let line = format!("\tid\u{202e} = \"{}\"", "x".repeat(60_000));
    let location = Source::new(&line, "plugin.toml").place(&(1..3)).to_location();
    assert_eq!((location.line, location.column, location.width), (1, 2, 2));
    assert!(location.snippet.starts_with(" id\u{fffd} = ") && location.snippet.chars().count() < 100);
}

#[test]
fn cargo_facts_fill_what_the_manifest_leaves_out() {
    let facts = CargoFacts {
        package: "cms-plugin-a".into(),
        version: "0.3.0-rc.1+build".into(),
        description: "from Cargo".into(),
        authors: "A:B".into(),
        license: "MIT".into(),
        repository: "https://example.org".into(),
    };
    let head = "manifest-version = 1\n[plugin]\nid = \"a.b\"\nhost = \"^0.1\"\n";
    let descriptor = parse_manifest(head, "p", &facts, &[]).unwrap_or_else(|report| panic!("{report}")).descriptor();
    assert_eq!((descriptor.version.to_string().as_str(), descriptor.description), ("0.3.0-rc.1+build", "from Cargo"));
    assert_eq!((descriptor.package, descriptor.authors, descriptor.license), ("cms-plugin-a", "A:B", "MIT"));
    let overridden = format!("{head}version = \"2.0.0\"\ndescription = \"its own\"\n");
    let descriptor = parse_manifest(&overridden, "p", &facts, &[]).unwrap_or_else(|report| panic!("{report}")).descriptor();
    assert_eq!((descriptor.version.to_string().as_str(), descriptor.description), ("2.0.0", "its own"));
    let broken = CargoFacts { version: "1".into(), ..facts };
    let report = parse_manifest(head, "p", &broken, &[]).expect_err("Cargo's version is broken");
    assert!(report.to_string().starts_with("KW0124 the version `1` of Cargo.toml is not a version"), "{report}");
}

#[test]
fn config_comes_through_as_toml() {
    let text = "manifest-version = 1\n[plugin]\nid = \"a.b\"\nhost = \"*\"\n[config]\nwords = ['a\\b', \"c\\\"d\"]\nratio = 1.50\n\
        since = 2024-01-01\n\"odd key\" = true\nnested.deep = { x = 0x1F }\n[config.table]\ny = '''\nlong'''\n";
    let parsed = parse_manifest(text, "p", &CargoFacts { version: "1.0.0".into(), ..CargoFacts::default() }, &[]);
    let config = parsed.unwrap_or_else(|report| panic!("{report}")).descriptor().config_defaults;
    let expected = "words = [\"a\\\\b\", \"c\\\"d\"]\nratio = 1.50\nsince = 2024-01-01\n\"odd key\" = true\n\
        nested = { deep = { x = 0x1F } }\ntable = { y = \"long\" }\n";
    assert_eq!(config, expected);
}
