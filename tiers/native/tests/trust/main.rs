//! What of the files of plugins is taken and what is refused: modes, owners, kinds, races, checksums, signatures, versions.

#[cfg(unix)]
mod files;
#[cfg(unix)]
mod race;
mod scratch;
