//! Bytes that make the library larger, as pictures or tables in it would.

const MEGABYTES: usize = if cfg!(feature = "pad-50m") {
    50
} else if cfg!(feature = "pad-10m") {
    10
} else if cfg!(feature = "pad-1m") {
    1
} else {
    0
};

/// How many bytes are added.
const LEN: usize = MEGABYTES << 20;

/// A bench writes a number over its first bytes, so that each library that it loads is another one.
#[used]
static PADDING: [u8; LEN] = [0xa5; LEN];
