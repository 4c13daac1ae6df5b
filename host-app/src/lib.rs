//! keyway-cms: a content server in which everything past accepting a connection is a plugin.
//!
//! It serves a site from a folder of Markdown. The program is in `main.rs`; this library is what it is made of, so that tests can
//! serve a folder through the very same code:
//!
//! [`Program::start`] takes the port, starts the plugins of a table and builds the site: sources tell their documents, processors
//! make pages of them, listeners are shown the result. [`Program::run`] then serves it: each request goes through the middleware to
//! the routes that its path is granted to, and a view comes back as a page that the theme draws. Meanwhile it builds the site anew when
//! documents or plugins change, and listens in the place of plugins that speak other protocols than HTTP.

pub mod arguments;
mod audit_report;
mod config_file;
mod content_folder;
mod failure;
mod hash_password;
mod listen;
pub mod listing;
pub mod logging;
mod pipeline;
mod program;
mod server;
mod settings;
mod site_build;
mod size;
mod switch;
mod trusted_proxies;
mod who_did_what;

pub use audit_report::{AuditReport, audit_report};
pub use config_file::{ConfigFile, ReadFile, ServerTable};
pub use failure::Failure;
pub use hash_password::hash_password;
pub use listen::Listen;
pub use program::Program;
pub use server::asked_to_stop;
pub use settings::{DEFAULT_CONTENT_SECURITY_POLICY, Settings, data_folder};
pub use trusted_proxies::TrustedProxies;

// The concrete form of the middleware is there to be compared, in examples/request_path.rs; requests go through the snapshot.
keyway::host! {
    policy = "host.toml",
    sdk = keyway_cms_sdk,
    permissions = ["http.headers" = Name],
    concrete = [keyway_cms_sdk::Middleware]
}
