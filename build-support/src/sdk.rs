//! What an SDK was built from: the exact version of each crate below it, for hosts that load plugins as libraries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use toml::de::{DeTable, DeValue};

use crate::environment::Environment;
use crate::output;

/// The variable that the macros of `keyway` read while the SDK compiles.
const VARIABLE: &str = "KEYWAY_SDK_DEPENDENCIES";

/// Notes from which versions of which crates the SDK is built. Call it in the SDK's build script:
///
/// ```no_run
/// keyway_build::sdk();
/// ```
///
/// It reads the Cargo.lock of the workspace that is being built, which it looks for above `OUT_DIR`: that of the SDK's own folder says
/// nothing when the SDK comes from a registry. Where there is none with this package in it, because the target folder lies elsewhere,
/// the versions are unknown. That is no mistake: a host then cannot say which crate made a layout differ, and compares the layouts
/// all the same.
///
/// Crates that only a build script or a test of the SDK needs do not count; neither do sources, which name places.
pub fn sdk() {
    let lines = examine(&Environment::of_this_process());
    output::print(&lines);
}

/// The lines for Cargo.
fn examine(environment: &Environment) -> Vec<String> {
    let text = |name| environment.path(name).and_then(|value| value.to_str().map(str::to_owned)).unwrap_or_default();
    let package = Package { name: text("CARGO_PKG_NAME"), version: text("CARGO_PKG_VERSION") };
    let manifest = environment.path("CARGO_MANIFEST_DIR").map(|folder| folder.join("Cargo.toml")).unwrap_or_default();
    let mut lines = vec![output::rerun(&manifest)];
    let lock = environment.path("OUT_DIR").and_then(|folder| find_lock(&folder, &package));
    if let Some((file, lock)) = lock {
        lines.push(output::rerun(&file));
        let aside = read_bounded_text(&manifest, LARGEST_TEXT).map(|text| only_aside(&text)).unwrap_or_default();
        let versions = lock.below(&package, &aside);
        let versions: Vec<String> = versions.into_iter().map(|Package { name, version }| format!("{name} {version}")).collect();
        lines.push(format!("cargo::rustc-env={VARIABLE}={}", versions.join(";")));
    }
    lines
}

/// One package of a Cargo.lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
}

/// What a Cargo.lock says: the packages that each needs.
struct Lock(BTreeMap<Package, Vec<Package>>);

/// The nearest Cargo.lock above a folder that has the package.
fn find_lock(folder: &Path, package: &Package) -> Option<(PathBuf, Lock)> {
    folder.ancestors().find_map(|folder| {
        let file = folder.join("Cargo.lock");
        let lock = Lock::parse(&read_bounded_text(&file, LARGEST_TEXT).ok()?)?;
        lock.0.contains_key(package).then_some((file, lock))
    })
}

impl Lock {
    /// Reads the text of a Cargo.lock; `None` when it is none.
    fn parse(text: &str) -> Option<Self> {
        let table = DeTable::parse(text).ok()?.into_inner();
        let entries = table.get("package")?.get_ref().as_array()?;
        let mut packages = BTreeMap::new();
        for entry in entries {
            let entry = entry.get_ref().as_table()?;
            let word = |key: &str| Some(entry.get(key)?.get_ref().as_str()?.to_owned());
            let needs = match entry.get("dependencies") {
                Some(list) => {
                    list.get_ref().as_array()?.iter().filter_map(|need| need.get_ref().as_str()).map(str::to_owned).collect()
                }
                None => Vec::new(),
            };
            packages.insert(Package { name: word("name")?, version: word("version")? }, needs);
        }
        let resolved = packages.iter().map(|(package, needs)| {
            let needs = needs.iter().filter_map(|need| resolve(need, packages.keys()));
            (package.clone(), needs.collect())
        });
        Some(Self(resolved.collect()))
    }

    /// All that a package needs, and what those need, sorted; `aside` are names of which the package itself needs none.
    fn below(&self, package: &Package, aside: &BTreeSet<String>) -> BTreeSet<Package> {
        let needs = |package: &Package| self.0.get(package).into_iter().flatten();
        let mut next: Vec<&Package> = needs(package).filter(|need| !aside.contains(&need.name)).collect();
        let mut found = BTreeSet::new();
        while let Some(one) = next.pop() {
            if found.insert(one.clone()) {
                next.extend(needs(one));
            }
        }
        found.remove(package);
        found
    }
}

/// The package that an entry of `dependencies` means: `name`, with its version where there are several, with its source where that is
/// needed too.
fn resolve<'a>(need: &str, mut packages: impl Iterator<Item = &'a Package>) -> Option<Package> {
    let mut words = need.split(' ');
    let (name, version) = (words.next()?, words.next());
    packages.find(|package| package.name == name && version.is_none_or(|version| package.version == version)).cloned()
}

