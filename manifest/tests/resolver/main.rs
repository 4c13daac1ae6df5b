//! The resolver against a slow independent one, its texts, and its error pages.

mod code_pages;
mod const_evaluation;
mod grants;
mod locks;
mod maker;
mod oracle;
mod random_graphs;
mod texts;
