//! Writes a verdict as text: every difference with its two sides beside each other.

use std::fmt::{self, Display, Formatter};

use super::numbered::gathered;
use super::{Difference, PackageDifference, Row, Verdict};

/// Characters of a cell that still stands beside another; what is longer stands below it.
const WIDEST: usize = 48;
/// Rows of one difference that are shown.
const MOST_ROWS: usize = 12;
/// Places of one difference that are shown.
const MOST_PLACES: usize = 3;

impl Display for Verdict {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let plugin = format!("`{} {}`", self.package, self.version);
        let told = gathered(self.differences());
        if self.fits() {
            write!(formatter, "the library of {plugin} fits this program")?;
        } else {
            let count = told.len();
            let things = if count == 1 { "1 difference" } else { &format!("{count} differences") };
            write!(formatter, "KW0706 the library of {plugin} does not fit this program: {things}")?;
        }
        for difference in &told {
            write!(formatter, "\n{difference}")?;
        }
        for package in self.packages() {
            write!(formatter, "\n{package}")?;
        }
        for note in self.notes() {
            write!(formatter, "\n  note: {note}")?;
        }
        for unknown in self.unknown() {
            write!(formatter, "\n  not compared: {unknown}")?;
        }
        Ok(())
    }
}

impl Display for Difference {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "  {} {}", self.kind.code(), self.message)?;
        write_rows(formatter, &self.rows)?;
        match self.places.as_slice() {
            [] => {}
            places if places.len() <= MOST_PLACES => write!(formatter, "\n    used by {}", places.join(", "))?,
            places => {
                let more = places.len() - MOST_PLACES;
                write!(formatter, "\n    used by {} and {more} more", places[..MOST_PLACES].join(", "))?;
            }
        }
        write!(formatter, "\n    {}\n    help: {}", self.meaning, self.help)
    }
}

impl Display for PackageDifference {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "  `{}` was built from other packages", self.name)?;
        write_rows(formatter, &self.rows)
    }
}

/// Writes both sides beside each other, or one below the other when they are long.
fn write_rows(formatter: &mut Formatter<'_>, rows: &[Row]) -> fmt::Result {
    let width = |text: &str| text.chars().count();
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    let labels = shown.iter().map(|row| width(&row.label)).max().unwrap_or(0);
    let hosts = shown.iter().map(|row| width(&row.host)).max().unwrap_or(0);
    if hosts > WIDEST || shown.iter().any(|row| width(&row.plugin) > WIDEST) {
        for row in shown {
            write!(formatter, "\n    {}\n      host    {}\n      plugin  {}", row.label, row.host, row.plugin)?;
        }
    } else if !shown.is_empty() {
        let hosts = hosts.max(4);
        write!(formatter, "\n    {:labels$}  {:hosts$}  plugin", "", "host")?;
        for row in shown {
            write!(formatter, "\n    {:labels$}  {:hosts$}  {}", row.label, row.host, row.plugin)?;
        }
    }
    if rows.len() > shown.len() {
        write!(formatter, "\n    … and {} more", rows.len() - shown.len())?;
    }
    Ok(())
}
