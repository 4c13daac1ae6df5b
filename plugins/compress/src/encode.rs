//! The compressing itself.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::CompressConfig;
use crate::accept::Coding;

/// Brotli's window as a power of two: 4 MiB, the default of the format's own tool.
const BROTLI_WINDOW: u32 = 22;

/// The body in this coding; `None` when that is no smaller.
pub(crate) fn smaller(body: &[u8], coding: Coding, config: &CompressConfig) -> Option<Vec<u8>> {
    // Writing into memory does not fail; if it did, the body goes out as it is.
    let encoded = match coding {
        Coding::Brotli => brotli(body, config.brotli_quality),
        Coding::Gzip => gzip(body, config.gzip_level),
    };
    encoded.ok().filter(|encoded| encoded.len() < body.len())
}

fn brotli(body: &[u8], quality: u32) -> io::Result<Vec<u8>> {
    let mut encoder = brotli::CompressorWriter::new(Vec::with_capacity(body.len() / 3), 4096, quality, BROTLI_WINDOW);
    encoder.write_all(body)?;
    Ok(encoder.into_inner())
}

fn gzip(body: &[u8], level: u32) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::new(level));
    encoder.write_all(body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_grow_is_not_encoded() {
        let config = CompressConfig { minimum: 0, brotli_quality: 5, gzip_level: 6 };
        let noise: Vec<u8> = (0..200_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        for coding in [Coding::Brotli, Coding::Gzip] {
            assert!(smaller(&noise, coding, &config).is_none(), "{coding:?}");
            assert!(smaller(&[b'a'; 1000], coding, &config).is_some_and(|encoded| encoded.len() < 100), "{coding:?}");
        }
    }
}
