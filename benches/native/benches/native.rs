//! One call of one plugin: linked, as a library, and through what else one would load a library with; all in one run.
#![expect(unsafe_code, reason = "what libloading and stabby find in a library is called on trust")]

use std::hint::black_box;
use std::process::ExitCode;

use abi_stable::library::lib_header_from_path;
use abi_stable::std_types::RStr;
use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::runtime::ready;
use keyway_benches::work::TEXT;
use keyway_benches_abi_stable::{Boxed as AbiStable, ModuleRef};
use keyway_benches_bare::{ByHand, keyway_benches_bare_object as object_by_hand};
use keyway_benches_native::built::{extensions, peer};
use keyway_benches_native::hosts::{linked, loaded, start};
use keyway_benches_sdk::{Await, Look};
use keyway_benches_stabby::{Boxed as Stabby, ObjectDyn as _};
use libloading::Library;
use stabby::libloading::StabbyLibrary as _;

fn main() -> ExitCode {
    run(&[
        Group { name: "one synchronous call, a number out", add: numbers },
        Group { name: "one synchronous call, a text of 13 bytes out", add: texts },
        Group { name: "one async call, ready at once", add: futures },
    ])
}

fn numbers(meter: &mut Meter<'_>) {
    let by_hand: &'static dyn ByHand = Box::leak(object_by_hand());
    meter.subject("`&dyn` by hand, linked", move || black_box(by_hand).scan(black_box(TEXT)));
    let guard = start(linked()).extensions::<dyn Look>()[0].clone();
    meter.subject("keyway: linked, guarded", move || black_box(&guard).scan(black_box(TEXT)));
    let guard = start(loaded(&extensions(None))).extensions::<dyn Look>()[0].clone();
    meter.subject("keyway: library, guarded", move || black_box(&guard).scan(black_box(TEXT)));

    let function = bare_function();
    meter.subject("libloading: a C function", move || {
        let text = black_box(TEXT);
        // SAFETY: it is the function of this signature, and the text is as long as it says.
        unsafe { black_box(function)(black_box(7), text.as_ptr(), text.len()) }
    });
    let object = bare_object();
    meter.subject("libloading: `Box<dyn>` of the same compiler", move || black_box(object).scan(black_box(TEXT)));
    let object = abi_stable_object();
    meter.subject("abi_stable", move || black_box(object).scan(RStr::from_str(black_box(TEXT))));
    let object = stabby_object();
    meter.subject("stabby", move || black_box(object).scan(black_box(TEXT).into()));
}

fn texts(meter: &mut Meter<'_>) {
    let by_hand: &'static dyn ByHand = Box::leak(object_by_hand());
    meter.subject("`&dyn` by hand, linked", move || black_box(by_hand).echo(black_box(TEXT)));
    let guard = start(linked()).extensions::<dyn Look>()[0].clone();
    meter.subject("keyway: linked, guarded", move || black_box(&guard).echo(black_box(TEXT)));
    let guard = start(loaded(&extensions(None))).extensions::<dyn Look>()[0].clone();
    meter.subject("keyway: library, guarded", move || black_box(&guard).echo(black_box(TEXT)));

    let object = bare_object();
    meter.subject("libloading: `Box<dyn>` of the same compiler", move || black_box(object).echo(black_box(TEXT)));
    let object = abi_stable_object();
    meter.subject("abi_stable", move || black_box(object).echo(RStr::from_str(black_box(TEXT))));
    let object = stabby_object();
    meter.subject("stabby", move || black_box(object).echo(black_box(TEXT).into()));
}

fn futures(meter: &mut Meter<'_>) {
    let by_hand: &'static dyn ByHand = Box::leak(object_by_hand());
    meter.subject("boxed future by hand, linked", move || ready(black_box(by_hand).fetch(black_box(TEXT))));
    let guard = start(linked()).extensions::<dyn Await>()[0].clone();
    meter.subject("keyway: linked, guarded, deadline of 2 s", move || ready(black_box(&guard).fetch(black_box(TEXT))));
    let guard = start(loaded(&extensions(None))).extensions::<dyn Await>()[0].clone();
    meter.subject("keyway: library, guarded, deadline of 2 s", move || ready(black_box(&guard).fetch(black_box(TEXT))));

    let object = bare_object();
    meter.subject("libloading: boxed future of the same compiler", move || ready(black_box(object).fetch(black_box(TEXT))));
    let object = abi_stable_object();
    meter.subject("abi_stable with async-ffi", move || ready(black_box(object).fetch(RStr::from_str(black_box(TEXT)))));
    let object = stabby_object();
    meter.subject("stabby", move || ready(black_box(object).fetch(black_box(TEXT).into())));
}

type Function = unsafe extern "C" fn(u64, *const u8, usize) -> u64;

fn library(name: &str) -> &'static Library {
    // SAFETY: it was built along with this bench, and has no constructors but those of the standard library.
    let library = unsafe { Library::new(peer(name)) }.expect("the library was built");
    Box::leak(Box::new(library))
}

fn bare_function() -> Function {
    // SAFETY: the symbol is a function of this signature.
    *unsafe { library("keyway_benches_bare").get::<Function>("keyway_benches_bare_scan") }.expect("the library has it")
}

fn bare_object() -> &'static dyn ByHand {
    let library = library("keyway_benches_bare");
    // SAFETY: the symbol is a function of this signature, from the same compiler.
    let make = unsafe { library.get::<fn() -> Box<dyn ByHand>>("keyway_benches_bare_object") }.expect("the library has it");
    Box::leak(make())
}

fn abi_stable_object() -> &'static AbiStable {
    let header = lib_header_from_path(&peer("keyway_benches_abi_stable")).expect("the library was built");
    let module = header.init_root_module::<ModuleRef>().expect("it is laid out as it was linked");
    Box::leak(Box::new(module.object()()))
}

fn stabby_object() -> &'static Stabby {
    let library = library("keyway_benches_stabby");
    // SAFETY: stabby has compared the signatures.
    let make = unsafe { library.get_stabbied::<extern "C" fn() -> Stabby>(b"keyway_benches_stabby_object") };
    Box::leak(Box::new(make.expect("the library has it")()))
}
