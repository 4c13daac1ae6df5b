//! Only here because Cargo asks for a build script where `links` is set.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
