//! Environment variables within a grant of `env.read`.

use std::env::VarError;
use std::sync::Arc;

use super::{Grants, World};
use crate::capability::{EnvironmentError, EnvironmentSource};

/// The variables that one plugin may read.
pub(super) struct ScopedEnvironment {
    grants: Arc<Grants>,
    world: Arc<World>,
}

impl ScopedEnvironment {
    pub(super) const fn new(grants: Arc<Grants>, world: Arc<World>) -> Self {
        Self { grants, world }
    }
}

impl EnvironmentSource for ScopedEnvironment {
    fn get(&self, name: &str) -> Result<String, EnvironmentError> {
        self.grants.check("env.read", name).map_err(EnvironmentError::Denied)?;
        if let Some(value) = self.world.variables.get(name) {
            return Ok(value.clone());
        }
        // No name with these characters can be set, and the standard library may panic on them.
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(EnvironmentError::NotSet(name.to_owned()));
        }
        std::env::var(name).map_err(|error| match error {
            VarError::NotPresent => EnvironmentError::NotSet(name.to_owned()),
            VarError::NotUnicode(_) => EnvironmentError::NotUnicode(name.to_owned()),
        })
    }
}
