//! How answers are written: as data, and as text for people.

pub(crate) mod markdown;
mod page;
mod table;

pub(crate) use page::{Page, styled};
pub(crate) use table::{Cell, Table};

/// What a command found: data that `--json` prints as it is, and that can be told to a person.
pub(crate) trait Report: serde::Serialize {
    /// Writes it for a person.
    fn text(&self, page: &mut Page);
}

/// The few styles that texts have. Without a colour every text must say the same.
pub(crate) mod style {
    use anstyle::{AnsiColor, Style};

    /// A heading.
    pub(crate) const HEADING: Style = Style::new().bold();
    /// What is well.
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
    /// What a person should look at.
    pub(crate) const NOTICE: Style = AnsiColor::Yellow.on_default();
    /// What is wrong.
    pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
    /// What is less important than the rest.
    pub(crate) const FAINT: Style = Style::new().dimmed();
}
