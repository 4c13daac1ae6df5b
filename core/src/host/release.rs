//! What a plugin is at one time: its code, its manifest, what it may do, and with which settings it was made. Replaced as a whole when
//! the plugin is reloaded.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::SystemTime;

#[cfg(feature = "native")]
use keyway_manifest::SdkInfo;
use keyway_manifest::{Descriptor, Lock, Policy};
use sha2::{Digest, Sha256};

use super::audit::Audit;
use super::capability::Grants;
use super::config;
use super::library::LibraryInfo;
use super::limit::Limits;
use super::settings::Settings;
use crate::guard::Traffic;
use crate::plugin::Registration;

/// One release of a plugin within a host.
pub(super) struct Release {
    pub(super) registration: Registration,
    pub(super) grants: Arc<Grants>,
    /// What its calls are counted by, over all its instances.
    pub(super) traffic: Arc<Traffic>,
    /// Where its own settings are read, and the operator's limits.
    pub(super) settings: Arc<Settings>,
    /// Counts the releases of the plugin in this run of the host, from 1.
    pub(super) generation: u32,
    /// When it was made.
    pub(super) since: SystemTime,
    pub(super) reason: Reason,
    /// The library that it comes from; `None` for one that is linked in.
    pub(super) library: Option<Arc<LibraryInfo>>,
}

/// Why a plugin has the release that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The host started with it.
    Start,
    /// [`Host::reload`](crate::Host::reload) was called.
    Reload,
    /// Its files have changed, and the host follows them: `HostBuilder::watch_native`.
    Changed,
    /// [`Host::roll_back`](crate::Host::roll_back) was called.
    RollBack,
    /// The release after it failed within its probation, and the host went back by itself.
    Probation,
    /// A plugin that it requires was reloaded.
    Dependent,
}

impl Reason {
    /// As the audit log and JSON have it, for example `roll-back`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Reload => "reload",
            Self::Changed => "changed",
            Self::RollBack => "roll-back",
            Self::Probation => "probation",
            Self::Dependent => "dependent",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What every release of a host is made with.
pub(super) struct Terms {
    pub(super) policy: Policy,
    /// What was approved of the plugins when the program was compiled.
    pub(super) lock: Option<&'static Lock>,
    pub(super) limits: Limits,
    pub(super) audit: Arc<Audit>,
    /// The policy's file as a reader would name it.
    #[cfg(feature = "native")]
    pub(super) policy_file: &'static str,
    #[cfg(feature = "native")]
    pub(super) sdk: Option<SdkInfo>,
}

impl Terms {
    /// Makes the release of a plugin: its grants follow from its manifest and the policy, its limits from the settings.
    pub(super) fn release(
        &self,
        registration: Registration,
        library: Option<Arc<LibraryInfo>>,
        settings: &Arc<Settings>,
        at: (u32, SystemTime, Reason),
    ) -> Release {
        let descriptor = registration.descriptor;
        let (generation, since, reason) = at;
        Release {
            grants: Arc::new(Grants::new(descriptor, &self.policy, Arc::clone(&self.audit))),
            traffic: Arc::new(self.limits.traffic(descriptor, settings)),
            settings: Arc::clone(settings),
            registration,
            generation,
            since,
            reason,
            library,
        }
    }
}

impl Release {
    pub(super) const fn descriptor(&self) -> &'static Descriptor {
        self.registration.descriptor
    }

    /// What tells this release from others of the plugin: SHA-256 of its image, or, for one that is linked, of its configuration.
    pub(super) fn digest(&self) -> String {
        match &self.library {
            Some(library) => library.digest.clone(),
            None => {
                let config = config::merged(self.descriptor(), &self.settings).unwrap_or_default();
                Sha256::digest(config.to_string()).iter().fold(String::from("sha256:"), |mut text, byte| {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "{byte:02x}");
                    text
                })
            }
        }
    }
}
