//! The behaviour of a host through its public interface.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]

mod audit;
mod calls;
mod capability;
mod claim;
mod clock;
mod config;
mod error_page;
mod failure;
mod fault;
mod files;
mod fixture;
mod health;
mod historic;
mod hook;
mod hostile;
mod job;
mod job_restart;
mod link_check;
mod many;
mod nobody;
mod order;
mod report;
mod secrets;
mod sequence;
mod sequence_model;
mod service;
mod snapshot;
mod switch;
mod testing;
mod unheard;
