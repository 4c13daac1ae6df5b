//! Writes what makes a library of the plugin's crate, where it is built as one.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::arguments::Arguments;
use super::manifest::Checked;

/// The call of `__export!`. Cargo knows nothing of the `cfg`: it is set on the command line of the one crate that becomes the library.
pub(super) fn export(arguments: &Arguments, name: &Ident, manifest: &Checked) -> TokenStream {
    let Arguments { keyway, provides, uses, asks, events, .. } = arguments;
    let module = Ident::new(super::MODULE, name.span());
    let text = &manifest.text;
    let (publishes, subscribes, observes) = (events.published(), events.subscribed(), events.observed());
    quote! {
        #[allow(unexpected_cfgs, reason = "set where the crate is built as a library for a host to load")]
        const _: () = {
            #[cfg(keyway_native)]
            #keyway::__export! {
                plugin: #name,
                registration: #module::REGISTRATION,
                manifest: #text,
                extends: [#(dyn #provides),*],
                asks: [#(dyn #asks),*],
                uses: [#(dyn #uses),*],
                publishes: [#(#publishes),*],
                subscribes: [#(#subscribes),*],
                observes: [#(#observes),*],
            }
        };
    }
}
