//! `cargo keyway explain KW0301`: the page of an error, in the terminal.

use keyway_manifest::parse::nearest;
use serde::{Deserialize, Serialize};

use crate::failure::{Class, Failure, NO_CODE};
use crate::output::{Page, Report, Table, markdown, style, styled};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The code; `KW0301`, `kw301` and `301` are the same. Without it all codes are listed.
    code: Option<String>,
}

/// The pages of all errors, each by its name, sorted.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorPage {
    /// `KW` and four digits.
    pub code: String,
    /// What is wrong, in short.
    pub title: String,
    /// The whole page, in Markdown.
    pub text: String,
}

/// All errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorList {
    /// The errors, by code.
    pub errors: Vec<ListedError>,
}

/// One error of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedError {
    /// `KW` and four digits.
    pub code: String,
    /// What is wrong, in short.
    pub title: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    match &arguments.code {
        Some(code) => session.print(&page(code)?)?,
        None => {
            let listed = |(name, text): &(&str, &str)| Some(ListedError { code: (*name).to_owned(), title: title(name, text)? });
            session.print(&ErrorList { errors: PAGES.iter().filter_map(listed).collect() })?;
        }
    }
    Ok(Verdict::Clean)
}

fn page(code: &str) -> Result<ErrorPage, Failure> {
    let wanted = code_of(code).unwrap_or_else(|| code.to_uppercase());
    let found = PAGES.iter().find(|(name, _)| *name == wanted).and_then(|(name, text)| {
        Some(ErrorPage { code: (*name).to_owned(), title: title(name, text)?, text: (*text).to_owned() })
    });
    found.ok_or_else(|| {
        let help = match near(&wanted) {
            Some(near) => format!("a near code is `{near}`; `cargo keyway explain` without a code lists all of them"),
            None => "`cargo keyway explain` without a code lists all of them".to_owned(),
        };
        Failure::new(Class::Arguments, NO_CODE, format!("there is no error `{code}`")).help(help)
    })
}

/// The code that a person means: `821`, `kw821` and `KW0821` are one. `None` when it is no number.
fn code_of(written: &str) -> Option<String> {
    let digits = written.get(..2).filter(|letters| letters.eq_ignore_ascii_case("kw")).map_or(written, |_| &written[2..]);
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
    is_number.then(|| format!("KW{:0>4}", digits.trim_start_matches('0')))
}

/// The code with the next number, or for what has no number the one that is spelt most alike; `None` for what is far from being a code.
fn near(wanted: &str) -> Option<String> {
    let codes = || PAGES.iter().map(|(name, _)| *name).filter(|name| name.starts_with("KW"));
    let number = |code: &str| code.strip_prefix("KW")?.parse::<u32>().ok();
    match number(wanted) {
        Some(wanted) => {
            codes().min_by_key(|code| number(code).map_or(u32::MAX, |number| number.abs_diff(wanted))).map(str::to_owned)
        }
        None => nearest(wanted, codes()).into_iter().next(),
    }
}

/// What stands behind the code in the page's heading; `None` for a page that is about no code.
fn title(name: &str, text: &str) -> Option<String> {
    let heading = text.lines().next()?.strip_prefix("# ")?;
    heading.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned)
}

impl Report for ErrorPage {
    fn text(&self, page: &mut Page) {
        markdown::write(&self.text, page);
    }
}

impl Report for ErrorList {
    fn text(&self, page: &mut Page) {
        let mut table = Table::plain();
        for error in &self.errors {
            table.row([error.code.clone().into(), error.title.clone().into()]);
        }
        page.table(&table);
        page.gap();
        page.line(styled(style::FAINT, "`cargo keyway explain KW0301` shows the page of one"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_in_the_program() {
        assert!(PAGES.len() > 150, "{} pages", PAGES.len());
        for (name, text) in PAGES.iter().filter(|(name, _)| name.starts_with("KW")) {
            assert!(title(name, text).is_some(), "{name}");
            let by_number = page(name.trim_start_matches("KW")).expect("a code may be written without its letters");
            assert_eq!(page(&name.to_lowercase()).expect("a code may be written small"), by_number);
            let short = name.trim_start_matches("KW").trim_start_matches('0');
            assert_eq!(page(short).expect("a code may be written without its zeros"), by_number);
            assert_eq!(page(&format!("kw{short}")).expect("or with its letters and without zeros"), by_number);
        }
    }

    #[test]
    fn a_code_that_is_none_has_a_near_one() {
        let help = |code: &str| page(code).expect_err(code).help;
        for (code, near) in [("kw999", "KW0895"), ("KW0O01", "KW0101"), ("0", "KW0101"), ("kwo822", "KW0822")] {
            assert!(help(code).starts_with(&format!("a near code is `{near}`; ")), "{code}: {}", help(code));
        }
        assert!(help("\u{e9}\u{e9}").starts_with("`cargo keyway explain` without a code"));
        assert!(help("99999999999").starts_with("`cargo keyway explain` without a code"));
    }
}
