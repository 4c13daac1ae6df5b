//! Target tables of Cargo.toml (`[target.'cfg(unix)'.dependencies]`) as `cfg` predicates.

/// Predicates that rustc sets for a crate and Cargo does not know when it chooses dependencies.
const NOT_ABOUT_TARGETS: &[&str] = &["feature", "test", "debug_assertions", "proc_macro", "doc", "doctest"];

/// The `cfg` predicate of a target key: `cfg(unix)` gives `unix`, a triple gives its parts.
///
/// # Errors
/// A lowercase phrase saying why it cannot be one.
pub fn target_cfg(key: &str) -> Result<String, String> {
    let key = key.trim();
    let Some(predicate) = key.strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')')) else {
        return cfg_of_triple(key).ok_or_else(|| format!("the target `{key}` is not one that can be written as a `cfg`"));
    };
    let names = predicate.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '"'));
    match names.into_iter().find(|name| NOT_ABOUT_TARGETS.contains(name)) {
        Some(name) => Err(format!("Cargo does not look at `{name}` when it chooses the dependencies of a target")),
        None => Ok(predicate.trim().to_owned()),
    }
}

/// The `cfg` predicate that holds on exactly the target of a triple; `None` for triples whose parts are not known here.
#[must_use]
pub fn cfg_of_triple(triple: &str) -> Option<String> {
    let (arch, rest) = triple.split_once('-')?;
    let (arch, width) = match arch {
        "x86_64" | "aarch64" => (arch, 64),
        "riscv64gc" => ("riscv64", 64),
        "i686" => ("x86", 32),
        "wasm32" => (arch, 32),
        _ => return None,
    };
    let (vendor, os, env) = match rest {
        "unknown-linux-gnu" => ("unknown", "linux", "gnu"),
        "unknown-linux-musl" => ("unknown", "linux", "musl"),
        "linux-android" => ("unknown", "android", ""),
        "pc-windows-msvc" => ("pc", "windows", "msvc"),
        "pc-windows-gnu" => ("pc", "windows", "gnu"),
        "apple-darwin" => ("apple", "macos", ""),
        "apple-ios" => ("apple", "ios", ""),
        "unknown-freebsd" => ("unknown", "freebsd", ""),
        "unknown-netbsd" => ("unknown", "netbsd", ""),
        "unknown-openbsd" => ("unknown", "openbsd", ""),
        "unknown-unknown" => ("unknown", "unknown", ""),
        "wasip1" => ("unknown", "wasi", "p1"),
        "wasip2" => ("unknown", "wasi", "p2"),
        _ => return None,
    };
    Some(format!(
        "all(target_arch = \"{arch}\", target_pointer_width = \"{width}\", target_vendor = \"{vendor}\", target_os = \"{os}\", \
         target_env = \"{env}\", target_abi = \"\")"
    ))
}

#[cfg(test)]
mod tests {
    use super::{cfg_of_triple, target_cfg};

    #[test]
    fn takes_predicates_as_they_are() {
        assert_eq!(target_cfg("cfg(unix)").as_deref(), Ok("unix"));
        assert_eq!(
            target_cfg("cfg(all(unix, not(target_os = \"macos\")))").as_deref(),
            Ok("all(unix, not(target_os = \"macos\"))")
        );
        // A value that looks like a name is none.
        assert_eq!(target_cfg("cfg(target_vendor = \"test\")").as_deref(), Ok("target_vendor = \"test\""));
    }

    #[test]
    fn refuses_what_cargo_does_not_look_at() {
        for key in ["cfg(feature = \"x\")", "cfg(all(unix, debug_assertions))", "cfg(test)", "sparc-sun-solaris", "custom.json"] {
            assert!(target_cfg(key).is_err(), "{key}");
        }
    }

    #[test]
    fn writes_a_triple_by_its_parts() {
        let linux = cfg_of_triple("x86_64-unknown-linux-gnu").unwrap();
        assert!(linux.contains("target_env = \"gnu\"") && linux.contains("target_pointer_width = \"64\""), "{linux}");
        assert_eq!(cfg_of_triple("armv7-unknown-linux-gnueabihf"), None);
    }

    /// Every triple of the table, against what rustc says of it.
    #[test]
    fn the_parts_are_those_of_rustc() {
        let triples = [
            "x86_64-unknown-linux-gnu",
            "aarch64-unknown-linux-gnu",
            "riscv64gc-unknown-linux-gnu",
            "i686-unknown-linux-gnu",
            "x86_64-unknown-linux-musl",
            "aarch64-linux-android",
            "x86_64-pc-windows-msvc",
            "x86_64-pc-windows-gnu",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
            "aarch64-apple-ios",
            "x86_64-unknown-freebsd",
            "x86_64-unknown-netbsd",
            "x86_64-unknown-openbsd",
            "wasm32-unknown-unknown",
            "wasm32-wasip1",
            "wasm32-wasip2",
        ];
        for triple in triples {
            let printed = std::process::Command::new("rustc").args(["--print", "cfg", "--target", triple]).output().unwrap();
            let printed = String::from_utf8(printed.stdout).unwrap();
            let predicate = cfg_of_triple(triple).unwrap();
            let parts = predicate.strip_prefix("all(").unwrap().strip_suffix(')').unwrap();
            for part in parts.split(", ") {
                assert!(printed.lines().any(|line| line == part.replace(" = ", "=")), "{triple}: {part}\n{printed}");
            }
        }
    }
}
