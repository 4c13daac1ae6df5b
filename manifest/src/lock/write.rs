//! Writes a lock in its one spelling: the same content is the same text, and a change of one plugin is a change of its block alone.

use std::fmt::Write;

use super::keys::LOCK_VERSION;
use super::model::{Decision, LockEntry, LockFile};
use super::permissions::Permissions;
use crate::parse::toml_string as quote;

const HEAD: &str = "# Made by `cargo keyway lock`. Commit it: the build of this host holds every plugin to it.";

impl LockFile {
    /// The file's text: `\n` at the end of every line, plugins, permissions, scopes, targets and digests sorted.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text =
            format!("{HEAD}\nlock-version = {LOCK_VERSION}\n\n# The start order with the default features.\norder = [");
        for id in &self.order {
            append(&mut text, format_args!("\n    {},", quote(id)));
        }
        text.push_str(if self.order.is_empty() { "]\n" } else { "\n]\n" });
        for (id, entry) in &self.plugins {
            write_entry(&mut text, id, entry);
        }
        text
    }
}

fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a string takes all that is written to it");
}

fn write_entry(text: &mut String, id: &str, entry: &LockEntry) {
    let table = format!("plugin.{}", quote(id));
    append(text, format_args!("\n[{table}]\n"));
    write_text(text, "version", &entry.version);
    write_text(text, "package", &entry.package);
    write_text(text, "source", &entry.source.to_string());
    if let Some(checksum) = &entry.checksum {
        write_text(text, "checksum", checksum.as_str());
    }
    write_text(text, "tier", entry.tier.as_str());
    write_text(text, "manifest", entry.manifest.as_str());
    if !entry.permissions.is_empty() {
        write_permissions(text, &format!("{table}.permissions"), &entry.permissions);
    }
    if !entry.artifacts.is_empty() {
        append(text, format_args!("\n[{table}.artifacts]\n"));
        for (target, digests) in &entry.artifacts {
            let digests: Vec<&str> = digests.iter().map(|digest| digest.as_str()).collect();
            append(text, format_args!("{} = {}\n", key(target), list(digests)));
        }
    }
    if let Some(decision) = &entry.approval {
        write_decision(text, &format!("{table}.approval"), id, decision, &entry.permissions);
    }
}

fn write_decision(text: &mut String, table: &str, id: &str, decision: &Decision, requested: &Permissions) {
    append(text, format_args!("\n[{table}]\n"));
    write_text(text, "decision", decision.verdict.as_str());
    write_text(text, "permissions", decision.permissions.hash(id).as_str());
    write_text(text, "version", &decision.version);
    write_text(text, "by", &decision.by);
    write_text(text, "on", &decision.on.to_string());
    if let Some(reason) = &decision.reason {
        write_text(text, "reason", reason);
    }
    if let Some(until) = &decision.until {
        write_text(text, "until", &until.to_string());
    }
    if decision.permissions != *requested {
        write_permissions(text, &format!("{table}.scopes"), &decision.permissions);
    }
}

fn write_permissions(text: &mut String, table: &str, permissions: &Permissions) {
    append(text, format_args!("\n[{table}]\n"));
    for (name, permission) in &permissions.by_name {
        let scopes = list(permission.scopes.iter().map(String::as_str));
        if permission.optional {
            append(text, format_args!("{} = {{ scope = {scopes}, optional = true }}\n", quote(name)));
        } else {
            append(text, format_args!("{} = {scopes}\n", quote(name)));
        }
    }
}

fn write_text(text: &mut String, key: &str, value: &str) {
    append(text, format_args!("{key} = {}\n", quote(value)));
}

fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(quote).collect();
    format!("[{}]", items.join(", "))
}

/// A target triple needs no quotes unless there is a dot in it.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { name.to_owned() } else { quote(name) }
}
