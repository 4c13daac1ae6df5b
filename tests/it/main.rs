//! All integration tests in one binary, one file for each topic.

mod concrete_form;
mod guide;
mod host_macro;
mod link_matrix;
mod runtime_free;
mod together;
mod ui;
mod workspace;
