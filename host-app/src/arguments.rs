//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use crate::Failure;

/// What `--help` prints.
pub const HELP: &str = "\
keyway-cms: serves a site from a folder of Markdown

usage: keyway-cms [serve] [options]     serve a site until Ctrl-C
       keyway-cms plugins [--json]      list the plugins in this program and what each may do
       keyway-cms plugins --surface     print what they extend, offer, need and ask for, the same for the same build
       keyway-cms graph                 print the plugins and their requirements as a DOT graph
       keyway-cms audit                 print the audit log, and whether a line of it was changed (exit code 1)
       keyway-cms hash-password         read a password and print its hash, for a user of `site.auth`

options
  --content DIR     folder of the site; without it, `docs` in the current folder
  --listen ADDR     address to listen on, such as 127.0.0.1:8080, [::1]:8080 or 8080;
                    without it, the first free port from 8080 on 127.0.0.1
  --config FILE     configuration in TOML; options on the command line win over it
  --data DIR        folder for what plugins keep; without it, `.keyway-cms` in the current folder
  --extensions DIR  folder of plugins that are shared libraries, looked through before those of the configuration
  --title TEXT      title of the site; without it, the title of the start page
  --address URL     where visitors reach the site, such as https://example.org, for sitemap and feed
  --log FILTER      what to log on stderr, such as `warn` or `info,keyway=debug`; without it, `info`
  -h, --help        print this
  -V, --version     print the version
";

/// What the program was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Serve the site.
    Serve,
    /// List the plugins.
    Plugins(Form),
    /// Print the graph of the plugins.
    Graph,
    /// Print and check the audit log.
    Audit,
    /// Read a password and print its hash.
    HashPassword,
    /// Print the help text.
    Help,
    /// Print the version.
    Version,
}

/// How plugins are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// As JSON, with what this host grants.
    Json,
    /// As the surface that lies in the program's file, with the libraries that it would load.
    Surface,
}

