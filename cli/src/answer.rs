//! What `--json` prints: one object with the version of its form, the command, and what the command found or why it could not work.
//!
//! A new field is no new form; a reader skips what it does not know. The number of the form grows when a field changes or goes.
//!
//! ```
//! use cargo_keyway::answer::{Answer, List};
//!
//! let text = r#"{"format": 1, "command": "list", "data": {"host": "my-host", "known": 0, "enabled": 0, "plugins": [], "unknown": []}}"#;
//! let answer: Answer<List> = serde_json::from_str(text)?;
//! assert_eq!(answer.data.host, "my-host");
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize};

pub use crate::audit::{
    AtBuildTime, Audit, AuditDiff, Class as AuditClass, PermissionAudit, Place, PluginAudit, PluginDiff, Use, Used,
    Verdict as AuditVerdict,
};
pub use crate::commands::add::{Add, AskedPermission, NewPackage, RequiredPlugin};
pub use crate::commands::approvals::{Approvals, PluginApproval};
pub use crate::commands::check::{Check, CheckMistake, CheckProblem};
pub use crate::commands::diff::{Diff, ProgramDiff};
pub use crate::commands::doctor::{Doctor, DoctorCheck, DoctorFinding, DoctorGroup};
pub use crate::commands::explain::{ErrorList, ErrorPage, ListedError};
pub use crate::commands::graph::{Drawing, Graph, GraphEdge, GraphPlugin};
pub use crate::commands::info::{Info, InfoPermission, InfoRequirement, InfoService};
pub use crate::commands::keygen::KeyPair;
pub use crate::commands::list::{List, ListedPlugin};
pub use crate::commands::lock::Locked;
pub use crate::commands::new::New;
pub use crate::commands::order::{Explanation, ExplanationStep, Order, OrderedPlugin};
pub use crate::commands::permissions::{JudgedPermission, Permissions, PermissionsOfPlugin};
pub use crate::commands::remove::{Needed, Remove};
pub use crate::commands::sign::{SignatureMade, Signatures};
pub use crate::commands::surface::SurfaceReport;
pub use crate::commands::test::{CheckedPlugin, ConformanceCheck, ConformanceFinding, Test};
pub use crate::commands::verify::{VerifiedAnswer, VerifiedLibrary, VerifiedProblem, Verify};
pub use crate::commands::why::{Why, WhyNeeded};
pub use crate::cost::{Measured, MeasuredBuild};
pub use crate::decide::{Asked, Decided, DecidedPlugin};
pub use crate::difference::{Change, ChangedPlugin, Changes};
pub use crate::host_file::EditedLine;
pub use crate::surface::{
    Difference, DifferenceKind, Limits, LinkedPackage, Package, PluginDifference, PluginSources, Sources, Standing, Surface,
    SurfaceDifferences, SurfacePermission, SurfacePlugin, SurfaceProvision, SurfaceRequirement, UnsafeCode, UnsafeStanding,
};

/// The version of the form.
pub const FORMAT: u32 = 1;

/// What a command found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer<T> {
    /// [`FORMAT`].
    pub format: u32,
    /// The command's name.
    pub command: String,
    /// What it found: one of the types of this module.
    pub data: T,
}

/// Why a command could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// [`FORMAT`].
    pub format: u32,
    /// The command's name.
    pub command: String,
    /// The error.
    pub error: Reason,
}

/// An error as a person would read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// `KW` and four digits.
    pub code: String,
    /// What was found. Further lines, where there are any, show the places.
    pub message: String,
    /// What to do.
    pub help: String,
}
