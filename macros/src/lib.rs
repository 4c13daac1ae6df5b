//! The macros of Keyway. Use them through the crate `keyway`, which re-exports them.

mod boundary;
mod cargo;
mod errors;
mod event;
mod host;
mod layout;
mod permission;
mod plugin;
mod point;
mod source_text;
mod trait_object;

use proc_macro::TokenStream;

/// Declares permissions of an SDK's own, each as a trait with a compile error that names the manifest line to add.
///
/// See `keyway::permission`.
#[proc_macro]
pub fn permission(input: TokenStream) -> TokenStream {
    permission::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct a plugin: reads and checks its manifest while the plugin compiles, and writes it into the program as data.
///
/// ```ignore
/// use keyway::prelude::*;
/// use my_sdk::Route;
///
/// /// Serves `/sitemap.xml`.
/// #[derive(Plugin)]
/// #[plugin(provides(Route))]
/// pub struct Sitemap { pages: Files }
/// ```
///
/// The manifest is `plugin.toml` beside Cargo.toml. Name, version, authors, licence and repository come from Cargo.toml. The struct
/// also implements `Lifecycle` and the traits in `provides(…)`, by hand. It stands at the root of its crate, so that the host that knows the
/// crate knows the plugin; each further plugin of a crate has a public module of its own.
///
/// What it writes:
/// - `impl Plugin`, with the manifest as `DESCRIPTOR`, and `impl Extends<dyn Route>` for each point;
/// - the trait of each permission that the manifest asks for, so that `Context` hands out those capabilities and no others;
/// - the registration for the census, and the hidden module `__keyway_only_plugin_of_this_public_module` through which `host!` finds the plugin.
///
/// | argument | value |
/// |---|---|
/// | `provides` | `(Route, sdk::Theme)`: the traits of the extension points that the plugin implements |
/// | `manifest` | the path of the manifest, from the folder of Cargo.toml; `"plugin.toml"` without it |
/// | `manifest_text` | the text of the manifest, instead of a file |
/// | `permissions` | `("mail.send" = sdk::SendMail)`: permissions that an SDK declares with `permission!` |
/// | `uncounted` | what a host calls on its own account, so that `rate` and `concurrent-calls` neither count nor refuse it: `uncounted` for every method, `uncounted(access)` for those that are named; without it all calls count |
/// | `crate` | where the crate `keyway` is found, when it has another name |
///
/// # Errors
/// Mistakes in the manifest are compile errors KW0101 to KW0160, one for each, with its line and the edit that mends it; mistakes in the
/// arguments KW0201 to KW0209. Each code has a page in `docs/errors/`. What is odd but not wrong in a manifest is a warning.
#[proc_macro_derive(Plugin, attributes(plugin))]
pub fn derive_plugin(input: TokenStream) -> TokenStream {
    plugin::expand(input.into()).into()
}

/// Makes a type an event that plugins publish and subscribe to.
///
/// ```ignore
/// #[derive(Event)]
/// #[event(topic = "content.changed", version = "1.0.0")]
/// pub struct ContentChanged {
///     #[event(key)]
///     pub path: String,
/// }
/// ```
///
/// `topic` names the event in scopes of permissions and in patterns, `version` is that of its schema. With `serialize`, the type's own
/// `serde::Serialize` is offered to observers. Of two events in a queue that coalesces, the later one replaces the earlier one when the
/// fields marked `#[event(key)]` are equal; without such a field, always.
///
/// It is a [`Boundary`](derive@Boundary) too; its fields take `#[boundary(opaque)]`.
#[proc_macro_derive(Event, attributes(event, boundary))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::expand(input.into()).into()
}

/// Writes how the compiler laid a type out, so that a host can compare it with that of a plugin that comes as a library.
///
/// ```ignore
/// #[derive(Boundary)]
/// pub struct Answer {
///     pub status: u16,
///     pub headers: BTreeMap<String, String>,
///     #[boundary(opaque)]
///     body: Body,
/// }
/// ```
///
/// It goes on structs and enums that an extension point takes or returns, and on the types of their fields. A field of a type that is not
/// described is compared by its size, its alignment and the compiler's number for the type; `#[boundary(opaque)]` asks for that where a
/// type is described, which ends a ring of types that mention each other. Type parameters must be described and `'static`.
/// `#[boundary(crate = path)]` on the type says where the crate `keyway` is found, when it has another name.
///
/// # Errors
/// KW0266 for a union and for arguments that are not known.
#[proc_macro_derive(Boundary, attributes(boundary))]
pub fn derive_boundary(input: TokenStream) -> TokenStream {
    boundary::expand(input.into()).into()
}

/// Writes which methods the trait objects of a trait are called through, so that a host can compare them with those of a plugin that comes
/// as a library.
///
/// ```ignore
/// #[keyway::boundary]
/// pub trait Stream: Send {
///     fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize>;
/// }
/// ```
///
/// It goes on a trait whose objects (`Box<dyn Stream>`) an extension point takes or returns, alone or in a field. The methods count by
/// their order and their signatures, and what the trait demands of others by its text; the types in the signatures are compared where they
/// cross by themselves. Type parameters must be [`Boundary`](derive@Boundary) and `'static`. `#[boundary(crate = path)]` says where the
/// crate `keyway` is found, when it has another name.
///
/// # Errors
/// KW0266 when it stands on something else, and for arguments that are not known.
#[proc_macro_attribute]
pub fn boundary(attribute: TokenStream, item: TokenStream) -> TokenStream {
    trait_object::expand(attribute.into(), item.into()).into()
}

