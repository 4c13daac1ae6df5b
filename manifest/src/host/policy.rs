//! What is said of a policy that a host names: that its file is not there, or contradicts the call of `host!`.

/// The message of KW0437, for a file as a reader would name it.
#[must_use]
pub fn policy_missing(shown_as: &str) -> String {
    format!("the policy file `{shown_as}` does not exist")
}

/// The help of KW0437 for a file that is not there.
pub const POLICY_MISSING_HELP: &str = "create it (an empty file grants nothing), mend the path, which starts at the folder of Cargo.toml, or write \
                                       `policy = grant_requested` to grant every plugin what its manifest asks for";

/// The message of KW0834: the policy requires a lock, and `host!` says that nothing is held to one.
pub const LOCK_OFF: &str = "`lock = off` stands in `host!`, and `[lock]` of the policy requires a lock";

/// The help of KW0834.
pub const LOCK_OFF_HELP: &str = "remove `lock = off`, or `required` from the policy";
