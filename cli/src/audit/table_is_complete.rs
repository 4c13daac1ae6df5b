//! Holds the table to the standard library that is installed: whatever of it calls C for files, the network and the like has a row.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Class;
use super::program::{AtomId, Program, Target, read_library};
use super::{symbol, table};
use crate::cargo::Toolchain;

/// What a panic does is not the doing of whoever panics: it reads a variable, and files for its backtrace.
const PANICS: &[&str] = &[
    "std::panicking",
    "core::panicking",
    "std::panic::get_backtrace_style",
    "std::backtrace",
    "std::sys::backtrace",
    "std::rt::",
];

#[test]
fn what_of_std_calls_the_system_has_a_row() {
    let toolchain = Toolchain::ask(None).unwrap();
    let mut program = Program::default();
    let mut files = std::fs::read_dir(&toolchain.libraries).unwrap().map(|entry| entry.unwrap().path());
    let is_std = |name: &str| name.starts_with("libstd-") && name.ends_with(".rlib");
    let std = files.find(|file| is_std(&file.file_name().unwrap().to_string_lossy())).unwrap();
    read_library(&mut program, &std, "std").unwrap();
    let (mut looked_at, mut without_row) = (0, BTreeMap::new());
    for atom in 0..program.atoms.len() {
        let Some(path) = program.name_of(atom).and_then(symbol::path) else { continue };
        let of_std = path.trim_start_matches('<').starts_with("std::") && !path.contains("std::sys::");
        if of_std && !is_known(&path) {
            looked_at += 1;
            let calls = calls_of_the_system(&program, atom);
            if !calls.is_empty() {
                without_row.insert(path, calls);
            }
        }
    }
    assert!(looked_at > 300, "only {looked_at} functions were found in {}", std.display());
    assert!(without_row.is_empty(), "{without_row:#?}");
}

/// The functions of C that a function reaches without one that has a row.
fn calls_of_the_system(program: &Program, atom: AtomId) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    let mut open = vec![atom];
    let mut seen = BTreeSet::from([atom]);
    while let Some(next) = open.pop() {
        for reference in &program.atoms[next].references {
            match program.resolve(reference.to) {
                Target::Atom(to) => {
                    let known = program.name_of(to).and_then(symbol::path).is_some_and(|path| is_known(&path));
                    if !known && seen.insert(to) {
                        open.push(to);
                    }
                }
                Target::Outside(name) => {
                    let name = program.name(name);
                    let power = if symbol::is_rust(name) { None } else { table::of_c(name) };
                    let classes = [Class::Fs, Class::Net, Class::Process, Class::Env, Class::Threads];
                    if power.is_some_and(|power| classes.contains(&power.class)) {
                        calls.insert(name.to_owned());
                    }
                }
                Target::Kernel | Target::DataAsCode => {}
            }
        }
    }
    calls
}

fn is_known(path: &str) -> bool {
    table::of_rust(path).is_some() || PANICS.iter().any(|beginning| path.trim_start_matches('<').starts_with(beginning))
}
