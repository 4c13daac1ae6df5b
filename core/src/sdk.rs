//! `sdk!`: how an SDK crate tells hosts its name and version, with which each plugin's `host` range is compared.

use keyway_manifest::{SdkInfo, Version};

/// Declares the crate an SDK: `pub const KEYWAY_SDK` with its name and version from Cargo.toml.
///
/// A host says `host! { sdk = my_sdk, … }`, and a plugin whose manifest asks for another version (`host = "^0.2"`) does not compile
/// into it. Stands once, at the root of the SDK.
///
/// ```
/// mod my_sdk {
///     keyway::sdk!();
/// }
/// assert_eq!(my_sdk::KEYWAY_SDK.name, env!("CARGO_PKG_NAME"));
/// ```
#[macro_export]
macro_rules! sdk {
    () => {
        /// The name and version of this SDK, for `keyway::host!`.
        pub const KEYWAY_SDK: $crate::manifest::SdkInfo = $crate::__private::sdk_info(
            ::core::env!("CARGO_PKG_NAME"),
            [
                ::core::env!("CARGO_PKG_VERSION_MAJOR"),
                ::core::env!("CARGO_PKG_VERSION_MINOR"),
                ::core::env!("CARGO_PKG_VERSION_PATCH"),
            ],
            ::core::env!("CARGO_PKG_VERSION_PRE"),
        );
    };
}

/// Puts together what Cargo says about an SDK; build metadata is left out, it takes no part in matching.
#[must_use]
pub const fn sdk_info(name: &'static str, release: [&str; 3], pre: &'static str) -> SdkInfo {
    let [major, minor, patch] = [number(release[0]), number(release[1]), number(release[2])];
    SdkInfo { name, version: Version { major, minor, patch, pre, build: "" } }
}

const fn number(text: &str) -> u64 {
    match u64::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("Cargo gives the parts of a version as numbers"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_parts_of_a_version() {
        let info = super::sdk_info("site-sdk", ["1", "20", "3"], "rc.1");
        assert_eq!(info.version.to_string(), "1.20.3-rc.1");
    }
}
