//! One thing in which a library does not fit.

/// What kind of thing differs; each has a code and a page in `docs/errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// The compiler.
    Compiler,
    /// The target.
    Target,
    /// What a panic does.
    Panic,
    /// Who gives memory out.
    Allocator,
    /// The version of `keyway`.
    Keyway,
    /// A point or event that the program does not know.
    Unknown,
    /// The version or the methods of a point.
    Interface,
    /// How a type is laid out.
    Layout,
    /// The schema of an event.
    Event,
    /// The number of a type of which nothing else is known.
    Opaque,
    /// A point for static plugins only.
    StaticOnly,
}

impl DifferenceKind {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Compiler => "KW0707",
            Self::Target => "KW0708",
            Self::Panic => "KW0709",
            Self::Allocator => "KW0710",
            Self::Keyway => "KW0711",
            Self::Unknown => "KW0712",
            Self::Interface => "KW0713",
            Self::Layout => "KW0714",
            Self::Event => "KW0715",
            Self::Opaque => "KW0716",
            Self::StaticOnly => "KW0717",
        }
    }
}

/// The two sides of something, beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is, for example the name of a field.
    pub label: String,
    /// How the program has it; `-` when it has none.
    pub host: String,
    /// How the library has it; `-` when it has none.
    pub plugin: String,
}

impl Row {
    pub(super) fn new(label: impl Into<String>, host: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self { label: label.into(), host: host.into(), plugin: plugin.into() }
    }

    /// A row for what may be absent on one side.
    pub(super) fn of(label: impl Into<String>, host: Option<String>, plugin: Option<String>) -> Self {
        let shown = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
        Self::new(label, shown(host), shown(plugin))
    }
}

/// One thing in which a library does not fit the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// What kind of thing.
    pub kind: DifferenceKind,
    /// What was found, a lowercase phrase.
    pub message: String,
    /// Both sides, row by row, without what is the same.
    pub rows: Vec<Row>,
    /// Where the plugin uses it, for example `` `site.route::handle`, argument `request` ``; empty for what concerns everything.
    pub places: Vec<String>,
    /// Why that keeps the library out, a lowercase phrase.
    pub meaning: &'static str,
    /// What to do, with the command.
    pub help: String,
    /// The type that it is about, where only the number of a type differs.
    pub(super) subject: String,
}

impl Difference {
    pub(super) fn new(kind: DifferenceKind, message: impl Into<String>, meaning: &'static str, help: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            rows: Vec::new(),
            places: Vec::new(),
            meaning,
            help: help.into(),
            subject: String::new(),
        }
    }

    pub(super) fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    pub(super) fn rows(mut self, rows: Vec<Row>) -> Self {
        self.rows = rows;
        self
    }

    /// Drops rows that are the same on both sides. When none is left, the record contradicts itself: what it says cannot come from a compiler.
    pub(super) fn without_same_rows(&mut self) {
        self.rows.retain(|row| row.host != row.plugin);
        if self.rows.is_empty() {
            self.meaning = "its record says that it differs, and shows the same on both sides";
            "the library or its record is damaged: copy it again, or build it again".clone_into(&mut self.help);
        }
    }

    pub(super) fn at(mut self, place: &str) -> Self {
        self.places.push(place.to_owned());
        self
    }
}
