//! What a check has found.

use std::fmt;

use keyway_manifest::Descriptor;
use serde_json::json;

use super::Check;

/// Something that a plugin did not bear.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was done, as a phrase: `start, disable, enable`.
    pub did: String,
    /// What was seen then.
    pub saw: String,
    /// What to do about it.
    pub help: String,
}

/// How a check went.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Examined {
    /// The plugin.
    pub plugin: &'static Descriptor,
    /// What was checked.
    pub check: Check,
    /// What was done in all, as a phrase.
    pub did: String,
    /// What was found; empty when the plugin has passed.
    pub findings: Vec<Finding>,
}

/// Begins the line that tells `cargo keyway test` about a check.
const MARK: &str = "keyway-conformance: ";

impl Examined {
    pub(super) const fn new(plugin: &'static Descriptor, check: Check) -> Self {
        Self { plugin, check, did: String::new(), findings: Vec::new() }
    }

    /// Adds a finding, unless the same was seen before: what one cause does to twenty orders is told once.
    pub(super) fn found(&mut self, did: impl Into<String>, saw: impl Into<String>, help: impl Into<String>) {
        let finding = Finding { did: did.into(), saw: saw.into(), help: help.into() };
        if !self.findings.iter().any(|other| other.saw == finding.saw) {
            self.findings.push(finding);
        }
    }

    /// Writes the line for `cargo keyway test`: JSON after a mark.
    #[expect(
        clippy::print_stdout,
        reason = "the test runner keeps the output of a test that passes, and a pipe takes it from there"
    )]
    pub(super) fn print(&self) {
        println!("{MARK}{}", self.to_json());
    }

    fn to_json(&self) -> serde_json::Value {
        let Self { plugin, check, did, findings } = self;
        let findings = findings.iter().map(|Finding { did, saw, help }| json!({ "did": did, "saw": saw, "help": help }));
        json!({
            "plugin": plugin.id.as_str(),
            "version": plugin.version.to_string(),
            "check": check.as_str(),
            "did": did,
            "findings": findings.collect::<Vec<_>>(),
        })
    }

    /// Reads what another process has printed; `None` when it came to no answer.
    pub(super) fn from_output(plugin: &'static Descriptor, check: Check, output: &str) -> Option<Self> {
        let line = output.lines().find_map(|line| line.split_once(MARK).map(|(_, line)| line))?;
        let read: serde_json::Value = serde_json::from_str(line).ok()?;
        let text = |value: &serde_json::Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let finding = |value| Some(Finding { did: text(value, "did")?, saw: text(value, "saw")?, help: text(value, "help")? });
        let findings = read.get("findings")?.as_array()?.iter().map(finding).collect::<Option<Vec<_>>>()?;
        Some(Self { plugin, check, did: text(&read, "did")?, findings })
    }
}

impl fmt::Display for Examined {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, check, did, findings } = self;
        let name = format!("plugin `{} {}`", plugin.id, plugin.version);
        if findings.is_empty() {
            return write!(formatter, "{name} passes the check `{check}`: {did}");
        }
        write!(formatter, "{name} does not pass the check `{check}` of the conformance kit")?;
        for Finding { did, saw, help } in findings {
            write!(formatter, "\n  did: {did}\n  saw: {}\n  help: {help}", saw.replace('\n', "\n       "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        let mut examined = Examined::new(&Descriptor::EMPTY, Check::Limits);
        "3 starts".clone_into(&mut examined.did);
        examined.found("start", "it \"panicked\":\nin two lines", "mend it");
        examined.found("start, disable", "it \"panicked\":\nin two lines", "mend it");
        assert_eq!(examined.findings.len(), 1, "one cause is told once");
        // The runner writes the name of the test before it, in the same line.
        let output = format!("running 1 test\ntest a::limits ... {MARK}{}\nok\n", examined.to_json());
        let read = Examined::from_output(&Descriptor::EMPTY, Check::Limits, &output).unwrap();
        assert_eq!((read.did, read.findings), (examined.did, examined.findings));
        assert!(Examined::from_output(&Descriptor::EMPTY, Check::Limits, "running 1 test\nkilled").is_none());
    }
}
