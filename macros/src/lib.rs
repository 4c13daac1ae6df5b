//! The macros of Keyway. Use them through the crate `keyway`, which re-exports them.

mod cargo;
mod errors;
mod event;
mod host;
mod permission;
mod plugin;
mod point;

use proc_macro::TokenStream;

/// Declares permissions of an SDK's own, each as a trait with a compile error that names the manifest line to add.
///
/// See `keyway::permission`.
#[proc_macro]
pub fn permission(input: TokenStream) -> TokenStream {
    permission::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct a plugin.
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
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::expand(input.into()).into()
}

/// Makes a trait an extension point.
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
/// are. While the host compiles, `cargo check` included, the whole graph is checked: requirements and versions, conflicts, rings,
/// services, the SDK's version, and the policy. All problems are told in one run, with the lines of the manifests that they are about.
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
/// | `panic_abort` | `accepted`, in a host that is built with `panic = "abort"` |
/// | `census_test` | `off`, in a crate with several hosts |
/// | `crate` | where the crate `keyway` is found, when it has another name |
///
/// # Errors
/// Mistakes in the arguments, in Cargo.toml and in the policy are compile errors KW0430 to KW0439, those of the graph KW0301 to KW0315.
/// Each code has a page in `docs/errors/`.
#[proc_macro]
pub fn host(input: TokenStream) -> TokenStream {
    host::expand(input.into()).into()
}
