//! `cargo keyway approvals`: what was decided about each plugin, and what waits for a decision.

use keyway_manifest::lock::LockEntry;
use serde::{Deserialize, Serialize};

use crate::decide::{Asked, Standing, now};
use crate::failure::Failure;
use crate::locked::look;
use crate::output::{Cell, Page, Report, Table, style};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only the plugins that wait for a decision.
    #[arg(long)]
    pending: bool,
}

/// What was decided about the plugins of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// The lock file, from the workspace's folder.
    pub lock: String,
    /// The plugins, by id.
    pub plugins: Vec<PluginApproval>,
}

/// What was decided about one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginApproval {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `approved`, `pending`, `wider` (it asks for more than was approved), `expired`, `denied` or `revoked`; and where the policy asks for an
    /// approval of these too, `narrower` (it asks for less) or `other-version`.
    pub standing: String,
    /// Who decided; `null` while nobody has.
    pub by: Option<String>,
    /// When, in the form `2026-11-21T18:00:00Z`.
    pub on: Option<String>,
    /// Why; `null` when nobody said.
    pub reason: Option<String>,
    /// The last day of the approval; `null` when it has no end.
    pub until: Option<String>,
    /// What it asks for now.
    pub asks: Vec<Asked>,
    /// What it asks for beyond what was approved, a line each.
    pub wider: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let lock = look(project)?;
    let today = now().day();
    let of = |(id, entry): (&String, &LockEntry)| {
        let standing = Standing::of(entry, project, today);
        (standing.waits(), PluginApproval::new(id, entry, &standing))
    };
    let plugins: Vec<(bool, PluginApproval)> = lock.plugins.iter().map(of).collect();
    let waits = plugins.iter().any(|(waits, _)| *waits);
    let shown = plugins.into_iter().filter(|(waits, _)| *waits || !arguments.pending).map(|(_, plugin)| plugin);
    session.print(&Approvals { lock: project.shown(&project.lock_file()), plugins: shown.collect() })?;
    Ok(if waits { Verdict::Found } else { Verdict::Clean })
}

impl PluginApproval {
    fn new(id: &str, entry: &LockEntry, standing: &Standing) -> Self {
        let decision = entry.approval.as_ref();
        let wider = match standing {
            Standing::Wider(changes) => changes.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        Self {
            id: id.to_owned(),
            version: entry.version.clone(),
            standing: standing.as_str().to_owned(),
            by: decision.map(|decision| decision.by.clone()),
            on: decision.map(|decision| decision.on.to_string()),
            reason: decision.and_then(|decision| decision.reason.clone()),
            until: decision.and_then(|decision| decision.until).map(|day| day.to_string()),
            asks: Asked::all(&entry.permissions),
            wider,
        }
    }
}

impl Report for Approvals {
    fn text(&self, page: &mut Page) {
        if self.plugins.is_empty() {
            return page.line("nothing waits for a decision");
        }
        let mut table = Table::new(["plugin", "version", "standing", "decided by", "on", "until", "because"]);
        for plugin in &self.plugins {
            let style = match plugin.standing.as_str() {
                "approved" => style::GOOD,
                "denied" | "revoked" => style::BAD,
                _ => style::NOTICE,
            };
            let day = plugin.on.as_deref().and_then(|on| on.split('T').next()).unwrap_or_default();
            let text = |text: &Option<String>| Cell::from(text.clone().unwrap_or_default());
            table.row([
                plugin.id.clone().into(),
                plugin.version.clone().into(),
                Cell::new(style, plugin.standing.clone()),
                text(&plugin.by),
                day.into(),
                text(&plugin.until),
                text(&plugin.reason),
            ]);
        }
        page.table(&table);
        for plugin in self.plugins.iter().filter(|plugin| !matches!(plugin.standing.as_str(), "approved" | "denied" | "revoked"))
        {
            plugin.waiting(page);
        }
    }
}

impl PluginApproval {
    /// What somebody has to look at, and the command with which to decide.
    fn waiting(&self, page: &mut Page) {
        page.heading(&self.id);
        for line in &self.wider {
            page.line(format!("  {line}"));
        }
        for asked in self.asks.iter().filter(|_| self.wider.is_empty()) {
            page.line(format!("  {asked}"));
        }
        page.line(format!("  help: `cargo keyway approve {id}`, or `cargo keyway deny {id} --reason …`", id = self.id));
    }
}