/// The command line, taken apart. What was not given is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// What to do.
    pub command: Command,
    /// `--content`
    pub content: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--extensions`
    pub extensions: Option<PathBuf>,
    /// `--title`
    pub title: Option<String>,
    /// `--address`
    pub address: Option<String>,
    /// `--log`
    pub log: Option<String>,
}

impl Arguments {
    /// Nothing but a command.
    #[must_use]
    pub const fn new(command: Command) -> Self {
        Self {
            command,
            content: None,
            listen: None,
            config: None,
            data: None,
            extensions: None,
            title: None,
            address: None,
            log: None,
        }
    }

    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// When an option is unknown, has no value or stands twice, or when there is more than one command.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Failure> {
        let mut parser = Parser::from_args(arguments);
        let mut parsed = Self::new(Command::Serve);
        let mut command: Option<String> = None;
        let mut form = Form::Text;
        while let Some(argument) = parser.next().map_err(|error| usage(&error))? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::new(Command::Help)),
                Arg::Short('V') | Arg::Long("version") => return Ok(Self::new(Command::Version)),
                Arg::Long("content") => set(&mut parsed.content, "--content", path(&mut parser, "--content")?)?,
                Arg::Long("listen") => set(&mut parsed.listen, "--listen", text(&mut parser, "--listen")?)?,
                Arg::Long("config") => set(&mut parsed.config, "--config", path(&mut parser, "--config")?)?,
                Arg::Long("data") => set(&mut parsed.data, "--data", path(&mut parser, "--data")?)?,
                Arg::Long("extensions") => {
                    set(&mut parsed.extensions, "--extensions", path(&mut parser, "--extensions")?)?;
                }
                Arg::Long("title") => set(&mut parsed.title, "--title", text(&mut parser, "--title")?)?,
                Arg::Long("address") => set(&mut parsed.address, "--address", text(&mut parser, "--address")?)?,
                Arg::Long("log") => set(&mut parsed.log, "--log", text(&mut parser, "--log")?)?,
                Arg::Long("json") => set_form(&mut form, Form::Json)?,
                Arg::Long("surface") => set_form(&mut form, Form::Surface)?,
                Arg::Value(value) => match &command {
                    None => command = Some(value.to_string_lossy().into_owned()),
                    Some(first) => {
                        let second = value.to_string_lossy();
                        return Err(Failure::usage(format!(
                            "`{second}` stands after the command `{first}`, which takes no words"
                        ))
                        .help(format!("for a folder, write `--content {second}`")));
                    }
                },
                Arg::Short(_) | Arg::Long(_) => return Err(usage(&argument.unexpected())),
            }
        }
        parsed.command = match command.as_deref() {
            None | Some("serve") => Command::Serve,
            Some("plugins") => Command::Plugins(form),
            Some("graph") => Command::Graph,
            Some("audit") => Command::Audit,
            Some("hash-password") => Command::HashPassword,
            Some("help") => Command::Help,
            Some(other) => {
                return Err(Failure::usage(format!("there is no command `{other}`"))
                    .help("the commands are `serve`, `plugins`, `graph`, `audit` and `hash-password`")
                    .help(format!("to serve the folder `{other}`, write `--content {other}`")));
            }
        };
        if form != Form::Text && !matches!(parsed.command, Command::Plugins(_)) {
            let option = form.option();
            let message = format!("`{option}` is for the command `plugins` only");
            return Err(Failure::usage(message).help(format!("write `keyway-cms plugins {option}`")));
        }
        Ok(parsed)
    }
}

impl Form {
    const fn option(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Json => "--json",
            Self::Surface => "--surface",
        }
    }
}

fn set_form(place: &mut Form, form: Form) -> Result<(), Failure> {
    let before = std::mem::replace(place, form);
    if before == Form::Text || before == form {
        return Ok(());
    }
    Err(Failure::usage("`--json` and `--surface` are two forms of one list").help("leave one of them out; both are JSON"))
}

fn set<T>(place: &mut Option<T>, option: &str, value: T) -> Result<(), Failure> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("`{option}` stands twice")).help("leave one of them out")),
    }
}

fn text(parser: &mut Parser, option: &str) -> Result<String, Failure> {
    let value = parser.value().map_err(|_| no_value(option))?;
    value.string().map_err(|_| Failure::usage(format!("the value of `{option}` is no Unicode text")))
}

fn path(parser: &mut Parser, option: &str) -> Result<PathBuf, Failure> {
    let value = parser.value().map_err(|_| no_value(option))?;
    if value.is_empty() { Err(no_value(option)) } else { Ok(value.into()) }
}

fn no_value(option: &str) -> Failure {
    Failure::usage(format!("`{option}` needs a value")).help("run `keyway-cms --help` for examples")
}

fn usage(error: &lexopt::Error) -> Failure {
    let message = match error {
        lexopt::Error::UnexpectedOption(option) => format!("there is no option `{option}`"),
        lexopt::Error::UnexpectedValue { option, .. } => format!("`{option}` takes no value"),
        other => other.to_string(),
    };
    let words = HELP.split_whitespace().map(|word| word.trim_matches(['[', ']']));
    let options: Vec<&str> = words.filter(|word| word.starts_with("--")).collect();
    Failure::usage(message).help(format!("the options are {}; `keyway-cms --help` says what they do", options.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Command, Form, HELP};

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(Into::into)).map_err(|failure| failure.to_string())
    }

    #[test]
    fn serving_is_what_it_does_without_words() {
        assert_eq!(parse(""), Ok(Arguments::new(Command::Serve)));
        assert_eq!(parse("serve"), Ok(Arguments::new(Command::Serve)));
        let given = parse("--content site --listen=8080 --title T").expect("a good line");
        assert_eq!(given.content.as_deref(), Some("site".as_ref()));
        assert_eq!(given.listen.as_deref(), Some("8080"));
        assert_eq!(given.title.as_deref(), Some("T"));
    }

    #[test]
    fn commands() {
        assert_eq!(parse("plugins --json").map(|parsed| parsed.command), Ok(Command::Plugins(Form::Json)));
        assert_eq!(parse("plugins --surface").map(|parsed| parsed.command), Ok(Command::Plugins(Form::Surface)));
        assert_eq!(parse("graph").map(|parsed| parsed.command), Ok(Command::Graph));
        assert_eq!(parse("audit --data kept").map(|parsed| parsed.command), Ok(Command::Audit));
        assert_eq!(parse("hash-password").map(|parsed| parsed.command), Ok(Command::HashPassword));
        assert_eq!(parse("--listen 1 --help").map(|parsed| parsed.command), Ok(Command::Help));
    }

    #[test]
    fn every_mistake_says_what_helps() {
        let cases = [
            ("--lisen 80", "error: there is no option `--lisen`"),
            ("-x", "error: there is no option `-x`"),
            ("--content", "error: `--content` needs a value"),
            ("--json=1 plugins", "error: `--json` takes no value"),
            ("--json", "error: `--json` is for the command `plugins` only"),
            ("graph --surface", "error: `--surface` is for the command `plugins` only"),
            ("plugins --json --surface", "error: `--json` and `--surface` are two forms of one list"),
            ("--title a --title b", "error: `--title` stands twice"),
            ("site", "error: there is no command `site`"),
            ("serve site", "error: `site` stands after the command `serve`, which takes no words"),
        ];
        for (line, expected) in cases {
            let message = parse(line).expect_err(line);
            assert!(message.starts_with(expected), "{line}: {message}");
            assert!(message.contains("\n  help: "), "{line}: {message}");
        }
    }

    #[test]
    fn an_unknown_option_is_told_with_all_that_there_are() {
        let message = parse("--listne 9").expect_err("there is none");
        for option in ["--json", "--surface", "--content", "--listen", "--help"] {
            assert_eq!(message.matches(&format!(" {option} ")).count(), 1, "{message}");
        }
    }

    #[test]
    fn the_help_names_every_option() {
        for option in [
            "--content",
            "--listen",
            "--config",
            "--data",
            "--title",
            "--address",
            "--log",
            "--json",
            "--surface",
            "--help",
            "--version",
        ] {
            assert!(HELP.contains(option), "{option}");
        }
    }
}
