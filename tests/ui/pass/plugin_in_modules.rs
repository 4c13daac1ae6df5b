//! Several plugins of one crate, each in a module of its own; the census knows them all.

include!("../plugin.rs");

plugin!(clock, "manifest-version = 1\n[plugin]\nid = \"site.clock\"\nhost = \"*\"");
plugin!(calendar, "manifest-version = 1\n[plugin]\nid = \"site.calendar\"\nhost = \"*\"");

keyway::host! { policy = grant_requested, plugins = [clock, calendar] }

fn main() {
    let census = keyway::Census::take(&plugins());
    assert!(census.is_clean(), "{census}");
}
