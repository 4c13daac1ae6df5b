//! What all commands share while one of them runs: the project, and where answers go.

use std::cell::OnceCell;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use crate::answer::{FORMAT, Reason, Refusal};
use crate::arguments::Global;
use crate::failure::{Failure, FileVerb};
use crate::output::{Page, Report, style, styled};
use crate::project::Project;

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Session {
    global: Global,
    command: &'static str,
    project: OnceCell<Project>,
}

impl Session {
    /// Begins the run of a command.
    pub(crate) const fn new(global: Global, command: &'static str) -> Self {
        Self { global, command, project: OnceCell::new() }
    }

    /// What every command understands.
    pub(crate) const fn global(&self) -> &Global {
        &self.global
    }

    /// The project, read when it is first asked for, in which nothing is wrong.
    ///
    /// # Errors
    /// There is no host, or the project has mistakes; all of them are told.
    pub(crate) fn project(&self) -> Result<&Project, Failure> {
        let project = self.project_with_mistakes()?;
        match project.mistakes().as_slice() {
            [] => Ok(project),
            mistakes => Err(Failure::mistakes(mistakes)),
        }
    }

    /// The project, also when it has mistakes: for a command that tells them, or can do without what they are about.
    ///
    /// # Errors
    /// There is no host, or nothing can be read of it.
    pub(crate) fn project_with_mistakes(&self) -> Result<&Project, Failure> {
        if let Some(project) = self.project.get() {
            return Ok(project);
        }
        let project = Project::read(self.global.manifest_path.as_deref(), self.global.package.as_deref())?;
        if let Some(failure) = project.unresolved() {
            self.warn(&failure);
        }
        Ok(self.project.get_or_init(|| project))
    }

    /// The project whatever Cargo says of it: for a command that mends what Cargo refuses, once it has been refused.
    ///
    /// # Errors
    /// There is no host, or nothing can be read of it.
    pub(crate) fn project_without_cargo(&self) -> Result<&Project, Failure> {
        let project = Project::read_without_cargo(self.global.manifest_path.as_deref(), self.global.package.as_deref())?;
        Ok(self.project.get_or_init(|| project))
    }

    /// Prints what a command found: the text, or JSON when that is asked for.
    ///
    /// # Errors
    /// Standard output cannot be written to. That its reader has gone is no error.
    pub(crate) fn print(&self, report: &impl Report) -> Result<(), Failure> {
        if self.global.json {
            return self.print_json(&Answer { format: FORMAT, command: self.command, data: report });
        }
        let mut page = Page::default();
        report.text(&mut page);
        let output = AutoStream::new(io::stdout().lock(), self.colours(&io::stdout()));
        written(write_all(output, page.as_str()))
    }

    /// Prints a document that has a form of its own, in JSON.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub(crate) fn print_document(&self, document: &serde_json::Value) -> Result<(), Failure> {
        self.print_json(document)
    }

    /// Prints a text of another program's language, which has no form of its own in JSON.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub(crate) fn print_as_is(&self, text: &str) -> Result<(), Failure> {
        written(write_all(io::stdout().lock(), text))
    }

    fn print_json(&self, answer: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(answer).expect("answers have texts as keys, and nothing that JSON cannot say");
        written(write_all(io::stdout().lock(), &format!("{text}\n")))
    }

    /// Tells on standard error what a long work is at; only a person at a terminal sees it.
    pub(crate) fn progress(&self, text: &str) {
        if io::stderr().is_terminal() {
            let error = AutoStream::new(io::stderr().lock(), self.colours(&io::stderr()));
            // Who cannot be told of the progress still gets the answer.
            let _ = write_all(error, &format!("{}\n", styled(style::FAINT, text)));
        }
    }

    /// Tells on standard error what a person should know beside the answer: a lowercase phrase.
    pub(crate) fn notice(&self, text: &str) {
        let error = AutoStream::new(io::stderr().lock(), self.colours(&io::stderr()));
        // As with progress.
        let _ = write_all(error, &format!("{} {text}\n", styled(style::NOTICE, "note:")));
    }

    /// Tells on standard error what is amiss, though the command does its work: a lowercase phrase, and what to do.
    pub(crate) fn warning(&self, text: &str, help: &str) {
        self.warn(&format!("{text}\n  help: {help}"));
    }

    /// Tells on standard error what is amiss, though the command does its work.
    fn warn(&self, failure: &impl std::fmt::Display) {
        let error = AutoStream::new(io::stderr().lock(), self.colours(&io::stderr()));
        // As with progress.
        let _ = write_all(error, &format!("{} {failure}\n", styled(style::NOTICE, "warning:")));
    }

    /// Tells why the command could not do its work, and gives the exit code.
    pub(crate) fn tell(&self, failure: &Failure) -> ExitCode {
        if self.global.json {
            let message = [failure.message.as_str(), failure.detail.as_str()].join("\n");
            let error =
                Reason { code: failure.code.to_owned(), message: message.trim_end().to_owned(), help: failure.help.clone() };
            // A failure to tell a failure is told below.
            let _ = self.print_json(&Refusal { format: FORMAT, command: self.command.to_owned(), error });
        }
        let error = AutoStream::new(io::stderr().lock(), self.colours(&io::stderr()));
        // There is no further place to tell it.
        let _ = write_all(error, &format!("{} {failure}\n", styled(style::BAD, "error:")));
        ExitCode::from(failure.class as u8)
    }

    /// Whether a stream gets colours: as the arguments say, else `NO_COLOR` and the like, else whether it is a terminal.
    fn colours(&self, stream: &impl anstream::stream::RawStream) -> ColorChoice {
        match self.global.color {
            clap::ColorChoice::Auto => AutoStream::choice(stream),
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        }
    }
}

/// What is printed of a command that found something: [`answer::Answer`](crate::answer::Answer), without taking the report.
#[derive(Serialize)]
struct Answer<'a, T> {
    format: u32,
    command: &'static str,
    data: &'a T,
}

fn write_all(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::file("the output", FileVerb::Written, "stdout".as_ref(), &error))
        }
        _ => Ok(()),
    }
}
