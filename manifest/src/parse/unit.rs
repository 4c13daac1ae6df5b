//! Sizes and durations with units: `64MiB`, `2s`.

/// Units of a size, in bytes.
const SIZES: &[(&str, u64)] =
    &[("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Units of a duration, in milliseconds.
const DURATIONS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("min", 60_000)];

/// What a limit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Bytes.
    Size,
    /// Milliseconds.
    Duration,
}

/// Why a limit could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnitProblem {
    /// Not a whole number with a known unit; a spelling that would be right when one can be guessed.
    Malformed(Option<String>),
    /// Zero of a unit.
    Zero,
    /// Does not fit 64 bits.
    Overflow,
}

/// Reads a duration with its unit, such as `2s`, in milliseconds.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence.
pub fn parse_duration_millis(text: &str) -> Result<u64, String> {
    Measure::Duration.parse(text).map_err(|problem| match problem {
        UnitProblem::Malformed(_) => format!("is not a whole number with a unit ({})", Measure::Duration.units()),
        UnitProblem::Zero => "is zero".to_owned(),
        UnitProblem::Overflow => "is too long".to_owned(),
    })
}

impl Measure {
    /// The units, for messages.
    pub(crate) const fn units(self) -> &'static str {
        match self {
            Self::Size => "B, kB, MB, GB, KiB, MiB or GiB",
            Self::Duration => "ms, s or min",
        }
    }

    /// A well-formed example, for messages.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Size => "64MiB",
            Self::Duration => "2s",
        }
    }

    const fn table(self) -> &'static [(&'static str, u64)] {
        match self {
            Self::Size => SIZES,
            Self::Duration => DURATIONS,
        }
    }

    /// Reads a limit into bytes or milliseconds.
    pub(crate) fn parse(self, text: &str) -> Result<u64, UnitProblem> {
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = self.table().iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let Some(factor) = factor.filter(|_| digits > 0) else { return Err(UnitProblem::Malformed(self.guess(text))) };
        let value = number.parse::<u64>().map_err(|_| UnitProblem::Overflow)?;
        match value.checked_mul(factor) {
            Some(0) => Err(UnitProblem::Zero),
            Some(value) => Ok(value),
            None => Err(UnitProblem::Overflow),
        }
    }

    /// A well-formed spelling of a text such as `64 mb`, `64M`, `1.5s` or `2 seconds`.
    fn guess(self, text: &str) -> Option<String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
        let digits = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').count();
        let (number, unit) = text.split_at(digits);
        let unit = unit.to_ascii_lowercase();
        let unit = match (self, unit.as_str()) {
            (Self::Size, "b" | "byte" | "bytes") => "B",
            (Self::Size, "k" | "ki" | "kib") => "KiB",
            (Self::Size, "kb") => "kB",
            (Self::Size, "m" | "mi" | "mib") => "MiB",
            (Self::Size, "mb") => "MB",
            (Self::Size, "g" | "gi" | "gib") => "GiB",
            (Self::Size, "gb") => "GB",
            (Self::Duration, "ms" | "msec" | "millis" | "milliseconds") => "ms",
            (Self::Duration, "s" | "sec" | "secs" | "second" | "seconds") => "s",
            (Self::Duration, "m" | "min" | "mins" | "minute" | "minutes") => "min",
            _ => return None,
        };
        if let Ok(whole) = number.parse::<u64>() {
            return Some(format!("{whole}{unit}"));
        }
        // A fraction becomes a whole number of the next smaller unit when it is exact enough to be meant.
        let (whole, fraction) = number.split_once('.')?;
        let (whole, fraction) = (whole.parse::<u64>().ok()?, fraction.parse::<u64>().ok().filter(|_| fraction.len() == 1)?);
        let tenths = whole.checked_mul(10)?.checked_add(fraction)?;
        match unit {
            "s" => Some(format!("{}ms", tenths.checked_mul(100)?)),
            "min" => Some(format!("{}s", tenths.checked_mul(6)?)),
            "GB" => Some(format!("{}MB", tenths.checked_mul(100)?)),
            "MB" => Some(format!("{}kB", tenths.checked_mul(100)?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_and_durations() {
        for (measure, text, value) in [
            (Measure::Size, "64MiB", 64 << 20),
            (Measure::Size, "1kB", 1000),
            (Measure::Size, "16777216GiB", 1 << 54),
            (Measure::Duration, "250ms", 250),
            (Measure::Duration, "2min", 120_000),
        ] {
            assert_eq!(measure.parse(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest_with_a_guess() {
        let guess = |text: &str| Err(UnitProblem::Malformed(Some(text.to_owned())));
        assert_eq!(Measure::Size.parse("64 mb"), guess("64MB"));
        assert_eq!(Measure::Size.parse("64M"), guess("64MiB"));
        assert_eq!(Measure::Duration.parse("1.5s"), guess("1500ms"));
        assert_eq!(Measure::Duration.parse("2 seconds"), guess("2s"));
        assert_eq!(Measure::Duration.parse("0s"), Err(UnitProblem::Zero));
        assert_eq!(Measure::Size.parse("18446744073709551615GiB"), Err(UnitProblem::Overflow));
        assert_eq!(Measure::Size.parse("99999999999999999999B"), Err(UnitProblem::Overflow));
        for text in ["", "MiB", "-1s", "1e3B", "٣B", "1.5.5s"] {
            assert_eq!(Measure::Size.parse(text), Err(UnitProblem::Malformed(None)), "{text}");
        }
    }
}
