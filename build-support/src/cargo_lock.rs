//! What Cargo.lock says of the packages that come from a registry.

use toml::de::DeTable;

/// The checksum of a package, 64 hexadecimal digits, as the text of a Cargo.lock has it; `None` when it has none for this name, version and
/// source. `source` is in Cargo's words, for example `registry+https://…`.
#[must_use]
pub fn registry_checksum(cargo_lock: &str, name: &str, version: &str, source: &str) -> Option<String> {
    let table = DeTable::parse(cargo_lock).ok()?.into_inner();
    let packages = table.get("package")?.get_ref().as_array()?;
    packages.iter().find_map(|package| {
        let package = package.get_ref().as_table()?;
        let text = |key: &str| package.get(key)?.get_ref().as_str();
        let is_it = text("name") == Some(name) && text("version") == Some(version) && text("source") == Some(source);
        text("checksum").filter(|_| is_it).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_of_that_version_and_source_counts() {
        let package = |version: &str, source: &str, checksum: &str| {
            format!("[[package]]\nname = \"feed\"\nversion = \"{version}\"\nsource = \"{source}\"\nchecksum = \"{checksum}\"\n\n")
        };
        let text = [
            "version = 4\n\n",
            &package("1.0.0", "registry+a", "aa"),
            &package("1.0.0", "registry+b", "bb"),
            "[[package]]\nname = \"own\"\nversion = \"1.0.0\"\n",
        ]
        .concat();
        assert_eq!(registry_checksum(&text, "feed", "1.0.0", "registry+b").as_deref(), Some("bb"));
        assert_eq!(registry_checksum(&text, "feed", "1.0.1", "registry+b"), None);
        assert_eq!(registry_checksum(&text, "own", "1.0.0", "registry+a"), None);
        assert_eq!(registry_checksum("no lock", "feed", "1.0.0", "registry+a"), None);
    }
}
