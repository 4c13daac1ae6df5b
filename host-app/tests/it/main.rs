//! keyway-cms over real connections: each test serves a folder of its own on a free loopback port and asks it.
//!
//! The tests follow the features of the build: what needs a plugin that is not in it is left out.

mod client;
mod command_line;
mod folder;
mod grants;
mod hostile_content;
mod life;
mod requests;
mod served;
mod site;
