//! Notes from which versions of which crates the SDK is built, for hosts that load plugins as libraries.

fn main() {
    keyway_build::sdk();
}
