//! `[native]` of the policy is compiled in; rules may be about plugins that come as libraries.

include!("../plugin.rs");

plugin!(clock, r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy_text = r#"
[native]
checksums = "required"
undefined-symbols = "check"
unload = "try"
probe = true
generations = 4
file-size = "8MiB"
files = 10

[native.publisher."Acme"]
keys = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]
ids = ["acme.*"]

[plugin."acme.feed".permissions]
allow = { "http.routes" = ["/feed.xml"] }
"#, plugins = [clock] }

fn main() {
    use keyway::manifest::{Checksums, UndefinedSymbols, Unload};

    let native = plugins().policy.native.unwrap();
    assert!(native.require_signature && native.probe);
    assert_eq!(native.checksums, Checksums::Required);
    assert_eq!(native.undefined_symbols, UndefinedSymbols::Check);
    assert_eq!(native.unload, Unload::Try);
    assert_eq!((native.generations, native.file_size, native.files), (4, 8 << 20, 10));
    let [acme] = native.publishers else { panic!("one publisher was written") };
    assert_eq!((acme.name, acme.ids, acme.keys.len()), ("Acme", &["acme.*"][..], 1));
}
