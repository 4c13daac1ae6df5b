//! The native tier of Keyway: verifies, loads and retires plugins that are shared libraries.
