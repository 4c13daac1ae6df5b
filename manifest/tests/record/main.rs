//! The record of a library: written by the compiler, read from any bytes, compared with a host.
#![cfg(feature = "parse")]

mod gate;
mod model;
mod random;
mod reading;
mod sample;
