//! Rows of text under each other, each column as wide as its widest cell.

/// Lays rows out, two blanks between columns and `indent` in front; no blanks at line ends.
pub(super) fn lay_out<const N: usize>(rows: &[[String; N]], indent: &str) -> String {
    let widths: [usize; N] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        let mut line = indent.to_owned();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::lay_out;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["a", "äöü", "x"], ["long", "b", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(lay_out(&rows, "  "), "  a     äöü  x\n  long  b\n");
        assert_eq!(lay_out::<2>(&[], ""), "");
    }
}
