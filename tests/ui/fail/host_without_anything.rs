//! `host!` is empty, and Cargo.toml says nothing about plugins.

keyway::host! {  }

fn main() {
    let _ = plugins();
}
