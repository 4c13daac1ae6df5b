//! What a check says: that what it looked at is well, or what it found, why that matters and what mends it.

use keyway_native::Refusal;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::{Page, style, styled};

/// The checks about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoctorGroup {
    /// What they look at: `toolchain`, `project`, `graph`, `build`, `files`, `lock` or `libraries`.
    pub name: String,
    /// The checks, in the order in which they were made.
    pub checks: Vec<DoctorCheck>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoctorCheck {
    /// Its name within the group, for example `rust-version`.
    pub name: String,
    /// What was looked at and is well; `null` when something was found.
    pub holds: Option<String>,
    /// What was found.
    pub findings: Vec<DoctorFinding>,
}

/// Something that makes the host, a build or a load fail, now or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoctorFinding {
    /// `problem`, or `note` for what fails nothing by itself.
    pub level: String,
    /// The code of the error that a build or a host gives for it, `KW` and four digits; `null` when it has none.
    pub code: Option<String>,
    /// What was found; further lines, where there are any, show both sides or the place.
    pub found: String,
    /// Why it matters; empty when that is said already.
    pub why: String,
    /// The command or the line that mends it.
    pub help: String,
}

impl DoctorCheck {
    /// The check called `name`: what it found, or else what `holds`.
    pub(super) fn of(name: &str, holds: impl Into<String>, findings: Vec<DoctorFinding>) -> Self {
        let holds = findings.is_empty().then(|| holds.into());
        Self { name: name.to_owned(), holds, findings }
    }

    /// A check that found one thing.
    pub(super) fn found(name: &str, finding: DoctorFinding) -> Self {
        Self { name: name.to_owned(), holds: None, findings: vec![finding] }
    }

    pub(super) fn text(&self, page: &mut Page) {
        if let Some(holds) = &self.holds {
            page.line(format!("  {}       {holds}", styled(style::GOOD, "ok")));
        }
        self.findings.iter().for_each(|finding| finding.text(page));
    }
}

impl DoctorFinding {
    /// What makes something fail.
    pub(super) fn problem(found: impl Into<String>, why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { level: "problem".to_owned(), code: None, found: found.into(), why: why.into(), help: help.into() }
    }

    /// What a person should know, and what fails nothing by itself.
    pub(super) fn note(found: impl Into<String>, why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { level: "note".to_owned(), ..Self::problem(found, why, help) }
    }

    /// Why another part of the program could not do its work.
    pub(super) fn failure(failure: &Failure, why: &str) -> Self {
        let found = [failure.message.as_str(), failure.detail.as_str()].join("\n");
        Self::problem(found.trim_end(), why, failure.help.as_str()).code(failure.code)
    }

    /// Why a file, a signature or a version is refused.
    pub(super) fn refusal(refusal: &Refusal, why: &str) -> Self {
        Self::problem(refusal.message(), why, refusal.help()).code(refusal.code())
    }

    /// A text with a code before it and a help behind it, as the resolver and the records of libraries write theirs.
    pub(super) fn told(text: &str, why: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
        let is_help = |line: &&str| line.trim_start().starts_with("help: ");
        let help = lines.iter().find(|line| is_help(line)).map_or("", |line| line.trim_start().trim_start_matches("help: "));
        let shown: Vec<&str> = lines.iter().copied().filter(|line| !is_help(line)).collect();
        let shown = shown.join("\n");
        match shown.split_once(' ').filter(|(code, _)| code.starts_with("KW")) {
            Some((code, message)) => Self::problem(message.trim_end(), why, help).code(code),
            None => Self::problem(shown.trim_end(), why, help),
        }
    }

    /// The finding with the code that a build or a host gives for it.
    pub(super) fn code(self, code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..self }
    }

    /// The finding as one that fails nothing by itself.
    pub(super) fn into_note(self) -> Self {
        Self { level: "note".to_owned(), ..self }
    }

    /// Whether something fails for it.
    pub(super) fn is_problem(&self) -> bool {
        self.level == "problem"
    }

    fn text(&self, page: &mut Page) {
        const INDENT: &str = "           ";
        let style = if self.is_problem() { style::BAD } else { style::NOTICE };
        let space = if self.is_problem() { "  " } else { "     " };
        let code = self.code.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
        let mut lines = self.found.lines();
        page.line(format!("  {}{space}{code}{}", styled(style, &self.level), lines.next().unwrap_or_default()));
        for line in lines.filter(|line| !line.trim().is_empty()).chain(Some(self.why.as_str()).filter(|why| !why.is_empty())) {
            page.line(format!("{INDENT}{line}"));
        }
        if !self.help.is_empty() {
            page.line(format!("{INDENT}help: {}", self.help));
        }
    }
}

/// `a`, `b` and `c`, each in backticks; of many only the first ones.
pub(super) fn names<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    const SHOWN: usize = 5;
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() && quoted.len() <= SHOWN => format!("{} and {last}", first.join(", ")),
        several if several.len() > SHOWN => format!("{} and {} more", several[..SHOWN].join(", "), several.len() - SHOWN),
        several => several.concat(),
    }
}

/// `1 plugin`, `2 plugins`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_cut() {
        assert_eq!(names(["a"]), "`a`");
        assert_eq!(names(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(names(["a", "b", "c", "d", "e", "f", "g"]), "`a`, `b`, `c`, `d`, `e` and 2 more");
        assert_eq!(names::<&str>([]), "");
    }

    #[test]
    fn a_text_with_code_and_help_is_taken_apart() {
        let finding = DoctorFinding::told(
            "  KW0822 plugin `a` waits\n    --> keyway.lock:1:1\n    help: approve it",
            "so it does not build",
        );
        assert_eq!((finding.code.as_deref(), finding.help.as_str()), (Some("KW0822"), "approve it"));
        assert_eq!(finding.found, "plugin `a` waits\n  --> keyway.lock:1:1");
        let plain = DoctorFinding::told("no code at all", "");
        assert_eq!((plain.code, plain.found.as_str()), (None, "no code at all"));
    }
}
