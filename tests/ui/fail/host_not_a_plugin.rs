//! A module of the list holds no plugin.

mod clock {}

keyway::host! { policy = grant_requested, plugins = [clock] }

fn main() {
    let _ = plugins();
}
