//! Reads the policy that `host!` names.

use std::path::PathBuf;

use keyway_manifest::Policy;
use keyway_manifest::host::{POLICY_MISSING_HELP, policy_missing};
use keyway_manifest::parse::{is_there, parse_policy, read_policy};

use super::argument::{self, Arguments};
use super::build::Build;
use crate::errors::Errors;

/// The policy of a host.
pub(crate) struct PolicyInput {
    /// The rules.
    pub(crate) policy: Policy,
    /// The file as a reader would name it; empty when there is none.
    pub(crate) shown_as: String,
    /// The file to watch.
    pub(crate) file: Option<PathBuf>,
}

/// Reads the policy, or grants what is requested when a mistake was found.
pub(crate) fn read(arguments: &Arguments, build: &Build, problems: &mut Errors) -> PolicyInput {
    let mut input = PolicyInput { policy: Policy::GRANT_REQUESTED, shown_as: String::new(), file: None };
    let (text, span) = match &arguments.policy {
        None | Some(argument::Policy::GrantRequested) => return input,
        Some(argument::Policy::Text(literal)) => {
            "policy_text".clone_into(&mut input.shown_as);
            (literal.value(), literal.span())
        }
        Some(argument::Policy::File(literal)) => {
            let file = build.file(&literal.value());
            input.shown_as = build.shown(&file);
            if !is_there(&file) {
                problems.at_span(literal.span(), "KW0437", &policy_missing(&input.shown_as), POLICY_MISSING_HELP);
                return input;
            }
            match read_policy(&file, &input.shown_as) {
                Ok(text) => {
                    input.file = Some(file);
                    (text, literal.span())
                }
                Err(report) => {
                    problems.report(literal.span(), &report);
                    return input;
                }
            }
        }
    };
    match parse_policy(&text, &input.shown_as, &arguments.permissions) {
        Ok(policy) => input.policy = policy,
        Err(report) => problems.report(span, &report),
    }
    input
}
