//! For the tests of plugins: what every provider of a service must do, and a visit to everything that a plugin extends. Feature `testing`.

mod store;
mod visit;

pub use store::check_store;
pub use visit::visit;
