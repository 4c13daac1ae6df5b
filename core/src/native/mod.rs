//! The native tier as a plugin's crate and an SDK see it: what they tell a host that loads plugins as shared libraries.

mod known;
