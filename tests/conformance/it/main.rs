//! What keeps a library out of a program that it does not fit.

mod misfit;
