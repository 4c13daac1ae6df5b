//! Notes from which versions of which crates the SDK is built.

fn main() {
    keyway_build::sdk();
}
