//! Whether a change is to be made: an argument says so, or a person at a terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::Failure;
use crate::session::Session;

/// What is to become of a change that was shown.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Consent {
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Makes the change without asking, also where nobody can be asked.
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The change is to be made.
    Make,
    /// It was to be shown only.
    Show,
    /// Somebody was asked, and said no.
    Refused,
    /// There was nobody to ask.
    Nobody,
}

impl Consent {
    /// Whether only to look.
    pub(crate) const fn is_dry(self) -> bool {
        self.dry_run
    }

    /// Whether somebody can be asked; otherwise the decision is clear before anything is shown.
    pub(crate) fn decided(self, session: &Session) -> Option<Decision> {
        match self {
            Self { dry_run: true, .. } => Some(Decision::Show),
            Self { yes: true, .. } => Some(Decision::Make),
            _ if session.global().json || !io::stdin().is_terminal() || !io::stderr().is_terminal() => Some(Decision::Nobody),
            _ => None,
        }
    }

    /// Asks the person at the terminal.
    ///
    /// # Errors
    /// The answer cannot be read.
    pub(crate) fn ask(question: &str) -> Result<Decision, Failure> {
        let mut answer = String::new();
        let asked = write!(io::stderr(), "{question} [y/N] ").and_then(|()| io::stderr().flush());
        asked
            .and_then(|()| io::stdin().lock().read_line(&mut answer))
            .map_err(|error| Failure::file("the answer", crate::failure::FileVerb::Read, "stdin".as_ref(), &error))?;
        Ok(if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes") { Decision::Make } else { Decision::Refused })
    }
}

impl Decision {
    /// What to tell when nothing was changed and a person may not have meant that.
    pub(crate) const fn notice(self) -> Option<&'static str> {
        match self {
            Self::Nobody => Some("nothing was changed, because nobody could be asked; say `--yes`, or run this at a terminal"),
            Self::Refused => Some("nothing was changed"),
            Self::Make | Self::Show => None,
        }
    }
}
