//! What one plugin was granted, and the one place where a use is compared with it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use keyway_manifest::{Descriptor, Grant, Policy, ScopeKind, grants, scope_matches, scope_overlaps};

use crate::Error;
use crate::capability::Denied;
use crate::host::audit::Audit;
use crate::host::tell::tell;

/// The grants of one plugin, with a count of the uses that they did not cover.
pub(in crate::host) struct Grants {
    descriptor: &'static Descriptor,
    audit: Arc<Audit>,
    granted: Vec<Grant>,
    denied: AtomicU64,
    last: Mutex<Option<Denied>>,
}

/// The refused uses of capabilities by one plugin, in this run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Denials {
    /// How many there were.
    pub count: u64,
    /// The newest one.
    pub last: Option<Denied>,
}

impl Grants {
    pub(in crate::host) fn new(descriptor: &'static Descriptor, policy: &Policy, audit: Arc<Audit>) -> Self {
        let granted = if descriptor.permissions.is_empty() { Vec::new() } else { grants(descriptor, policy) };
        Self { descriptor, audit, granted, denied: AtomicU64::new(0), last: Mutex::new(None) }
    }

    #[cfg(any(feature = "data", feature = "http-client", feature = "testing"))]
    pub(super) const fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    pub(in crate::host) fn granted(&self) -> &[Grant] {
        &self.granted
    }

    /// The granted scopes that are paths of files, each with its permission.
    pub(in crate::host) fn folders(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let files = self.granted.iter().filter(|grant| grant.name == super::files::READ || grant.name == super::files::WRITE);
        files.flat_map(|grant| grant.scopes.iter().map(|scope| (grant.name, *scope)))
    }

    pub(in crate::host) fn denials(&self) -> Denials {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Denials { count: self.denied.load(Ordering::Relaxed), last }
    }

    /// Fails when nothing at all was granted of a permission, as may happen to an optional one.
    pub(super) fn require(&self, permission: &'static str) -> Result<(), Error> {
        if self.scopes(permission).is_empty() {
            let id = self.descriptor.id;
            return Err(Error::message(format!(
                "KW0619 plugin `{id}` was granted nothing of `{permission}`: {}",
                self.why_nothing(permission)
            )));
        }
        Ok(())
    }

    /// Allows a use or refuses, counts, logs and writes it down. Every use of every capability comes through here.
    pub(in crate::host) fn check(&self, permission: &'static str, value: &str) -> Result<(), Denied> {
        if self.covers(permission, value) { Ok(()) } else { Err(self.refuse(permission, value, self.rule(permission))) }
    }

    /// Like [`check`](Self::check), for looking into a folder: allowed where something in it, at any depth, can be covered.
    pub(super) fn check_folder(&self, permission: &'static str, folder: &str) -> Result<(), Denied> {
        if self.reaches_into(permission, folder) { Ok(()) } else { Err(self.refuse(permission, folder, self.rule(permission))) }
    }

    /// Whether the grant covers a value; for leaving things out of a list, which is no refusal.
    pub(in crate::host) fn covers(&self, permission: &str, value: &str) -> bool {
        let kind = self.kind(permission);
        self.scopes(permission).iter().any(|scope| scope_matches(kind, scope, value))
    }

    /// Whether a scope without `*` in its host covers an origin, so that somebody meant this very host.
    #[cfg(feature = "http-client")]
    pub(super) fn names(&self, permission: &str, origin: &str) -> bool {
        let names = |scope: &&&str| !scope.strip_suffix(":*").unwrap_or(scope).contains('*');
        self.scopes(permission).iter().filter(names).any(|scope| scope_matches(ScopeKind::Origin, scope, origin))
    }

    /// Whether the grant can cover something below a folder.
    pub(super) fn reaches_into(&self, permission: &str, folder: &str) -> bool {
        let below = format!("{folder}/**");
        let scopes = self.scopes(permission);
        !folder.contains('*') && scopes.iter().any(|scope| scope_overlaps(ScopeKind::Path, scope, &below))
    }

    /// Counts a refusal, logs it and writes it down.
    pub(super) fn refuse(&self, permission: &'static str, asked: &str, rule: impl Into<String>) -> Denied {
        let denied = Denied { plugin: self.descriptor.id, permission, asked: asked.to_owned(), rule: rule.into() };
        self.denied.fetch_add(1, Ordering::Relaxed);
        tell!(warn, { plugin = denied.plugin.as_str(), permission, asked, } "{denied}");
        self.audit.denied(self.descriptor, &denied);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(denied.clone());
        denied
    }

    fn scopes(&self, permission: &str) -> &[&'static str] {
        self.granted.iter().find(|grant| grant.name == permission).map_or(&[], |grant| &grant.scopes)
    }

    fn kind(&self, permission: &str) -> ScopeKind {
        let request = self.descriptor.permissions.iter().find(|request| request.name == permission);
        request.map_or(ScopeKind::Path, |request| request.scope_kind)
    }

    fn rule(&self, permission: &str) -> String {
        let scopes = self.scopes(permission);
        if scopes.is_empty() {
            return self.why_nothing(permission);
        }
        let scopes: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
        format!("its grant covers {}", scopes.join(", "))
    }

    fn why_nothing(&self, permission: &str) -> String {
        if self.descriptor.declares(permission) {
            "the host's policy leaves nothing of what its manifest asks for".to_owned()
        } else {
            "its manifest does not ask for it".to_owned()
        }
    }
}
