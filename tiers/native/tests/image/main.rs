//! Loading, probing and unmapping libraries that are compiled for these tests.
#![cfg(target_os = "linux")]

#[path = "../fixture/mod.rs"]
mod fixture;

mod audit;
mod open;
mod probe;
mod race;
