//! Hosts of many trivial plugins: each a type of its own with a manifest of its own, made by counting instead of writing.
//!
//! Plugin `N` requires `N / 5`, `N / 3` and `N / 2`, so a thousand of them start in ten levels.

use std::sync::Arc;

use keyway::__private::{Extension, Registration};
use keyway::{Context, Error, Lifecycle, Plugin};
use keyway_manifest::{Comparator, Descriptor, Location, Operator, PluginId, Requirement, Target, Version, VersionRange};

/// The trivial plugin of number `N`.
#[derive(Debug)]
pub struct Trivial<const N: usize>;

/// What the peer keeps: an object that can be named.
pub trait Named: Send + Sync {
    /// The plugin's name.
    fn name(&self) -> &'static str;
}

/// What the peer registers by inventory.
#[derive(Debug)]
pub struct Entry {
    /// The plugin's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Names and version ranges of the plugins it needs.
    pub requires: &'static [(&'static str, &'static str)],
    /// Makes it.
    pub make: fn() -> Box<dyn Named>,
}

inventory::collect!(Entry);

impl<const N: usize> Trivial<N> {
    const NAME_BYTES: [u8; 16] = name_of(N);
    const NAME: &'static str = match std::str::from_utf8(&Self::NAME_BYTES) {
        Ok(name) => name,
        Err(_) => panic!("digits are text"),
    };
    const TARGETS: [[u8; 16]; 3] = [name_of(N / 5), name_of(N / 3), name_of(N / 2)];
    const TARGET_NAMES: [&'static str; 3] = {
        let mut names = [""; 3];
        let mut index = 0;
        while index < names.len() {
            names[index] = match std::str::from_utf8(&Self::TARGETS[index]) {
                Ok(name) => name,
                Err(_) => panic!("digits are text"),
            };
            index += 1;
        }
        names
    };
    const REQUIRES: [Requirement; 3] =
        [requirement(Self::TARGET_NAMES[0]), requirement(Self::TARGET_NAMES[1]), requirement(Self::TARGET_NAMES[2])];
    const ENTRY_REQUIRES: [(&'static str, &'static str); 3] =
        [(Self::TARGET_NAMES[0], "^1.2"), (Self::TARGET_NAMES[1], "^1.2"), (Self::TARGET_NAMES[2], "^1.2")];

    /// What a host's table holds.
    pub const REGISTRATION: &'static Registration = &Registration::of::<Self>();

    /// What the peer's registry holds.
    pub const ENTRY: Entry = Entry {
        name: Self::NAME,
        version: "1.4.0",
        requires: if N < FIRST_WITH_REQUIREMENTS { &[] } else { &Self::ENTRY_REQUIRES },
        make: || Box::new(Self),
    };
}

/// Below this number the three targets are not three different plugins.
const FIRST_WITH_REQUIREMENTS: usize = 6;

impl<const N: usize> Lifecycle for Trivial<N> {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl<const N: usize> Plugin for Trivial<N> {
    const DESCRIPTOR: &'static Descriptor = &Descriptor {
        id: PluginId::new(Self::NAME),
        version: Version { major: 1, minor: 4, patch: 0, pre: "", build: "" },
        package: Self::NAME,
        requires: if N < FIRST_WITH_REQUIREMENTS { &[] } else { &Self::REQUIRES },
        ..Descriptor::EMPTY
    };

    fn __extensions(_: &Arc<Self>) -> Vec<Extension> {
        Vec::new()
    }
}

impl<const N: usize> Named for Trivial<N> {
    fn name(&self) -> &'static str {
        Self::NAME
    }
}

const fn name_of(number: usize) -> [u8; 16] {
    let mut name = *b"site.plugin-0000";
    let (mut place, mut rest) = (name.len() - 1, number);
    while rest > 0 {
        name[place] = b'0' + (rest % 10) as u8;
        (place, rest) = (place - 1, rest / 10);
    }
    name
}

const fn requirement(name: &'static str) -> Requirement {
    const CARET: &[Comparator] = &[Comparator { operator: Operator::Caret, major: 1, minor: Some(2), patch: None, pre: "" }];
    Requirement {
        id: PluginId::new(name),
        target: Target::Plugin,
        range: VersionRange { text: "^1.2", comparators: CARET },
        optional: false,
        reason: "",
        location: Location::UNKNOWN,
    }
}

/// The descriptors of a table, for the resolver.
#[must_use]
pub const fn descriptors<const N: usize>(registrations: &'static [&'static Registration]) -> [&'static Descriptor; N] {
    let mut descriptors = [registrations[0].descriptor; N];
    let mut index = 0;
    while index < N {
        descriptors[index] = registrations[index].descriptor;
        index += 1;
    }
    descriptors
}

