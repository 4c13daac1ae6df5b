//! Shows what a library says about its plugin and itself, without running any of its code:
//! `cargo run -p keyway-native --example record -- target/release/libcms_plugin_search.so`
#![allow(clippy::print_stdout, reason = "it is what the program is for")]

use std::error::Error;

use keyway_native::{Sealed, read_record};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a library")?;
    let record = read_record(&Sealed::from_bytes(&std::fs::read(&path)?, &path)?)?;
    let (build, package) = (record.build(), record.package());
    println!("{} {}, a record of {} bytes", package.package, package.version, record.bytes().len());
    println!("rustc {} ({}) for {}", build.rustc, build.commit, build.target);
    println!("keyway {}, panic: {:?}, allocator: {:?}", build.keyway, build.panic, build.allocator);
    for sdk in record.sdks() {
        println!("{} {}: {}", sdk.name, sdk.version, if sdk.digest.is_empty() { "unknown" } else { &sdk.digest });
    }
    for point in record.points() {
        println!("{:?} {} {}", point.role, point.id, point.version);
    }
    for event in record.events() {
        println!("{:?} {} {}", event.role, event.topic, event.version);
    }
    println!("\n{}", record.manifest());
    let plugin = record.descriptor()?;
    println!("{} fits its manifest: {} extensions, {} permissions", plugin.id, plugin.extensions.len(), plugin.permissions.len());
    Ok(())
}
