//! When the compiler's numbers of two types say something about them.
//!
//! Two images know a type by the same number when the crate that declares it was compiled in the same way for both. For a crate of a
//! registry that is so when its version, its features and the profile are the same. The crates of a workspace have other numbers in
//! each workspace, so that a difference means nothing there.

use core::any::TypeId;

/// The bytes of a number as they lie in memory; `None` when the standard library shows them in a way that is not known here.
pub(crate) fn bytes(id: TypeId) -> Option<[u8; 16]> {
    let shown = format!("{id:?}");
    let digits = shown.strip_prefix("TypeId(0x")?.strip_suffix(')')?;
    u128::from_str_radix(digits, 16).ok().map(u128::to_ne_bytes)
}

/// Whether the number of a type may differ though the type is the same: a crate of `keyway`, or one of the packages given, is in its full
/// name.
pub(super) fn is_local(type_name: &str, packages: &[String]) -> bool {
    crates(type_name).any(|one| one == "keyway" || one.starts_with("keyway_") || packages.iter().any(|package| package == one))
}

/// The crate in the full name of a type that a reader may change: the first that is not the standard library's.
pub(super) fn declaring_crate(type_name: &str) -> &str {
    let all = || crates(type_name);
    all().find(|one| !matches!(*one, "core" | "alloc" | "std")).or_else(|| all().next()).unwrap_or(type_name)
}

/// The crates in the full name of a type.
fn crates(type_name: &str) -> impl Iterator<Item = &str> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    type_name.match_indices("::").filter_map(move |(at, _)| {
        let before = &type_name[..at];
        let start = before.rfind(|character| !is_part(character)).map_or(0, |last| last + 1);
        // What another path goes on with is no crate.
        (start < at && !before[..start].ends_with(':')).then(|| &before[start..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_number_are_known() {
        let (text, file) = (bytes(TypeId::of::<String>()).unwrap(), bytes(TypeId::of::<std::fs::File>()).unwrap());
        assert_ne!(text, file);
        assert_ne!(text, [0; 16]);
    }

    #[test]
    fn the_crates_of_a_type() {
        for (name, expected) in [
            ("u16", &[][..]),
            ("http::request::Request<()>", &["http"]),
            ("http::request::Request<site_sdk::body::Body>", &["http", "site_sdk"]),
            (
                "dyn core::ops::function::Fn(&site_sdk::Page) -> alloc::string::String + core::marker::Send",
                &["core", "site_sdk", "alloc", "core"],
            ),
            ("<a::B as c::D>::E", &["a", "c"]),
        ] {
            assert_eq!(crates(name).collect::<Vec<_>>(), expected, "{name}");
        }
        assert_eq!(declaring_crate("alloc::vec::Vec<http::Request<bytes::Bytes>>"), "http");
        assert_eq!(declaring_crate("std::fs::File"), "std");
        assert!(is_local("http::Request<site_sdk::Body>", &["site_sdk".to_owned()]));
        assert!(is_local("keyway_manifest::Version", &[]));
        assert!(!is_local("http::Request<keyways::Body>", &["site_sdk".to_owned()]));
    }
}
