//! Sizes as an operator writes them: `1MiB`.

use crate::Failure;

const UNITS: [(&str, usize); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads a size of at least one byte, as the value of the key `key` under `[server]`.
///
/// # Errors
/// When it is no whole number with a unit.
pub(crate) fn parse(key: &str, written: &str) -> Result<usize, Failure> {
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    let factor = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).map(|(_, factor)| *factor);
    let size = factor.and_then(|factor| number.parse::<usize>().ok()?.checked_mul(factor)).filter(|size| *size > 0);
    size.ok_or_else(|| {
        Failure::usage(format!("`{key}` under `[server]` is no size: `{written}`"))
            .help("write a whole number with `B`, `KiB`, `MiB` or `GiB`, such as `1MiB`")
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_have_units() {
        for (written, size) in [("1MiB", 1 << 20), ("5 KiB", 5 << 10), ("12B", 12), ("2GiB", 2 << 30)] {
            assert_eq!(parse("k", written).expect(written), size);
        }
        for written in ["", "1", "MiB", "-1MiB", "1.5MiB", "0B", "1mb", "99999999999999999999B", "999999999999999GiB"] {
            let message = parse("request-limit", written).expect_err(written).to_string();
            assert!(message.contains("`request-limit` under `[server]` is no size") && message.contains("`1MiB`"), "{message}");
        }
    }
}
