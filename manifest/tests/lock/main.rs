//! `keyway.lock`: reading, writing, comparing and renewing.
#![cfg(feature = "lock")]

mod changes;
mod maker;
mod properties;
mod reading;
mod renewal;
