//! The command line: what all commands understand, and what those understand that look at one build.

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;

use crate::commands::Command;

/// Looks at the plugins of a Keyway host without compiling it.
#[derive(Debug, clap::Parser)]
#[command(name = "cargo-keyway", bin_name = "cargo keyway", version, styles = STYLES, subcommand_required = true, arg_required_else_help = true)]
#[command(
    after_help = "Every error has a page: `cargo keyway explain KW0301`. Exit codes: 0 all is well, 1 something was found, 2 wrong \
                        arguments, 3 the project cannot be read, 4 the lock file, 5 a file or folder, 6 a signature or digest, 7 a \
                        program that was started."
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// As Cargo's own help looks.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// What every command understands.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Global {
    /// The Cargo.toml of the host, or of its workspace.
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) manifest_path: Option<PathBuf>,
    /// The package of the host, where a workspace has several.
    #[arg(long, short, value_name = "NAME", global = true)]
    pub(crate) package: Option<String>,
    /// Answers in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to colour: on a terminal, always or never.
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: clap::ColorChoice,
}

/// Which build a command looks at, in Cargo's words. Without any of them it is the one with the default features, for this machine.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct BuildArguments {
    /// Features of the host, divided by commas or spaces.
    #[arg(long, short = 'F', value_name = "FEATURES", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// All features of the host.
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Leave out the feature `default`.
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// The target that the host is built for; this machine when left out.
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
}

impl BuildArguments {
    /// The same about features, as Cargo's commands take it.
    pub(crate) fn for_cargo(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if !self.features.is_empty() {
            arguments.extend(["--features".to_owned(), self.features.join(",")]);
        }
        for (is_given, flag) in [(self.all_features, "--all-features"), (self.no_default_features, "--no-default-features")] {
            if is_given {
                arguments.push(flag.to_owned());
            }
        }
        arguments
    }
}
