//! What the conformance kit has found.

use serde::{Deserialize, Serialize};

use crate::output::{Cell, Page, Report, Table, style, styled};

/// What the conformance kit has found in plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The plugins, in the order of the arguments or of the workspace.
    pub plugins: Vec<CheckedPlugin>,
}

/// What the kit has found in one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedPlugin {
    /// Its package.
    pub package: String,
    /// Its id; `null` when its manifest is in the code and the kit is not wired in.
    pub plugin: Option<String>,
    /// Why its tests could not be built: the first error of the compiler, or what Cargo says; `null` when they were.
    pub not_built: Option<String>,
    /// The checks, by name; none when the kit is not wired in, or the tests could not be built.
    pub checks: Vec<ConformanceCheck>,
}

/// One check of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConformanceCheck {
    /// Its name, for example `lifecycle`.
    pub check: String,
    /// Whether nothing was found.
    pub passed: bool,
    /// What was done.
    pub did: String,
    /// What was found.
    pub findings: Vec<ConformanceFinding>,
}

/// Something that a plugin does not bear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConformanceFinding {
    /// What was done.
    pub did: String,
    /// What was seen then.
    pub saw: String,
    /// What to do about it.
    pub help: String,
}

impl CheckedPlugin {
    pub(super) fn has_failed(&self) -> bool {
        self.not_built.is_some() || self.checks.iter().any(|check| !check.passed)
    }

    pub(super) fn is_bare(&self) -> bool {
        self.not_built.is_none() && self.checks.is_empty()
    }

    fn name(&self) -> &str {
        self.plugin.as_deref().unwrap_or(&self.package)
    }
}

/// How the kit is wired in.
const WIRE_IN: [&str; 6] = [
    "[dev-dependencies]                       # Cargo.toml; `keyway` from where `[dependencies]` takes it",
    "keyway = { workspace = true, features = [\"testing\"] }",
    "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }",
    "",
    "use my_plugin::MyPlugin;                 // tests/plugin.rs; the plugin's crate and type",
    "keyway::testing::conformance!(MyPlugin);",
];

impl Report for Test {
    fn text(&self, page: &mut Page) {
        match self.plugins.as_slice() {
            [one] => one.whole(page),
            several => overview(several, page),
        }
        for plugin in self.plugins.iter().filter(|plugin| plugin.has_failed()) {
            match &plugin.not_built {
                Some(said) => {
                    page.heading(format!("`{}`, package `{}`: its tests cannot be built", plugin.name(), plugin.package));
                    said.lines().for_each(|line| page.line(format!("  {line}").trim_end()));
                }
                None => page.heading(format!("`{}`, package `{}`", plugin.name(), plugin.package)),
            }
            for check in plugin.checks.iter().filter(|check| !check.passed) {
                for ConformanceFinding { did, saw, help } in &check.findings {
                    page.line(format!("  {}: {did}", styled(style::BAD, &check.check)));
                    page.line(format!("    saw: {}", saw.replace('\n', "\n         ")));
                    page.line(format!("    help: {help}"));
                }
            }
        }
        let bare: Vec<_> =
            self.plugins.iter().filter(|plugin| plugin.is_bare()).map(|plugin| format!("`{}`", plugin.package)).collect();
        if !bare.is_empty() {
            page.heading(format!("the conformance kit is not wired in: {}", bare.join(", ")));
            WIRE_IN.iter().for_each(|line| page.line(if line.is_empty() { String::new() } else { format!("  {line}") }));
        }
        let failed = self.plugins.iter().filter(|plugin| plugin.has_failed()).count();
        let passed = self.plugins.len() - failed - bare.len();
        page.gap();
        page.line(format!("{passed} of {} plugins pass", self.plugins.len()));
    }
}

impl CheckedPlugin {
    /// One plugin, with what each check has done.
    fn whole(&self, page: &mut Page) {
        let mut table = Table::new(["check", "outcome", "what was done"]);
        for check in &self.checks {
            table.row([check.check.clone().into(), outcome(Some(check)), check.did.clone().into()]);
        }
        page.table(&table);
    }
}

/// Many plugins, a column for each check.
fn overview(plugins: &[CheckedPlugin], page: &mut Page) {
    let mut table = Table::new(["plugin", "lifecycle", "restart", "state", "leftovers", "settings", "permissions", "limits"]);
    for plugin in plugins {
        let of = |name: &str| outcome(plugin.checks.iter().find(|check| check.check == name));
        table.row([
            plugin.name().into(),
            of("lifecycle"),
            of("restart"),
            of("state"),
            of("leftovers"),
            of("settings"),
            of("permissions"),
            of("limits"),
        ]);
    }
    page.table(&table);
}

fn outcome(check: Option<&ConformanceCheck>) -> Cell {
    match check {
        Some(check) if check.passed => Cell::new(style::GOOD, "ok"),
        Some(_) => Cell::new(style::BAD, "failed"),
        None => Cell::new(style::FAINT, "-"),
    }
}
