//! What of the files of plugins is taken and what is refused: modes, owners, kinds, races, checksums, signatures, versions.

#[cfg(unix)]
mod files;
mod flips;
mod minisign;
mod pages;
mod parsers;
#[cfg(unix)]
mod race;
mod scratch;
mod vectors;
mod verdict;
mod world;