/// Makes a trait an extension point: plugins implement it, hosts call it through guards.
///
/// ```ignore
/// /// Answers requests.
/// #[extension_point(id = "cms.route", version = "1.0.0", on_failure = "closed", deadline = "2s")]
/// pub trait Route {
///     /// Answers one request.
///     async fn handle(&self, request: &Request) -> Result<Answer, CmsError>;
/// }
/// ```
///
/// The trait stays what it says. It gets the supertraits `Send + Sync + 'static`; the futures of its `async fn`s are `Send`. Methods may
/// have bodies, borrow arguments and lend results; they take `&self`, are not generic and name no lifetimes.
///
/// | argument | value |
/// |---|---|
/// | `id` | the point's id, such as `"cms.route"`; mandatory |
/// | `version` | the version of the trait, such as `"1.0.0"`; mandatory |
/// | `on_failure` | `"closed"`: the error of a failed call goes up, so methods return `Result<_, E>` with `E: From<CallError>`; `"open"`: the call is skipped and counted, so methods return what is `Neutral`; mandatory |
/// | `deadline` | the time of one async call: `"500ms"`, `"2s"`, `"1min"` or `"none"`; 2 seconds without it |
/// | `break_on` | which failures count for the circuit breaker: `"failures"` (panics and missed deadlines; without it), `"errors"` (the plugin's own errors too) or `"nothing"` |
/// | `after_panic` | what becomes of a plugin that panicked: `"continue"` (nothing; without it), `"restart"` (a new instance is made) or `"disable"` |
/// | `mode` | makes the point a hook, which a host asks together: `"first"`, `"all"`, `"fold"` or `"veto"` |
/// | `permission` | the trait of a permission, such as `keyway::permission::HttpRoutes`: a plugin that provides the point must ask for it in its manifest, or does not compile |
/// | `static_only` | that plugins which are loaded as libraries neither provide nor use the point; then its methods may carry what is borrowed for `'static` |
/// | `crate` | where the crate `keyway` is found, when it has another name |
///
/// What it writes for a trait `Route`:
/// - `impl ExtensionPoint for dyn Route`, so that `dyn Route` names the point: `host.extensions::<dyn Route>()`;
/// - `RouteGuard`, which hosts call: it has the methods of the trait and implements it, counts calls, limits their time, and tells whose
///   fault a failure is;
/// - `RouteShielded`, compiled into the plugin: the trait behind a shield that catches panics;
/// - `RouteChain` with `RouteVisitor`, and `RouteAsyncVisitor` when a method is async, for `host! { concrete = [Route], … }`.
///
/// # Errors
/// What cannot be an extension point is refused with KW0220 to KW0233 and KW0265; each code has a page in `docs/errors/`.
#[proc_macro_attribute]
pub fn extension_point(attribute: TokenStream, item: TokenStream) -> TokenStream {
    point::expand(attribute.into(), item.into()).into()
}

/// Makes a program a host: finds its plugins, checks that they go together, and writes the table to start them from.
///
/// ```ignore
/// keyway::host! { policy = "host.toml", sdk = my_sdk }
///
/// let host = keyway::Host::builder(plugins()).start().await?;
/// ```
///
/// Stands once, where its items are wanted, most often in `main.rs`. It reads the host's Cargo.toml: every dependency whose package
/// matches `[package.metadata.keyway] plugins = ["my-plugin-*"]` is a plugin, and part of the table when its feature and its target
/// are. A dependency with a `path` that is a plugin and matches no pattern is an error. While the host compiles, `cargo check` included, the whole graph is checked: requirements and versions, conflicts, rings,
/// services, the SDK's version, the policy, and what was approved in a `keyway.lock` beside
/// Cargo.toml, if there is one. All problems are told in one run, with the lines of the manifests that they are about.
///
/// What it writes:
/// - `pub fn plugins() -> PluginTable`: the plugins of the enabled features with start order and levels, for `Host::builder`;
/// - `pub fn route_chain(host: &Host) -> impl RouteChain` for each point of `concrete = [Route]`;
/// - the unit test `keyway_census`, which compares the table with what the linker kept.
///
/// | argument | value |
/// |---|---|
/// | `policy` | a file such as `"host.toml"`, from the folder of Cargo.toml, or `grant_requested`; mandatory |
/// | `policy_text` | the text of a policy, instead of a file |
/// | `sdk` | the crate that says `keyway::sdk!()`; without it, host ranges are not checked |
/// | `plugins` | `[crate_a, #[cfg(feature = "b")] crate_b]`, instead of those in Cargo.toml |
/// | `local` | modules of the host's own crate in which plugins are derived, besides those in Cargo.toml |
/// | `concrete` | `[Route]`: points whose plugins are also wanted as one concrete type, so that calls are direct |
/// | `permissions` | `["mail.send" = Origin]`: permissions that the SDK declares, for the policy to name |
/// | `lock` | `off`, for a host that the `keyway.lock` beside Cargo.toml is not about, such as one in a test |
/// | `panic_abort` | `accepted`, in a host that is built with `panic = "abort"` |
/// | `census_test` | `off`, in a crate with several hosts |
/// | `crate` | where the crate `keyway` is found, when it has another name |
///
/// # Errors
/// Mistakes in the arguments, in Cargo.toml and in the policy are compile errors KW0430 to KW0441, in `keyway.lock` KW0801 to KW0819, those of the graph
/// KW0301 to KW0316, and those between the plugins and the lock KW0820 to KW0835.
/// Each code has a page in `docs/errors/`.
#[proc_macro]
pub fn host(input: TokenStream) -> TokenStream {
    host::expand(input.into()).into()
}