/// The packages that a Cargo.toml names for its build script and its tests alone.
fn only_aside(manifest: &str) -> BTreeSet<String> {
    let Ok(table) = DeTable::parse(manifest) else { return BTreeSet::new() };
    let (mut aside, mut needed) = (BTreeSet::new(), BTreeSet::new());
    let targets = table.get_ref().get("target").and_then(|targets| targets.get_ref().as_table());
    let targets = targets.into_iter().flat_map(|targets| targets.iter()).filter_map(|(_, target)| target.get_ref().as_table());
    for table in [table.get_ref()].into_iter().chain(targets) {
        needed.extend(names(table, "dependencies"));
        aside.extend(["dev-dependencies", "build-dependencies"].into_iter().flat_map(|kind| names(table, kind)));
    }
    aside.difference(&needed).cloned().collect()
}

/// The packages of one table of dependencies, under their own names.
fn names(table: &DeTable<'_>, kind: &str) -> Vec<String> {
    let Some(dependencies) = table.get(kind).and_then(|entry| entry.get_ref().as_table()) else { return Vec::new() };
    let name = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| {
        let renamed = value.get_ref().get("package").and_then(|package| package.get_ref().as_str().map(str::to_owned));
        renamed.unwrap_or_else(|| key.get_ref().to_string())
    };
    dependencies.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = "bytes"
version = "1.11.0"
source = "registry+https://example.org/index"
checksum = "00"

[[package]]
name = "http"
version = "1.4.0"
dependencies = ["bytes", "itoa 1.0.15"]

[[package]]
name = "itoa"
version = "0.4.8"

[[package]]
name = "itoa"
version = "1.0.15"

[[package]]
name = "site-sdk"
version = "0.2.0"
dependencies = ["http", "tester", "itoa 0.4.8 (registry+https://example.org/index)"]

[[package]]
name = "tester"
version = "3.0.0"
dependencies = ["site-sdk"]
"#;

    fn package(name: &str, version: &str) -> Package {
        Package { name: name.to_owned(), version: version.to_owned() }
    }

    fn environment(folder: &Path) -> Environment {
        let values = [
            ("CARGO_PKG_NAME", "site-sdk".into()),
            ("CARGO_PKG_VERSION", "0.2.0".into()),
            ("CARGO_MANIFEST_DIR", folder.join("sdk").into_os_string()),
            ("OUT_DIR", folder.join("workspace/target/debug/build/site-sdk-1/out").into_os_string()),
        ];
        Environment::from_vars(values.into_iter().map(|(name, value): (&str, std::ffi::OsString)| (name.into(), value)))
    }

    /// A workspace without a Cargo.lock, and an SDK beside it.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("keyway-build-sdk-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("workspace/target/debug/build/site-sdk-1/out")).unwrap();
        std::fs::create_dir_all(folder.join("sdk")).unwrap();
        let manifest = "[dependencies]\nhttp = '1'\nitoa = '0.4'\n[dev-dependencies]\ntest = { package = 'tester', version = '3' }\nitoa = '0.4'\n";
        std::fs::write(folder.join("sdk/Cargo.toml"), manifest).unwrap();
        folder
    }

    #[test]
    fn each_crate_below_the_sdk_is_listed_with_its_version() {
        let lock = Lock::parse(LOCK).unwrap();
        let below = lock.below(&package("site-sdk", "0.2.0"), &BTreeSet::from(["tester".to_owned()]));
        let expected = [("bytes", "1.11.0"), ("http", "1.4.0"), ("itoa", "0.4.8"), ("itoa", "1.0.15")];
        assert_eq!(below, expected.map(|(name, version)| package(name, version)).into());
    }

    #[test]
    fn a_ring_through_a_test_ends() {
        let lock = Lock::parse(LOCK).unwrap();
        assert_eq!(lock.below(&package("site-sdk", "0.2.0"), &BTreeSet::new()).len(), 5);
    }

    #[test]
    fn the_lock_file_of_the_build_is_told_to_the_macros() {
        let folder = folder("found");
        std::fs::write(folder.join("workspace/Cargo.lock"), LOCK).unwrap();
        let lines = examine(&environment(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(lines[0], format!("cargo::rerun-if-changed={}", folder.join("sdk/Cargo.toml").display()));
        assert_eq!(lines[1], format!("cargo::rerun-if-changed={}", folder.join("workspace/Cargo.lock").display()));
        assert_eq!(lines[2], "cargo::rustc-env=KEYWAY_SDK_DEPENDENCIES=bytes 1.11.0;http 1.4.0;itoa 0.4.8;itoa 1.0.15");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn without_a_lock_file_that_knows_the_sdk_nothing_is_guessed() {
        let folder = folder("unknown");
        for lock in [None, Some("version = 4\n"), Some("not toml ["), Some(&*LOCK.replace("0.2.0", "0.3.0"))] {
            if let Some(lock) = lock {
                std::fs::write(folder.join("workspace/Cargo.lock"), lock).unwrap();
            }
            assert_eq!(examine(&environment(&folder)).len(), 1, "{lock:?}");
        }
        // That of the SDK's own folder is another build's.
        std::fs::write(folder.join("sdk/Cargo.lock"), LOCK).unwrap();
        assert_eq!(examine(&environment(&folder)).len(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
