//! The record of a library: written by the compiler, read from any bytes, compared with a host.
#![cfg(feature = "parse")]

mod gate;
mod reading;
mod sample;
