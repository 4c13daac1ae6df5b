//! Where a new package takes `keyway` from.
//!
//! A plugin, its SDK and its host must mean one crate by `keyway`: what comes from two places is two crates to Rust, and the traits of the one
//! are not those of the other. So a new package takes it from where those around it do, and a workspace says it in one line.

use super::checkout::Checkout;
use super::dependency::{Source, version_range};
use super::enclosing::Enclosing;
use super::sdk::Sdk;
use crate::failure::{Class, Failure, TWO_KEYWAYS};

/// The name of the crate.
const KEYWAY: &str = "keyway";

/// Where a new package takes `keyway` from.
#[derive(Debug, Clone)]
pub(crate) struct Keyway {
    source: Source,
    place: Place,
    notes: Vec<String>,
    clash: Option<String>,
}

/// Which Cargo.toml says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The package's own.
    Package,
    /// The workspace's, which has it.
    Workspace,
    /// The workspace's, into which it is to be written.
    NewInWorkspace,
}

impl Keyway {
    /// Decides: what was asked for, else what the SDK takes, the workspace, or its other packages; else a version of this program's.
    pub(crate) fn find(checkout: Option<&Checkout>, sdk: Option<&Sdk>, workspace: Option<&Enclosing>) -> Self {
        let asked = checkout.map(|checkout| Source::folder(&checkout.keyway()));
        let of_sdk = sdk.and_then(|sdk| Some((sdk.name(), sdk.keyway()?)));
        let inherited = workspace.and_then(|workspace| workspace.dependency(KEYWAY));
        let of_member = match &inherited {
            Some(_) => None,
            None => workspace.and_then(of_members),
        };
        let around = inherited.as_ref().or_else(|| of_member.as_ref().map(|(_, source)| source)).cloned();
        let source = asked.or_else(|| of_sdk.map(|(_, source)| source.clone())).or(around);
        let source = match source {
            // The range is for those who take the SDK or the workspace's packages from a registry.
            Some(Source::Folder { folder, .. }) => Source::folder(&folder),
            Some(source) => source,
            None => Source::version(&version_range(env!("CARGO_PKG_VERSION"))),
        };
        let place = match &inherited {
            Some(inherited) if source.is_same(inherited) => Place::Workspace,
            None if workspace.is_some() && of_member.is_none() => Place::NewInWorkspace,
            _ => Place::Package,
        };
        let mut others: Vec<(String, &Source)> = Vec::new();
        others.extend(of_sdk.map(|(name, source)| (format!("the SDK `{name}`"), source)));
        others.extend(inherited.as_ref().map(|source| ("the workspace".to_owned(), source)));
        others.extend(of_member.as_ref().map(|(name, source)| (format!("`{name}`"), source)));
        others.retain(|(_, other)| !source.is_same(other));
        let (ranges, elsewhere): (Vec<_>, Vec<_>) = others.into_iter().partition(|(_, other)| source.goes_with(other));
        let differs = |(who, other): &(String, &Source)| differs(&source, who, other, workspace);
        let (notes, clash) = (ranges.iter().map(differs).collect(), elsewhere.first().map(differs));
        Self { source, place, notes, clash }
    }

    /// What is known of it before the SDK is: where the SDK of keyway-cms comes from follows from that.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// What a package writes into its own Cargo.toml.
    pub(super) fn in_package(&self) -> &Source {
        if self.place == Place::Package { &self.source } else { &Source::Workspace }
    }

    /// The same in a workspace that is made along with its packages, and says it.
    pub(super) fn in_new_workspace(&self) -> Self {
        Self { place: Place::Workspace, ..self.clone() }
    }

    /// Writes it into the workspace where it says nothing of it yet. Answers whether it had to.
    pub(crate) fn add_to(&self, workspace: &mut Enclosing) -> bool {
        let is_new = self.place == Place::NewInWorkspace;
        if is_new {
            workspace.set_dependency(KEYWAY, &self.source);
        }
        is_new
    }

    /// Refuses what Cargo would refuse: `keyway` may be in a build once, and those around take it from elsewhere.
    pub(crate) fn is_one(&self) -> Result<(), Failure> {
        let Some(clash) = &self.clash else { return Ok(()) };
        let help = "leave `--keyway-path` out to take it from where they do, or let all take it from one place first";
        Err(Failure::new(Class::Arguments, TWO_KEYWAYS, clash.clone()).help(help))
    }

    /// What may not go together, each a sentence without its full stop.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// What the first of the workspace's packages says that depends on it.
fn of_members(workspace: &Enclosing) -> Option<(String, Source)> {
    workspace.members().iter().find_map(|member| Some((member.name().to_owned(), member.dependency(KEYWAY)?)))
}

fn differs(source: &Source, who: &str, other: &Source, workspace: Option<&Enclosing>) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let from = workspace.map_or(here.as_path(), Enclosing::folder);
    format!(
        "the new package would take `keyway` from elsewhere ({}) than {who} ({}), and Cargo takes it into a build only once",
        source.shown(from),
        other.shown(from)
    )
}
