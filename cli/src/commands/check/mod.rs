//! `cargo keyway check`: whether manifests, policy and graph are right, for one build or for many, without compiling.

mod combination;
mod found;
mod look;

use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Page, Report, style, styled};
use crate::project::Project;
use crate::session::Session;
use crate::verdict::Verdict;
use combination::Combinations;
use look::Looker;

pub use found::{CheckMistake, CheckProblem};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Each feature alone, none of them, the default ones, and all. `--features` are on in each of these builds.
    #[arg(long, group = "many", conflicts_with_all = ["all_features", "no_default_features"])]
    each_feature: bool,
    /// Each feature alone, and each two together.
    #[arg(long, group = "many", conflicts_with_all = ["all_features", "no_default_features"])]
    pairs: bool,
    /// All sets of features that bring in plugins, small ones first.
    #[arg(long, group = "many", conflicts_with_all = ["all_features", "no_default_features"])]
    all_combinations: bool,
    /// How many builds are looked at with `--all-combinations`.
    #[arg(long, value_name = "N", default_value_t = 100_000, requires = "all_combinations")]
    at_most: u64,
    #[command(flatten)]
    build: BuildArguments,
}

/// Whether the builds of a host are right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The host's package.
    pub host: String,
    /// How many builds were looked at.
    pub builds: u64,
    /// How many of them are refused.
    pub refused: u64,
    /// How many of them could not be judged, because a manifest in them is wrong or not known.
    pub unclear: u64,
    /// How many builds there would have been to look at; more than `builds` when `--at-most` ended the search.
    pub possible: u64,
    /// All features of the build, when there was one; `null` when there were several.
    pub features: Option<Vec<String>>,
    /// What is wrong or odd in files: manifests, `host.toml`, Cargo.toml.
    pub mistakes: Vec<CheckMistake>,
    /// What is wrong with builds, each problem once.
    pub problems: Vec<CheckProblem>,
    /// Plugins of which no manifest could be found, by their packages.
    pub unknown: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project_with_mistakes()?;
    let check = check(arguments, project, session)?;
    session.print(&check)?;
    Ok(check.verdict())
}

fn check(arguments: &Arguments, project: &Project, session: &Session) -> Result<Check, Failure> {
    let asked = project.features(&arguments.build)?;
    let platform = project.platform(arguments.build.target.as_deref())?;
    let mut combinations = match arguments {
        Arguments { each_feature: true, .. } => Combinations::each(project, &arguments.build.features),
        Arguments { pairs: true, .. } => Combinations::pairs(project, &arguments.build.features),
        Arguments { all_combinations: true, .. } => Combinations::all(project, &arguments.build.features),
        _ => Combinations::one(asked.clone()),
    };
    let possible = combinations.possible();
    let is_one = possible == 1 && !arguments.is_about_many();
    let features = is_one.then(|| project.build_with(&asked, platform.clone()).features().iter().cloned().collect());
    let mut looker = Looker::new(project, platform);
    // Without a policy and patterns that are right, the compiler does not come to the graph either.
    if project.host_mistakes().is_empty() {
        let most = if arguments.all_combinations { arguments.at_most } else { u64::MAX };
        if possible.min(most) >= 10_000 {
            session.progress(&format!("looking at {} builds", possible.min(most)));
        }
        while looker.builds < most
            && let Some(features) = combinations.next()
        {
            looker.look(&features);
        }
    }
    Ok(Check {
        host: project.name().to_owned(),
        builds: looker.builds,
        refused: looker.refused,
        unclear: looker.unclear,
        possible,
        features,
        mistakes: found::mistakes(project),
        problems: looker.problems(),
        unknown: project.unknown_plugins(),
    })
}

impl Arguments {
    const fn is_about_many(&self) -> bool {
        self.each_feature || self.pairs || self.all_combinations
    }
}

impl Check {
    fn verdict(&self) -> Verdict {
        let is_clean = self.refused == 0 && self.unclear == 0 && self.mistakes.iter().all(|mistake| mistake.level != "error");
        if is_clean { Verdict::Clean } else { Verdict::Found }
    }
}

impl Report for Check {
    fn text(&self, page: &mut Page) {
        for mistake in &self.mistakes {
            let (level, style) = if mistake.level == "error" { ("error", style::BAD) } else { ("warning", style::NOTICE) };
            page.line(format!("{} {}", styled(style, format!("{level}:")), mistake.text));
        }
        for problem in &self.problems {
            page.gap();
            page.line(format!("{} {}", styled(style::BAD, "error:"), problem.text));
            page.line(format!("  {} {}", styled(style::HEADING, "smallest build with it:"), problem.arguments()));
            if self.features.is_none() {
                page.line(format!("  {} {} of {}", styled(style::HEADING, "builds with it:"), problem.builds, self.builds));
            }
        }
        page.gap();
        page.line(self.summary());
    }
}

impl Check {
    fn summary(&self) -> String {
        let host = &self.host;
        let errors = self.mistakes.iter().filter(|mistake| mistake.level == "error").count();
        let mut parts = Vec::new();
        if errors > 0 {
            parts.push(found::count(errors, "mistake"));
        }
        if !self.problems.is_empty() {
            parts.push(found::count(self.problems.len(), "problem"));
        }
        if parts.is_empty() && !self.unknown.is_empty() {
            parts.push("it has plugins whose manifest was not found".to_owned());
        }
        let parts = parts.join(" and ");
        let mut text = match (self.verdict(), &self.features) {
            (Verdict::Clean, Some(_)) => styled(style::GOOD, format!("the build of `{host}` is right")).to_string(),
            (Verdict::Clean, None) => {
                styled(style::GOOD, format!("all {} builds of `{host}` are right", self.builds)).to_string()
            }
            (_, _) if self.builds == 0 => format!("`{host}` has {parts}; no build was looked at"),
            (_, Some(_)) if self.unclear > 0 => format!("the build of `{host}` cannot be judged: {parts}"),
            (_, Some(_)) if self.refused > 0 => format!("the build of `{host}` is refused: {parts}"),
            (_, Some(_)) => format!("the build of `{host}` is right, but not all that the host knows: {parts}"),
            (_, None) => format!("{} of {} builds of `{host}` are refused: {parts}", self.refused, self.builds),
        };
        if self.unclear > 0 && self.features.is_none() {
            text.push_str(&format!("\n{} builds cannot be judged before every manifest in them is right", self.unclear));
        }
        if self.builds > 0 && self.builds < self.possible {
            text.push_str(&format!(
                "\n{} of {} builds were looked at, small ones first; `--at-most` sets how many",
                self.builds, self.possible
            ));
        }
        if !self.unknown.is_empty() {
            text.push_str(&format!("\nno manifest was found of {}", found::names(&self.unknown)));
        }
        text
    }
}
