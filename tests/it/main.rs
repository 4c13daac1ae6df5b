//! All integration tests in one binary, one file for each topic.

mod host_macro;
mod link_matrix;
mod ui;
mod workspace;
