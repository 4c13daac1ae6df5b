//! Reads the policy that `host!` names.

use std::path::PathBuf;

use keyway_manifest::Policy;
use keyway_manifest::parse::{parse_policy, read_policy};

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
            if !file.exists() {
                let message = format!("the policy file `{}` does not exist", input.shown_as);
                let help = "create it (an empty file grants nothing), mend the path, which starts at the folder of Cargo.toml, or write \
                            `policy = grant_requested` to grant every plugin what its manifest asks for";
                problems.at_span(literal.span(), "KW0437", &message, help);
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
