//! The permissions a manifest may name: the built-in ones and those that an SDK declares.

use super::near::{folded, nearest};
use crate::{PERMISSIONS, ScopeKind};

/// A permission declared by an SDK, beyond the built-in table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraPermission {
    /// Dotted name as written in a manifest, for example `mail.send`.
    pub name: String,
    /// What its scopes are written as.
    pub scope_kind: ScopeKind,
}

/// All permissions that are known where a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PermissionNames<'a> {
    pub(crate) extra: &'a [ExtraPermission],
}

impl<'a> PermissionNames<'a> {
    fn all(self) -> impl Iterator<Item = (&'a str, ScopeKind)> + use<'a> {
        let built_in = PERMISSIONS.iter().map(|spec| (spec.name, spec.scope));
        built_in.chain(self.extra.iter().map(|extra| (extra.name.as_str(), extra.scope_kind)))
    }

    /// What the scopes of a permission look like; `None` for an unknown name.
    pub(crate) fn scope_kind(self, name: &str) -> Option<ScopeKind> {
        self.all().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    /// The known permission of which `name` is a spelling: the same but for capitals and dividers.
    pub(crate) fn canonical(self, name: &str) -> Option<&'a str> {
        let folded_name = folded(name);
        self.all().map(|(known, _)| known).find(|known| folded(known) == folded_name)
    }

    /// Known names near one that is not known.
    pub(crate) fn nearest(self, name: &str) -> Vec<String> {
        nearest(name, self.all().map(|(known, _)| known))
    }
}
