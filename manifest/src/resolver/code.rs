//! The codes of graph problems, each with the title of its page in `docs/errors/`.

/// The code of a graph problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// KW0301
    WrongVersion,
    /// KW0302
    MissingPlugin,
    /// KW0303
    WrongOptionalVersion,
    /// KW0304
    Conflict,
    /// KW0305
    DuplicateId,
    /// KW0306
    Cycle,
    /// KW0307
    ExclusiveService,
    /// KW0308
    MissingService,
    /// KW0309
    WrongServiceVersion,
    /// KW0310
    WrongHost,
    /// KW0311
    OrderContradiction,
    /// KW0312
    PermissionDenied,
    /// KW0313
    PermissionNotAllowed,
    /// KW0314
    GrantTooWide,
    /// KW0315
    UnknownPolicyPlugin,
    /// KW0316
    EventMismatch,
    /// KW0820
    NotLocked,
    /// KW0821
    Widened,
    /// KW0822
    NotApproved,
    /// KW0823
    Denied,
    /// KW0824
    Revoked,
    /// KW0825
    ApprovalEnded,
    /// KW0826
    VersionNotApproved,
    /// KW0827
    Narrowed,
    /// KW0828
    LockMissing,
    /// KW0829
    LockedOtherwise,
}

/// Every code of the resolver in ascending order: the variant, the code as printed, and the title of its page.
pub const CODES: &[(Code, &str, &str)] = &[
    (Code::WrongVersion, "KW0301", "a required plugin has the wrong version"),
    (Code::MissingPlugin, "KW0302", "a required plugin is missing"),
    (Code::WrongOptionalVersion, "KW0303", "an optional requirement is present in the wrong version"),
    (Code::Conflict, "KW0304", "two plugins of the build conflict"),
    (Code::DuplicateId, "KW0305", "two plugins have the same id"),
    (Code::Cycle, "KW0306", "plugins wait for each other in a ring"),
    (Code::ExclusiveService, "KW0307", "an exclusive service has another provider"),
    (Code::MissingService, "KW0308", "a required service has no provider"),
    (Code::WrongServiceVersion, "KW0309", "a required service has the wrong version"),
    (Code::WrongHost, "KW0310", "a plugin was written for another version of the SDK"),
    (Code::OrderContradiction, "KW0311", "order hints contradict each other"),
    (Code::PermissionDenied, "KW0312", "the policy denies a permission"),
    (Code::PermissionNotAllowed, "KW0313", "the policy does not allow a permission"),
    (Code::GrantTooWide, "KW0314", "a grant is wider than the request"),
    (Code::UnknownPolicyPlugin, "KW0315", "the policy names an unknown plugin"),
    (Code::EventMismatch, "KW0316", "two plugins mean different events by one topic"),
    (Code::NotLocked, "KW0820", "a plugin is not in the lock"),
    (Code::Widened, "KW0821", "a plugin asks for more than was approved"),
    (Code::NotApproved, "KW0822", "a plugin waits for approval"),
    (Code::Denied, "KW0823", "a plugin was denied"),
    (Code::Revoked, "KW0824", "the approval of a plugin was revoked"),
    (Code::ApprovalEnded, "KW0825", "the approval of a plugin has ended"),
    (Code::VersionNotApproved, "KW0826", "another version of a plugin was approved"),
    (Code::Narrowed, "KW0827", "a plugin asks for less than was approved"),
    (Code::LockMissing, "KW0828", "the lock that the policy requires is missing"),
    (Code::LockedOtherwise, "KW0829", "a plugin was locked in another tier"),
];

impl Code {
    /// The code as printed, for example `KW0301`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        CODES[self as usize].1
    }

    /// The title of the code's page in `docs/errors/`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        CODES[self as usize].2
    }
}

impl core::fmt::Display for Code {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
