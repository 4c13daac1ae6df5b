//! How both sides were built: the compiler, the target, panics, the allocator, `keyway`.

use keyway_manifest::record::{Allocator, BuildFacts, DifferenceKind, HostFacts, PanicStrategy};

use super::{HOST, built, on_its_page, refuses, verdict};
use crate::sample::{BUILD, PARTS};

#[test]
fn another_compiler() {
    let text = refuses(
        &built(BuildFacts { rustc: "1.96.0", commit: "0ba9c1f7e", ..BUILD }),
        DifferenceKind::Compiler,
        &[
            "  KW0707 the library was built by another compiler",
            "            host                                      plugin",
            "    rustc   1.95.0                                    1.96.0",
            "    commit  59807616e1dab4a6ac8c6f8a6d1a1ee1cb1c4a6e  0ba9c1f7e",
            "    each compiler is free to lay types out and to call functions in its own way",
            "    help: build the plugin with the compiler of the program: `cargo +1.95.0 rustc --release -p cms-plugin-clock --lib \
             --crate-type cdylib -- --cfg keyway_native`",
        ],
    );
    on_its_page(DifferenceKind::Compiler, &text);
}

#[test]
fn another_target() {
    let text = refuses(
        &built(BuildFacts { target: "x86_64-unknown-linux-musl", ..BUILD }),
        DifferenceKind::Target,
        &[
            "  KW0708 the library was built for another target",
            "            host                      plugin",
            "    target  x86_64-unknown-linux-gnu  x86_64-unknown-linux-musl",
            "    targets differ in the C library they call and in how functions are called",
            "    help: build it for the target of the program: `cargo rustc --release --target x86_64-unknown-linux-gnu -p \
             cms-plugin-clock --lib --crate-type cdylib -- --cfg keyway_native`",
        ],
    );
    on_its_page(DifferenceKind::Target, &text);
}

#[test]
fn a_panic_that_ends_the_process_on_either_side() {
    let aborting = BuildFacts { panic: PanicStrategy::Abort, ..BUILD };
    let text = refuses(
        &built(aborting),
        DifferenceKind::Panic,
        &[
            "  KW0709 a panic would end the process",
            "           host    plugin",
            "    panic  unwind  abort",
            "    the first panic of a plugin would take the program and all other plugins with it",
            "    help: take `panic = \"abort\"` out of the plugin's profile in Cargo.toml and build it again",
        ],
    );
    on_its_page(DifferenceKind::Panic, &text);
    let text = verdict(&HostFacts { build: aborting, ..HOST }, PARTS).to_string();
    assert!(text.contains("panic  abort  unwind") && text.contains("out of the program's profile"), "{text}");
}

#[test]
fn an_allocator_of_its_own() {
    let text = refuses(
        &built(BuildFacts { allocator: Allocator::Own, ..BUILD }),
        DifferenceKind::Allocator,
        &[
            "  KW0710 the library has a global allocator of its own",
            "               host           plugin",
            "    allocator  the program's  its own",
            "    memory that one side gives out and the other frees would be freed by the wrong allocator",
            "    help: take `#[global_allocator]` out of the plugin and what it depends on, and build it with `--cfg keyway_native`: \
             `cargo rustc --release -p cms-plugin-clock --lib --crate-type cdylib -- --cfg keyway_native`",
        ],
    );
    on_its_page(DifferenceKind::Allocator, &text);
}

#[test]
fn another_version_of_keyway_that_breaks() {
    let text = refuses(
        &built(BuildFacts { keyway: "0.2.0", ..BUILD }),
        DifferenceKind::Keyway,
        &[
            "  KW0711 the library was built with another version of `keyway`",
            "            host   plugin",
            "    keyway  0.1.0  0.2.0",
            "    what host and plugin say to each other changed between them",
            "    help: `cargo update -p keyway --precise 0.1.0`, or name that version in Cargo.toml, and build the plugin again",
        ],
    );
    on_its_page(DifferenceKind::Keyway, &text);
}

#[test]
fn what_does_no_harm_is_noted_and_what_is_unknown_never_refuses() {
    let noted = verdict(&HOST, &built(BuildFacts { keyway: "0.1.9", debug_assertions: true, ..BUILD }));
    let expected = "the library of `cms-plugin-clock 1.2.0` fits this program\n  \
                    note: the program has `keyway 0.1.0`, and the library `keyway 0.1.9`\n  \
                    note: the program is built without debug assertions, and the library with them";
    assert_eq!(noted.to_string(), expected);
    let unknown = verdict(&HOST, &built(BuildFacts::UNKNOWN));
    assert!(unknown.fits(), "{unknown}");
    assert_eq!(unknown.unknown().len(), 5, "{unknown}");
    let of_host = verdict(&HostFacts { build: BuildFacts::UNKNOWN, ..HOST }, PARTS);
    assert!(of_host.fits() && of_host.unknown().len() > 4, "{of_host}");
}
