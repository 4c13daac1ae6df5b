//! Medians and ratios as a Markdown table.

/// A table of one topic.
pub(crate) struct Table {
    rows: Vec<String>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(title: &str) -> Self {
        Self { rows: vec![format!("| {title} | CPU s | over the first | ratio |"), "|---|--:|--:|--:|".to_owned()] }
    }

    /// Adds a row: medians over the rounds, the last two compared with `baseline` round by round.
    pub(crate) fn push(&mut self, name: &str, seconds: &[f64], baseline: &[f64]) {
        let against =
            |compare: fn(f64, f64) -> f64| median(seconds.iter().zip(baseline).map(|(own, first)| compare(*own, *first)));
        let (more, ratio) = (against(|own, first| own - first), against(|own, first| own / first));
        self.rows.push(format!("| {name} | {:.3} | {more:.3} | {ratio:.2} |", median(seconds.iter().copied())));
    }

    /// Prints the table.
    pub(crate) fn print(&self) {
        println!("{}\n", self.rows.join("\n"));
    }
}

/// The middle value; 0 for none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
