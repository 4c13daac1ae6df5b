//! What is asked of a reload.

/// A reload of one plugin, for [`Host::reload`](crate::Host::reload). The id alone is one without further wishes.
///
/// ```
/// use keyway::host::Reload;
///
/// let back = Reload::of("site.search").allow_older();
/// let anew = Reload::of("site.search").even_if_unchanged();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reload {
    pub(in crate::host) plugin: String,
    pub(in crate::host) older: bool,
    pub(in crate::host) even_if_unchanged: bool,
}

impl Reload {
    /// A reload of the plugin with this id.
    #[must_use]
    pub fn of(plugin: impl Into<String>) -> Self {
        Self { plugin: plugin.into(), older: false, even_if_unchanged: false }
    }

    /// Takes an older version of a signed library than the highest that ran here. Without this word it is refused (KW0738), as an old
    /// release has an honest signature too, and may have holes that a newer one mended.
    ///
    /// Once it serves, it is the highest version that the host remembers, so that the next start takes it too.
    #[must_use]
    pub const fn allow_older(mut self) -> Self {
        self.older = true;
        self
    }

    /// Makes a native plugin anew though neither its library nor its configuration has changed. One that is linked in always is.
    #[must_use]
    pub const fn even_if_unchanged(mut self) -> Self {
        self.even_if_unchanged = true;
        self
    }
}

impl From<&str> for Reload {
    fn from(plugin: &str) -> Self {
        Self::of(plugin)
    }
}

impl From<String> for Reload {
    fn from(plugin: String) -> Self {
        Self::of(plugin)
    }
}

impl From<&String> for Reload {
    fn from(plugin: &String) -> Self {
        Self::of(plugin)
    }
}