/// Defines `fn table() -> PluginTable` with 10, 100 or 1,000 trivial plugins, in start order found by rustc, and registers them with
/// the census and with the peer's inventory.
#[macro_export]
macro_rules! fleet {
    (10) => {
        $crate::fleet!(@table 10, [$crate::fleet!(@ten 0)].as_flattened());
        $crate::fleet!(@submit_ten 0);
    };
    (100) => {
        $crate::fleet!(@table 100, [$crate::fleet!(@hundred 0)].as_flattened().as_flattened());
        $crate::fleet!(@submit_hundred 0);
    };
    (1000) => {
        $crate::fleet!(@table 1000, [
            $crate::fleet!(@hundred 0), $crate::fleet!(@hundred 100), $crate::fleet!(@hundred 200), $crate::fleet!(@hundred 300),
            $crate::fleet!(@hundred 400), $crate::fleet!(@hundred 500), $crate::fleet!(@hundred 600), $crate::fleet!(@hundred 700),
            $crate::fleet!(@hundred 800), $crate::fleet!(@hundred 900),
        ].as_flattened().as_flattened());
        $crate::fleet!(@submit_hundred 0); $crate::fleet!(@submit_hundred 100); $crate::fleet!(@submit_hundred 200);
        $crate::fleet!(@submit_hundred 300); $crate::fleet!(@submit_hundred 400); $crate::fleet!(@submit_hundred 500);
        $crate::fleet!(@submit_hundred 600); $crate::fleet!(@submit_hundred 700); $crate::fleet!(@submit_hundred 800);
        $crate::fleet!(@submit_hundred 900);
    };
    (@ten $from:expr) => {
        [
            $crate::fleet::Trivial::<{ $from }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 1 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 2 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 3 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 4 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 5 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 6 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 7 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 8 }>::REGISTRATION,
            $crate::fleet::Trivial::<{ $from + 9 }>::REGISTRATION,
        ]
    };
    (@hundred $from:expr) => {
        [
            $crate::fleet!(@ten $from), $crate::fleet!(@ten $from + 10), $crate::fleet!(@ten $from + 20),
            $crate::fleet!(@ten $from + 30), $crate::fleet!(@ten $from + 40), $crate::fleet!(@ten $from + 50),
            $crate::fleet!(@ten $from + 60), $crate::fleet!(@ten $from + 70), $crate::fleet!(@ten $from + 80),
            $crate::fleet!(@ten $from + 90),
        ]
    };
    (@submit_hundred $from:expr) => {
        $crate::fleet!(@submit_ten $from); $crate::fleet!(@submit_ten $from + 10); $crate::fleet!(@submit_ten $from + 20);
        $crate::fleet!(@submit_ten $from + 30); $crate::fleet!(@submit_ten $from + 40); $crate::fleet!(@submit_ten $from + 50);
        $crate::fleet!(@submit_ten $from + 60); $crate::fleet!(@submit_ten $from + 70); $crate::fleet!(@submit_ten $from + 80);
        $crate::fleet!(@submit_ten $from + 90);
    };
    (@submit_ten $from:expr) => {
        $crate::fleet!(@submit $from, $from + 1, $from + 2, $from + 3, $from + 4, $from + 5, $from + 6, $from + 7, $from + 8, $from + 9);
    };
    (@submit $($number:expr),*) => {
        $(
            ::keyway::__register!($crate::fleet::Trivial::<{ $number }>::REGISTRATION.descriptor);
            ::inventory::submit! { $crate::fleet::Trivial::<{ $number }>::ENTRY }
        )*
    };
    (@table $count:literal, $registrations:expr) => {
        const REGISTRATIONS: &[&::keyway::__private::Registration] = $registrations;
        const GRAPH: ::keyway_manifest::Graph<'static> = ::keyway_manifest::Graph {
            plugins: &$crate::fleet::descriptors::<$count>(REGISTRATIONS),
            sdk: None,
            available: &[],
            libraries: &[],
            policy: &::keyway_manifest::Policy::GRANT_REQUESTED,
            policy_file: "",
            lock: None,
        };
        static RESOLUTION: ::keyway_manifest::Resolution<$count> =
            match ::keyway_manifest::resolve::<$count, { GRAPH.room() }>(&GRAPH) {
                Ok(resolution) => resolution,
                Err(_) => panic!("the fleet fits together"),
            };

        fn table() -> ::keyway::PluginTable {
            ::keyway::PluginTable {
                registrations: REGISTRATIONS,
                order: RESOLUTION.order(),
                levels: RESOLUTION.level(),
                policy: &::keyway_manifest::Policy::GRANT_REQUESTED,
                policy_file: "",
                sdk: None,
                available: &[],
                lock: None,
                panic_abort: false,
                surface: ::keyway::Surface::NONE,
            }
        }
    };
}
