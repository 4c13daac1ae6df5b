//! The handles that a granted permission yields.
//!
//! Here stand the handles that plugins hold and the traits behind them; the host provides what does the work, so a plugin pays
//! for no file-system or logging library. In the static and native tiers a capability is discipline checked by the compiler, not a
//! wall: code that ignores its context can call the operating system. Only the wasm and process tiers contain a plugin.

#[cfg(feature = "arena")]
mod arena;
mod clock;
mod data_error;
pub mod database;
mod denied;
mod environment;
mod files;
mod http;
mod kv;
mod log;
mod memory;
mod over_limit;
mod random;
mod secrets;

#[cfg(feature = "arena")]
pub use arena::{Arena, Region};
pub use clock::{Clock, ClockSource};
pub use data_error::{DataError, Pending};
pub use database::{Database, DatabaseMut, DatabaseSource};
pub use denied::Denied;
pub use environment::{Environment, EnvironmentError, EnvironmentSource};
pub use files::{FileEntry, FileError, FileMetadata, FileSystem, Files, FilesMut};
pub use http::{Http, HttpClient, HttpError, HttpRequest, HttpRequestBuilder, HttpResponse};
pub use kv::{KeyValue, KeyValueSource, LARGEST_VALUE, LONGEST_KEY};
pub use log::{Level, LogSink, Logger};
pub use memory::MemorySource;
pub use over_limit::{OverLimit, Resource};
pub use random::{Random, RandomSource};
pub use secrets::{Secret, SecretError, SecretSource, SecretText, Secrets};
