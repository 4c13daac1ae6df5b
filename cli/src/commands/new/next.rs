//! What to type after a package was made, until something runs.

use std::path::Path;

use keyway_manifest::host::relative;

use super::Kind;
use crate::scaffold::{Enclosing, Name, Package, Sdk};

/// What is made, and what is around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made<'a> {
    pub(super) name: &'a Name,
    pub(super) id: Option<&'a str>,
    pub(super) folder: &'a Path,
    /// The current folder, in which the commands are typed.
    pub(super) here: &'a Path,
    pub(super) sdk: Option<&'a Sdk>,
    pub(super) workspace: Option<&'a Enclosing>,
}

/// The commands, each a line for a shell, to be typed one after the other.
pub(super) fn commands(kind: &Kind, made: &Made<'_>) -> Vec<String> {
    let name = made.name.as_str();
    let mut commands = made.enter().into_iter().collect::<Vec<_>>();
    match (kind, made.workspace) {
        (Kind::Plugin { .. }, Some(workspace)) => {
            commands.push(format!("cargo test -p {name}"));
            commands.extend(made.commands_of_host(workspace));
        }
        (Kind::Plugin { .. } | Kind::Sdk { .. }, None) => commands.push("cargo test".to_owned()),
        (Kind::Sdk { .. }, Some(_)) => {
            commands.push(format!("cargo test -p {name}"));
            let group = made.name.group();
            commands.push(format!("cargo keyway new plugin {group}-plugin-first --sdk {name}"));
        }
        (Kind::Host { .. }, Some(_)) => commands.push(format!("cargo run -p {name}")),
        (Kind::Host { .. }, None) => commands.push("cargo run".to_owned()),
    }
    commands
}

impl Made<'_> {
    /// The way to where the other commands are understood; `None` when that is here.
    fn enter(&self) -> Option<String> {
        let folder = self.workspace.map_or(self.folder, Enclosing::folder);
        (!self.here.starts_with(folder)).then(|| format!("cd {}", quoted(&relative(self.here, folder))))
    }

    /// What brings a plugin into the host that is there for it, and runs that.
    fn commands_of_host(&self, workspace: &Enclosing) -> Vec<String> {
        let (name, members) = (self.name.as_str(), workspace.members());
        let hosts: Vec<&Package> = members.iter().filter(|member| member.is_host()).collect();
        let takes_it = |host: &&&Package| self.sdk.is_none_or(|sdk| host.dependency(sdk.name()).is_some());
        let Some(host) = hosts.iter().find(takes_it) else { return Vec::new() };
        let package = if hosts.len() == 1 { String::new() } else { format!(" --package {}", host.name()) };
        // What it asks for is its own author's wish here, and `add` shows it.
        let policy = if self.asks() && host.folder().join("host.toml").is_file() { " --policy" } else { "" };
        let mut commands = vec![format!("cargo keyway add {name} --default{policy} --yes{package}")];
        if host.folder().join("keyway.lock").is_file() {
            commands.push(format!("cargo keyway approve {}{package}", self.id.unwrap_or(name)));
        }
        commands.push(format!("cargo run -p {}", host.name()));
        commands
    }

    /// Whether a new plugin asks for a permission: all but those that greet.
    fn asks(&self) -> bool {
        self.sdk.and_then(Sdk::point) != Some("Greeter")
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./+:,@".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_folder_is_one_word() {
        assert_eq!([quoted("../a-b/c.d"), quoted("my site"), quoted("it's")], ["../a-b/c.d", "'my site'", r"'it'\''s'"]);
    }
}
