//! The same calls through abi_stable, with its trait objects and async-ffi, which it goes with, for the future.
#![expect(non_local_definitions, reason = "what `sabi_trait` writes")]

use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RBox, RStr, RString};
use abi_stable::{StableAbi, declare_root_module_statics, export_root_module, sabi_extern_fn, sabi_trait};
use async_ffi::{BorrowingFfiFuture, FutureExt};
use keyway_benches_sdk::digest;

/// The trait, as abi_stable wants it.
#[sabi_trait]
pub trait Object: Send + Sync {
    /// Answers a number about the text.
    fn scan(&self, text: RStr<'_>) -> u64;

    /// Answers the text once more.
    fn echo(&self, text: RStr<'_>) -> RString;

    /// Answers a number in a future.
    #[sabi(last_prefix_field)]
    fn fetch<'a>(&'a self, text: RStr<'a>) -> BorrowingFfiFuture<'a, u64>;
}

/// The trait object.
pub type Boxed = Object_TO<'static, RBox<()>>;

/// What the library offers.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ModuleRef)))]
#[sabi(missing_field(panic))]
pub struct Module {
    /// Makes the object.
    #[sabi(last_prefix_field)]
    pub object: extern "C" fn() -> Boxed,
}

impl RootModule for ModuleRef {
    declare_root_module_statics! {ModuleRef}

    const BASE_NAME: &'static str = "keyway_benches_abi_stable";
    const NAME: &'static str = "keyway_benches_abi_stable";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

struct Measured {
    salt: u64,
}

impl Object for Measured {
    fn scan(&self, text: RStr<'_>) -> u64 {
        digest(self.salt, text.as_str())
    }

    fn echo(&self, text: RStr<'_>) -> RString {
        RString::from(text.as_str())
    }

    fn fetch<'a>(&'a self, text: RStr<'a>) -> BorrowingFfiFuture<'a, u64> {
        async move { digest(self.salt, text.as_str()) }.into_ffi()
    }
}

#[export_root_module]
fn module() -> ModuleRef {
    Module { object }.leak_into_prefix()
}

#[sabi_extern_fn]
fn object() -> Boxed {
    Object_TO::from_value(Measured { salt: 7 }, abi_stable::sabi_trait::TD_Opaque)
}
