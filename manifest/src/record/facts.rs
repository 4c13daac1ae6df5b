//! How and with what something was built.

/// How one image (the host's program, or a library) was built. Empty strings stand for what is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildFacts {
    /// The compiler's version, for example `1.95.0`.
    pub rustc: &'static str,
    /// The commit of the compiler, in hexadecimal digits: two compilers of one version with other commits lay types out differently.
    pub commit: &'static str,
    /// The target triple, for example `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
    /// What a panic does.
    pub panic: PanicStrategy,
    /// Who gives memory out.
    pub allocator: Allocator,
    /// The version of `keyway`, for example `0.1.0`.
    pub keyway: &'static str,
    /// Whether debug assertions are compiled in; a good sign of the profile, and nothing that can make two images misfit.
    pub debug_assertions: bool,
}

impl BuildFacts {
    /// Facts of which nothing is known, to fill in with struct-update syntax.
    pub const UNKNOWN: Self = Self {
        rustc: "",
        commit: "",
        target: "",
        panic: PanicStrategy::Unknown,
        allocator: Allocator::Unknown,
        keyway: "",
        debug_assertions: false,
    };
}

/// What a panic does in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanicStrategy {
    /// It unwinds, and can be caught.
    Unwind,
    /// It ends the process.
    Abort,
    /// Not known.
    Unknown,
}

/// Who gives memory out in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocator {
    /// The host's global allocator: the host's own program, and every library whose allocator forwards to it.
    Host,
    /// An allocator of the library's own, so that memory would be freed by another than the one that gave it out.
    Own,
    /// Not known.
    Unknown,
}

/// The package that declares a point or an event, most often an SDK, and what it is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdkFacts {
    /// The Cargo package, for example `keyway-cms-sdk`.
    pub name: &'static str,
    /// Its version, for example `1.2.0`.
    pub version: &'static str,
    /// All it depends on, with exact versions: `crate version`, divided by `;` or line breaks, sorted; empty when unknown.
    pub digest: &'static str,
}

impl SdkFacts {
    /// Puts together what the crate that expands a macro knows:
    /// `SdkFacts::of(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), option_env!("KEYWAY_SDK_DIGEST"))`.
    #[must_use]
    pub const fn of(name: &'static str, version: &'static str, digest: Option<&'static str>) -> Self {
        Self {
            name,
            version,
            digest: match digest {
                Some(digest) => digest,
                None => "",
            },
        }
    }
}

/// The forms of the state that a plugin keeps across reloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateFacts {
    /// The form that it saves.
    pub version: u32,
    /// The oldest form that it takes.
    pub migrates_from: u32,
    /// Whether it saves older forms too.
    pub downgrade: StateDowngrade,
}

/// What an older version of a plugin gets of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateDowngrade {
    /// All of it.
    Supported,
    /// What the older form can hold.
    Lossy,
    /// Nothing.
    Refused,
}
