//! The system's linker: the only file of this folder that talks to it.
#![allow(unsafe_code, reason = "opening a library runs its code")]

use std::error::Error as _;
use std::ffi::CStr;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr::NonNull;

#[cfg(unix)]
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
#[cfg(windows)]
use libloading::os::windows::Library;

/// A library that the linker holds open. Dropping it leaves the library open: only [`Link::close`] gives it back.
#[derive(Debug)]
pub(crate) struct Link(ManuallyDrop<Library>);

impl Link {
    /// Opens a library: everything that it binds is bound now, and nothing of it is offered to libraries that are opened later.
    ///
    /// This runs its constructors, with all that the process may do. Whether a file deserves that is decided before, by digest and signature;
    /// from here on its code is trusted as a static plugin's is.
    ///
    /// The error is what the linker said.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        // SAFETY: what a constructor does cannot be checked. The bytes are sealed and are those that the operator's policy accepted, which makes
        // them as much a part of the program as a crate that it is linked with.
        #[cfg(unix)]
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(|err| said(&err))?;
        // SAFETY: as above.
        #[cfg(windows)]
        let library = unsafe { Library::new(path) }.map_err(|err| said(&err))?;
        Ok(Self(ManuallyDrop::new(library)))
    }

    /// The address of a symbol, in this library or in one that it needs.
    pub(super) fn address(&self, symbol: &CStr) -> Option<NonNull<()>> {
        // SAFETY: the symbol is taken as a bare address and neither called nor read. What is behind it is for those to say who use it.
        let found = unsafe { self.0.get::<*mut ()>(symbol) }.ok()?;
        NonNull::new(found.as_raw_ptr().cast())
    }

    /// Gives the library back to the linker, which unmaps it or does not. Its destructors run if it is unmapped. Addresses that were told are
    /// worth nothing afterwards.
    pub(super) fn close(self) -> Result<(), String> {
        ManuallyDrop::into_inner(self.0).close().map_err(|err| said(&err))
    }
}

/// What the linker said; the error itself only says what was asked of it.
fn said(err: &libloading::Error) -> String {
    err.source().map_or_else(|| err.to_string(), ToString::to_string)
}
