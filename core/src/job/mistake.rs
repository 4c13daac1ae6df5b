//! What is wrong with the text of a schedule, in the same words for rustc and for an operator.

use std::fmt;

/// Something wrong with a schedule, and where in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
    FieldCount,
    Alias,
    Every,
    Never,
}

impl Kind {
    /// The whole message as rustc shows it, where only a fixed text can stand.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Minute => {
                "KW0690 the minute of a schedule (its first field) must be `*`, a number from 0 to 59, a range such as `0-29`, a step such \
                 as `*/15` or `0-29/10`, or a list of these divided by commas"
            }
            Self::Hour => {
                "KW0690 the hour of a schedule (its second field) must be `*`, a number from 0 to 23, a range such as `8-17`, a step such as \
                 `*/6` or `8-17/3`, or a list of these divided by commas"
            }
            Self::Day => {
                "KW0690 the day of the month of a schedule (its third field) must be `*`, a number from 1 to 31, a range such as `1-7`, a \
                 step such as `*/10` or `1-15/7`, or a list of these divided by commas"
            }
            Self::Month => {
                "KW0690 the month of a schedule (its fourth field) must be `*`, a number from 1 to 12 or a name from `jan` to `dec`, a range \
                 such as `apr-sep`, a step such as `*/3`, or a list of these divided by commas"
            }
            Self::Weekday => {
                "KW0690 the day of the week of a schedule (its fifth field) must be `*`, a number from 0 to 7 (0 and 7 are Sunday) or a name \
                 from `sun` to `sat`, a range such as `mon-fri`, a step such as `*/2`, or a list of these divided by commas"
            }
            Self::FieldCount => {
                "KW0690 a schedule must be five fields divided by spaces (minute, hour, day of the month, month, day of the week), a word \
                 such as `@daily`, or `every` with a time such as `every 10m`"
            }
            Self::Alias => {
                "KW0690 a schedule that begins with `@` must be `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly` or \
                 `@annually`; what runs at the start of the host says `at_start()`"
            }
            Self::Every => {
                "KW0690 a schedule that begins with `every` must go on with a whole number and a unit, `s`, `m`, `h` or `d`, such as `every \
                 10m`, from one second to 366 days"
            }
            Self::Never => "KW0690 a schedule must name a day that some month has; none of its months has such a day",
        }
    }
}

/// The text of a schedule that cannot be read: what was expected, in which field, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError {
    text: String,
    mistake: Mistake,
}

impl ScheduleError {
    pub(super) fn new(text: &str, mistake: Mistake) -> Self {
        Self { text: text.to_owned(), mistake }
    }

    /// The part of the text that is wrong.
    #[must_use]
    pub fn found(&self) -> &str {
        self.text.get(self.mistake.start..self.mistake.end).unwrap_or(&self.text)
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, found, text) = (self.mistake.kind.expected(), self.found(), &self.text);
        write!(formatter, "{expected}; found `{found}`")?;
        if found == text { Ok(()) } else { write!(formatter, " in `{text}`") }
    }
}

impl std::error::Error for ScheduleError {}
