//! The error of a service that nobody provides at the moment.

use std::fmt;
use std::sync::Arc;

use keyway_manifest::{Descriptor, PointInfo};

/// No provider of a service runs: which service, who would provide it, and who asked.
#[derive(Clone)]
pub struct ServiceAway(Arc<Missing>);

struct Missing {
    service: &'static PointInfo,
    providing: Arc<[&'static Descriptor]>,
    user: &'static Descriptor,
}

impl ServiceAway {
    pub(super) fn new(service: &'static PointInfo, providing: Arc<[&'static Descriptor]>, user: &'static Descriptor) -> Self {
        Self(Arc::new(Missing { service, providing, user }))
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &'static PointInfo {
        self.0.service
    }

    /// The plugins that provide the service when they run, in start order.
    #[must_use]
    pub fn providers(&self) -> &[&'static Descriptor] {
        &self.0.providing
    }

    /// The plugin that asked.
    #[must_use]
    pub fn user(&self) -> &'static Descriptor {
        self.0.user
    }

    /// The stable code; `docs/errors/` has its page.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "KW0640"
    }
}

impl fmt::Display for ServiceAway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Missing { service, providing, user } = &*self.0;
        let (code, id, version) = (self.code(), service.id, service.version);
        write!(formatter, "{code} the service `{id} {version}`, which `{}` uses, is away: ", user.id)?;
        let Some((last, others)) = providing.split_last() else {
            return formatter.write_str("no plugin of this host provides it");
        };
        for (index, plugin) in others.iter().enumerate() {
            write!(formatter, "{}`{}`", if index == 0 { "" } else { ", " }, plugin.id)?;
        }
        match others {
            [] => write!(formatter, "`{}` provides it and does not run", last.id),
            _ => write!(formatter, " and `{}` provide it and do not run", last.id),
        }
    }
}

impl fmt::Debug for ServiceAway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServiceAway({self})")
    }
}

impl std::error::Error for ServiceAway {}
