//! Tables of what took how long on the real clock: medians with their quartiles.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// One row for each thing that was timed, with the ratio of its median to the row that the table names.
pub struct Table {
    title: String,
    rows: Vec<(String, Vec<Duration>)>,
    base: Option<String>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), rows: Vec::new(), base: None }
    }

    /// Compares every row with this one, round by round.
    #[must_use]
    pub fn against(mut self, row: impl Into<String>) -> Self {
        self.base = Some(row.into());
        self
    }

    /// Adds what a round took.
    pub fn add(&mut self, row: &str, took: Duration) {
        match self.rows.iter_mut().find(|(name, _)| name == row) {
            Some((_, samples)) => samples.push(took),
            None => self.rows.push((row.to_owned(), vec![took])),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.base.as_ref().and_then(|base| self.rows.iter().find(|(name, _)| name == base));
        let (head, line) = if base.is_some() { (" ratio |", "--:|") } else { ("", "") };
        writeln!(formatter, "| {} | median | quartiles |{head}\n|---|--:|---|{line}", self.title)?;
        for (name, samples) in &self.rows {
            let micros = sorted(samples.iter().map(|took| took.as_secs_f64() * 1e6));
            let [low, middle, high] = quartiles(&micros);
            write!(formatter, "| {name} | {} | {} to {} |", shown(middle), shown(low), shown(high))?;
            if let Some((_, base)) = base {
                let ratios = samples.iter().zip(base).map(|(own, base)| own.as_secs_f64() / base.as_secs_f64());
                write!(formatter, " {:.2} |", quartiles(&sorted(ratios))[1])?;
            }
            formatter.write_char('\n')?;
        }
        Ok(())
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn quartiles(sorted: &[f64]) -> [f64; 3] {
    [1, 2, 3].map(|quarter| sorted[sorted.len() * quarter / 4])
}

fn shown(micros: f64) -> String {
    match micros {
        micros if micros < 1e3 => format!("{micros:.0} µs"),
        micros if micros < 1e5 => format!("{:.2} ms", micros / 1e3),
        micros => format!("{:.0} ms", micros / 1e3),
    }
}
