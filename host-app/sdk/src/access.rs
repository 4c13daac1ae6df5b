//! Who may do what: the access that a route asks for, who asks, and why somebody is refused.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use keyway::{Boundary, CallError};

/// What a visitor must be to be answered.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
#[non_exhaustive]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in and has this role; see [`Access::role`].
    Role(Cow<'static, str>),
}

impl Access {
    /// Whoever has a role.
    ///
    /// ```
    /// use keyway_cms_sdk::{Access, Principal};
    /// let editors = Access::role("editor");
    /// assert!(!editors.admits(&Principal::new("ada", "Ada")));
    /// assert!(editors.admits(&Principal::new("ada", "Ada").with_role("editor")));
    /// ```
    pub fn role(role: impl Into<Cow<'static, str>>) -> Self {
        Self::Role(role.into())
    }

    /// Whether a signed-in visitor is what this asks for.
    #[must_use]
    pub fn admits(&self, principal: &Principal) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Role(role) => principal.has_role(role),
        }
    }
}

/// A visitor who is known: made by an [`Authenticator`](crate::Authenticator), and found in the extensions of a request by whoever
/// answers it.
///
/// ```
/// use keyway_cms_sdk::{Principal, Request};
/// fn name(request: &Request) -> &str {
///     request.extensions().get::<Principal>().map_or("a visitor", |principal| &principal.name)
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Boundary)]
#[non_exhaustive]
pub struct Principal {
    /// What tells this visitor from all others, for ever; not shown.
    pub id: String,
    /// The name to show, as text.
    pub name: String,
    /// What the visitor may be asked to be, such as `editor` or `admin`.
    pub roles: BTreeSet<String>,
    /// A secret of this visitor's session, which forms carry and their receiver compares. It is never shown by `Debug`.
    pub csrf: Option<String>,
}

impl Principal {
    /// A visitor without any role.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), roles: BTreeSet::new(), csrf: None }
    }

    /// Adds a role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.insert(role.into());
        self
    }

    /// Sets the secret of the session.
    #[must_use]
    pub fn with_csrf(mut self, secret: impl Into<String>) -> Self {
        self.csrf = Some(secret.into());
        self
    }

    /// Whether the visitor has a role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.contains(role)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Principal")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("roles", &self.roles)
            .field("csrf", &self.csrf.as_ref().map(|_| "…"))
            .finish()
    }
}

/// Why something may not be done, in words for whoever wanted to do it: the error of hooks that may object.
///
/// A plugin that fails, or does not answer in time, objects too. Then [`call`](Self::call) is the failed call, and the reason says no
/// more than that the check could not be made.
#[derive(Debug, Boundary)]
pub struct Refusal {
    reason: Cow<'static, str>,
    // Boxed, since every answer of a hook has room for a refusal.
    call: Option<Box<CallError>>,
}

impl Refusal {
    /// Refuses for a reason: a sentence that a visitor sees, such as `a page needs a title`.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), call: None }
    }

    /// The reason, as text.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The failed call behind this refusal, when the plugin gave no answer of its own.
    #[must_use]
    pub fn call(&self) -> Option<&CallError> {
        self.call.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.call.as_deref().map(|call| call as _)
    }
}

impl From<CallError> for Refusal {
    fn from(call: CallError) -> Self {
        Self { reason: Cow::Borrowed("this could not be checked just now, so it is refused"), call: Some(Box::new(call)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Principal};

    #[test]
    fn a_role_is_exact() {
        let editor = Principal::new("1", "Ada").with_role("editor");
        assert!(Access::SignedIn.admits(&editor) && Access::role("editor").admits(&editor));
        for role in ["Editor", "edit", "", "admin"] {
            assert!(!Access::role(role).admits(&editor), "{role}");
        }
    }

    #[test]
    fn the_secret_of_a_session_is_not_shown() {
        let shown = format!("{:?}", Principal::new("1", "Ada").with_csrf("hush"));
        assert!(shown.contains("Ada") && !shown.contains("hush"), "{shown}");
    }
}
