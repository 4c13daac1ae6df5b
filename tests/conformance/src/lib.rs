//! Nothing here: this package exists for its tests in `it/`, one binary for all of them.
