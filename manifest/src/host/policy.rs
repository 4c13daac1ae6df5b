//! What is said when a host names a policy file that is not there.

/// The message of KW0437, for a file as a reader would name it.
#[must_use]
pub fn policy_missing(shown_as: &str) -> String {
    format!("the policy file `{shown_as}` does not exist")
}

/// The help of KW0437 for a file that is not there.
pub const POLICY_MISSING_HELP: &str = "create it (an empty file grants nothing), mend the path, which starts at the folder of Cargo.toml, or write \
                                       `policy = grant_requested` to grant every plugin what its manifest asks for";
