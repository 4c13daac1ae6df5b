//! `cargo keyway verify`: asks the host whether it would take libraries, without loading them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyway_manifest::{ANSWERS_MARK, VERIFY_ARGUMENT, shown};
use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::binary;
use crate::cargo::build_host;
use crate::failure::{Class, FILE, Failure, FileVerb, NO_ANSWER};
use crate::output::{Cell, Page, Report, Table, style, styled};
use crate::session::Session;
use crate::surface::host_program;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The libraries, or folders that hold one each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The program of the host, which is asked; without it the host is built.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["release", "features", "all_features", "no_default_features", "target"])]
    program: Option<PathBuf>,
    /// Builds the host as for a release.
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    build: BuildArguments,
}

/// What a host says of libraries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The libraries, in the order of the arguments.
    pub libraries: Vec<VerifiedLibrary>,
}

/// What a host says of one library. A later version of Keyway may say more; what is not known here is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedLibrary {
    /// The library, as it was named.
    pub file: String,
    /// Whether the host would take it.
    pub taken: bool,
    /// The plugin's id; `null` when the library does not tell.
    pub plugin: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The digest of the library, `sha256:` and 64 digits.
    pub digest: Option<String>,
    /// Whose signature was verified; `null` for a library without one that counts.
    pub publisher: Option<String>,
    /// The level at which the plugin would start; `null` when it is not taken.
    pub level: Option<u16>,
    /// The questions with their answers.
    pub answers: Vec<VerifiedAnswer>,
    /// What an operator should know beside that.
    pub notes: Vec<String>,
}

/// The answer to one question about a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedAnswer {
    /// `file`, `checksum`, `signature`, `gate`, `graph`, `policy`, `lock`, or `host`, for what has nothing to do with the library.
    pub question: String,
    /// `yes`, `no`, or `open`, when too little is known of the library to ask it.
    pub answer: String,
    /// What the yes rests on.
    pub said: Option<String>,
    /// Why not.
    pub problems: Vec<VerifiedProblem>,
}

/// Why a host would not take a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedProblem {
    /// `KW` and four digits.
    pub code: String,
    /// What was found.
    pub message: String,
    /// What to do; it may be empty.
    pub help: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    arguments.files.iter().try_for_each(|file| is_there(file))?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => {
            let project = session.project()?;
            project.build(&arguments.build)?;
            session.progress(&format!("building `{}`", project.name()));
            host_program(project, &build_host(project, &arguments.build, arguments.release)?)?.0
        }
    };
    let verify = ask(&program, &arguments.files)?;
    session.print(&verify)?;
    Ok(if verify.libraries.iter().all(|library| library.taken) { Verdict::Clean } else { Verdict::Unverified })
}

/// What is neither a file nor a folder is told before anything is built.
fn is_there(file: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(file).map_err(|error| Failure::file("the library", FileVerb::Read, file, &error))?;
    if metadata.is_file() || metadata.is_dir() {
        return Ok(());
    }
    let message = format!("the library `{}` cannot be read: it is neither a file nor a folder", file.display());
    Err(Failure::new(Class::File, FILE, message).help("name the library of a plugin, or the folder that holds it"))
}

/// What a host's program prints.
#[derive(Deserialize)]
struct Answer {
    format: u32,
    libraries: Vec<VerifiedLibrary>,
}

/// The form of the answer that is understood here.
const FORMAT: u32 = 1;

/// Starts the host's program with the question.
///
/// # Errors
/// It cannot be read, does not answer this question, or answers something else.
pub(crate) fn ask(program: &Path, files: &[PathBuf]) -> Result<Verify, Failure> {
    let name = program.display();
    let bytes = binary::read_program("the program", program)?;
    // A program that knows nothing of the question would do what it does when it is started: serve, for example.
    let begins = |(place, _): (usize, &u8)| bytes[place..].starts_with(&ANSWERS_MARK[1..]);
    if !bytes.iter().enumerate().filter(|(_, byte)| **byte == ANSWERS_MARK[1]).any(begins) {
        return Err(Failure::new(Class::Project, NO_ANSWER, format!("`{name}` does not answer `cargo keyway verify`"))
            .help("call `keyway::host::answer_tools(|| keyway::Host::builder(plugins()))` first in `main`"));
    }
    drop(bytes);
    let failed = |said: String| {
        Failure::new(Class::Program, NO_ANSWER, format!("`{name}` was asked about libraries and did not answer: {said}"))
            .help("call `keyway::host::answer_tools` in `main` before anything else, and build the program for this machine")
    };
    let path = std::path::absolute(program).map_err(|error| failed(error.to_string()))?;
    let output = Command::new(path).arg(VERIFY_ARGUMENT).args(files).stdin(Stdio::null()).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    let mut answer: Answer = serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        failed(said.lines().next().map_or_else(|| error.to_string(), str::to_owned))
    })?;
    if answer.format > FORMAT {
        let message = format!("`{name}` answers in the form {}, and this program reads form {FORMAT}", answer.format);
        return Err(Failure::new(Class::Program, NO_ANSWER, message).help("install a newer version of `cargo-keyway`"));
    }
    if answer.libraries.len() != files.len() {
        return Err(failed(format!("it told of {} libraries, and was asked about {}", answer.libraries.len(), files.len())));
    }
    for (library, file) in answer.libraries.iter_mut().zip(files) {
        library.file = shown(file);
    }
    Ok(Verify { libraries: answer.libraries })
}

impl Report for Verify {
    fn text(&self, page: &mut Page) {
        for library in &self.libraries {
            page.gap();
            library.text(page);
        }
        page.gap();
        let taken = self.libraries.iter().filter(|library| library.taken).count();
        page.line(match (taken, self.libraries.len()) {
            (1, 1) => "the host would take it".to_owned(),
            (0, 1) => "the host would not take it; nothing of it has run".to_owned(),
            (taken, all) => format!("the host would take {taken} of {all}; nothing of them has run"),
        });
    }
}

impl VerifiedLibrary {
    fn text(&self, page: &mut Page) {
        let plugin = match (&self.plugin, &self.version) {
            (Some(id), Some(version)) => format!(": {id} {version}"),
            _ => String::new(),
        };
        page.line(format!("{}{plugin}", styled(style::HEADING, &self.file)));
        if let Some(digest) = &self.digest {
            page.line(format!("  {digest}"));
        }
        let mut table = Table::plain().indented();
        let (asked, open): (Vec<_>, Vec<_>) = self.answers.iter().partition(|answer| answer.answer != "open");
        for VerifiedAnswer { question, answer, said, problems } in asked {
            let answer = if answer == "yes" { Cell::new(style::GOOD, "yes") } else { Cell::new(style::BAD, "no") };
            let codes = || problems.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>().join(", ");
            table.row([question.as_str().into(), answer, said.clone().unwrap_or_else(codes).into()]);
        }
        page.table(&table);
        if !open.is_empty() {
            let open: Vec<_> = open.iter().map(|answer| answer.question.as_str()).collect();
            page.line(format!("  {}", styled(style::FAINT, format!("not asked: {}", open.join(", ")))));
        }
        for VerifiedProblem { code, message, help } in self.answers.iter().flat_map(|answer| &answer.problems) {
            page.line(format!("  {} {}", styled(style::BAD, code), message.replace('\n', "\n  ")));
            if !help.is_empty() {
                page.line(format!("    help: {}", help.replace('\n', "\n    ")));
            }
        }
        for note in &self.notes {
            page.line(format!("  {} {}", styled(style::NOTICE, "note:"), note.replace('\n', "\n  ")));
        }
    }
}
