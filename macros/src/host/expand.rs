//! Writes the code of `host!`.

use keyway_manifest::Lock;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::argument::Arguments;
use super::concrete;
use super::data;
use super::input::{Element, Input};

/// The table, the graph check and the census test.
pub(crate) fn host(arguments: &Arguments, input: &Input) -> TokenStream {
    let keyway = arguments.keyway();
    let Input { plugins, available, policy, lock, tracked } = input;
    let cfgs: Vec<TokenStream> = plugins.iter().map(Element::cfg).collect();
    let paths: Vec<&TokenStream> = plugins.iter().map(|plugin| &plugin.path).collect();
    let available = available.iter().map(|available| data::available(available, &keyway));
    let policy_file = &policy.shown_as;
    let lock = Locked::new(lock.lock.as_ref(), &keyway);
    let (locked, lock_of_build, lock_of_table) = (&lock.plugins, &lock.of_build, &lock.of_table);
    let policy = data::policy(&policy.policy, &keyway);
    let sdk = match &arguments.sdk {
        Some(sdk) => {
            let span = sdk.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
            let info = quote_spanned!(span=> #sdk::KEYWAY_SDK);
            quote!(::core::option::Option::Some(#info))
        }
        None => quote!(::core::option::Option::None),
    };
    let panic_abort = panic_abort(arguments);
    let surface = surface(&cfgs, &paths, &keyway);
    let concrete = concrete::chains(&arguments.concrete, plugins, &keyway);
    let census_test = census_test(arguments, &keyway);
    quote! {
        #tracked
        #panic_abort

        #[doc(hidden)]
        const __KEYWAY_PLUGINS: &[&#keyway::manifest::Descriptor] =
            &[#(#cfgs <#paths::Plugin as #keyway::Plugin>::DESCRIPTOR,)*];

        #locked

        #[doc(hidden)]
        const __KEYWAY_GRAPH: #keyway::manifest::Graph<'static> = #keyway::manifest::Graph {
            plugins: __KEYWAY_PLUGINS,
            sdk: #sdk,
            available: &[#(#available),*],
            libraries: &[],
            policy: &#policy,
            policy_file: #policy_file,
            lock: #lock_of_build,
        };

        #[doc(hidden)]
        const __KEYWAY_RESOLUTION: ::core::result::Result<
            #keyway::manifest::Resolution<{ __KEYWAY_GRAPH.size() }>,
            #keyway::manifest::Problems,
        > = #keyway::manifest::resolve::<{ __KEYWAY_GRAPH.size() }, { __KEYWAY_GRAPH.room() }>(&__KEYWAY_GRAPH);

        // A derive that refused its manifest has told why, and left a stand-in about which nothing more is to be said.
        const _: () = if !__KEYWAY_GRAPH.has_stand_in() {
            if let ::core::result::Result::Err(problems) = &__KEYWAY_RESOLUTION {
                ::core::panic!("{}", #keyway::manifest::render(problems, &__KEYWAY_GRAPH).as_str())
            }
        };

        #[doc(hidden)]
        const __KEYWAY_ORDER: (&[u16], &[u16]) = match &__KEYWAY_RESOLUTION {
            ::core::result::Result::Ok(resolution) => (resolution.order(), resolution.level()),
            ::core::result::Result::Err(_) => (&[], &[]),
        };

        #surface

        /// The plugins of this build: checked, and in start order, by the compiler. Give it to `Host::builder`.
        #[must_use]
        #[allow(unreachable_pub, reason = "whether other crates see it is for the host to say")]
        pub fn plugins() -> #keyway::PluginTable {
            #keyway::PluginTable {
                registrations: const { &[#(#cfgs &#paths::REGISTRATION,)*] },
                order: __KEYWAY_ORDER.0,
                levels: __KEYWAY_ORDER.1,
                policy: __KEYWAY_GRAPH.policy,
                policy_file: __KEYWAY_GRAPH.policy_file,
                sdk: __KEYWAY_GRAPH.sdk,
                available: __KEYWAY_GRAPH.available,
                lock: #lock_of_table,
                panic_abort: ::core::cfg!(panic = "abort"),
                surface: #keyway::Surface::new(&__KEYWAY_SURFACE_PARTS, &__KEYWAY_SURFACE),
            }
        }

        #census_test
        #concrete
    }
}

/// The lock in the graph and in the table.
struct Locked {
    /// The constant with its plugins, which both use.
    plugins: TokenStream,
    of_build: TokenStream,
    /// Without the day of the build, so that two builds of the same sources are the same.
    of_table: TokenStream,
}

impl Locked {
    fn new(lock: Option<&Lock>, keyway: &TokenStream) -> Self {
        let Some(lock) = lock else {
            let none = quote!(::core::option::Option::None);
            return Self { plugins: TokenStream::new(), of_build: none.clone(), of_table: none };
        };
        let (plugins, file) = (data::locked(lock, keyway), lock.file);
        let of = |today: u32| {
            quote! {
                ::core::option::Option::Some(&#keyway::manifest::Lock { plugins: __KEYWAY_LOCKED, file: #file, today: #today })
            }
        };
        Self {
            plugins: quote! {
                #[doc(hidden)]
                const __KEYWAY_LOCKED: &[#keyway::manifest::LockedPlugin] = #plugins;
            },
            of_build: of(lock.today),
            of_table: of(0),
        }
    }
}

/// What stands in for the host when something is wrong: the errors, and a table of the right type.
pub(crate) fn stub(arguments: &Arguments, errors: &TokenStream) -> TokenStream {
    let keyway = arguments.keyway();
    let concrete = concrete::chains(&arguments.concrete, &[], &keyway);
    quote! {
        #errors

        #[doc(hidden)]
        #[allow(dead_code, reason = "only the concrete form asks for it")]
        const __KEYWAY_ORDER: (&[u16], &[u16]) = (&[], &[]);

        /// The plugins of this build.
        #[must_use]
        #[allow(unreachable_pub, reason = "whether other crates see it is for the host to say")]
        pub fn plugins() -> #keyway::PluginTable {
            #keyway::PluginTable {
                registrations: &[],
                order: &[],
                levels: &[],
                policy: &#keyway::manifest::Policy::GRANT_REQUESTED,
                policy_file: "",
                sdk: ::core::option::Option::None,
                available: &[],
                lock: ::core::option::Option::None,
                panic_abort: false,
                surface: #keyway::Surface::NONE,
            }
        }

        #concrete
    }
}

/// What the plugins may do, as bytes that lie in the program's file.
fn surface(cfgs: &[TokenStream], paths: &[&TokenStream], keyway: &TokenStream) -> TokenStream {
    quote! {
        #[doc(hidden)]
        const __KEYWAY_SURFACE_PARTS: #keyway::manifest::surface::SurfaceParts<'static> =
            #keyway::manifest::surface::SurfaceParts {
                host: ::core::env!("CARGO_PKG_NAME"),
                host_version: ::core::env!("CARGO_PKG_VERSION"),
                keyway: #keyway::__private::VERSION,
                sdk: __KEYWAY_GRAPH.sdk,
                panic_abort: ::core::cfg!(panic = "abort"),
                plugins: __KEYWAY_PLUGINS,
                ready: &[#(#cfgs <#paths::Plugin as #keyway::Plugin>::SURFACE,)*],
                order: __KEYWAY_ORDER.0,
                levels: __KEYWAY_ORDER.1,
                native: &[],
            };

        #[doc(hidden)]
        static __KEYWAY_SURFACE: [u8; #keyway::manifest::surface::surface_len(&__KEYWAY_SURFACE_PARTS)] =
            #keyway::manifest::surface::write_surface(&__KEYWAY_SURFACE_PARTS);
    }
}

/// Refuses `panic = "abort"` unless the host accepts it.
fn panic_abort(arguments: &Arguments) -> TokenStream {
    if arguments.panic_abort {
        return TokenStream::new();
    }
    quote! {
        #[cfg(panic = "abort")]
        ::core::compile_error!(
            "KW0439 this host is built with `panic = \"abort\"`, so that a panic of one plugin ends the whole program\n  help: remove \
             `panic = \"abort\"` from the profile in Cargo.toml, or accept it with `panic_abort = accepted` in `host!`; the start report \
             then says so"
        );
    }
}

/// The unit test that compares the table with what the linker kept.
fn census_test(arguments: &Arguments, keyway: &TokenStream) -> TokenStream {
    if arguments.without_census_test {
        return TokenStream::new();
    }
    quote! {
        #[cfg(test)]
        #[test]
        fn keyway_census() {
            let census = #keyway::Census::take(&plugins());
            ::core::assert!(census.is_clean(), "{census}");
        }
    }
}
