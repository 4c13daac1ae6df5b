//! What was made, and what comes next.

use serde::{Deserialize, Serialize};

use crate::output::{Page, Report};

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// `plugin`, `host` or `sdk`.
    pub kind: String,
    /// The package's name.
    pub package: String,
    /// The id of a plugin; `null` for the others.
    pub id: Option<String>,
    /// The extension point that a plugin begins with; `null` for the others.
    pub point: Option<String>,
    /// The package of the SDK that it is for; `null` when it is for none, or one was made along.
    pub sdk: Option<String>,
    /// Where the SDK comes from, in words.
    pub sdk_from: Option<String>,
    /// The SDKs of the workspace that it could be for; empty when it is for one.
    pub other_sdks: Vec<String>,
    /// Where `keyway` comes from, in words.
    pub keyway: String,
    /// Whether that was written into the workspace's Cargo.toml.
    pub says_keyway: bool,
    /// Its folder.
    pub folder: String,
    /// The files that were written, from that folder.
    pub files: Vec<String>,
    /// The Cargo.toml to whose members it was added; `null` when there was no need.
    pub joined: Option<String>,
    /// What to type next, in a shell, one line after the other.
    pub next: Vec<String>,
}

impl Report for New {
    fn text(&self, page: &mut Page) {
        let what = match (&self.id, self.kind.as_str()) {
            (Some(id), _) => format!("the plugin `{id}`"),
            (None, "sdk") => "an SDK".to_owned(),
            (None, other) => format!("a {other}"),
        };
        page.line(format!("made {what} in `{}`, package `{}`", self.folder, self.package));
        for file in &self.files {
            page.line(format!("  {file}"));
        }
        if let Some(joined) = &self.joined {
            page.line(format!("added to the members in `{joined}`"));
        }
        page.gap();
        if let Some(id) = &self.id {
            page.line(format!("id      {id}; `--id` gives another one"));
        }
        if let Some(point) = &self.point {
            let whose = if point == "Job" { " of Keyway itself, which every host has".to_owned() } else { String::new() };
            page.line(format!("point   {point}{whose}"));
        }
        match (&self.sdk, &self.sdk_from) {
            (Some(sdk), Some(from)) => page.line(format!("sdk     {sdk}, {from}")),
            _ if self.kind == "plugin" => page.line(format!("sdk     none, so any host takes it{}", self.shown_sdks())),
            _ => {}
        }
        let said = if self.says_keyway { "; written into `[workspace.dependencies]`" } else { "" };
        page.line(format!("keyway  {}{said}", self.keyway));
        page.heading("next");
        for command in &self.next {
            page.line(format!("  {command}"));
        }
        if self.kind == "plugin" && self.next.iter().all(|command| !command.starts_with("cargo keyway add ")) {
            page.gap();
            page.line("in the folder of a host, `cargo keyway add` with this folder adds it there");
        }
    }
}

impl New {
    fn shown_sdks(&self) -> String {
        match self.other_sdks.as_slice() {
            [] => String::new(),
            sdks => format!("; `--sdk {}` makes one for the host of that", sdks.join("` or `--sdk ")),
        }
    }
}
