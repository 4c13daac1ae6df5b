//! `state(version = 3, migrates_from = 1, downgrade = "lossy")` of `#[plugin(…)]`.

use keyway_manifest::parse::nearest;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{LitInt, LitStr, Path, Token};

use crate::errors::Errors;

/// The forms of the state that a plugin keeps across reloads.
pub(crate) struct State {
    /// The form that it saves.
    version: u32,
    /// The oldest one that it takes.
    migrates_from: u32,
    /// What happens when an older version of the plugin takes over.
    downgrade: Downgrade,
    /// Where errors about steps are put.
    span: Span,
}

/// As `keyway::state::Downgrades`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Downgrade {
    Supported,
    Lossy,
    Refused,
}

const KEYS: [&str; 3] = ["version", "migrates_from", "downgrade"];
/// More steps than this are no history but a mistake, and each is code.
const MOST_STEPS: u32 = 100;

impl State {
    /// Reads what stands between the parentheses.
    pub(crate) fn read(name: &Path, list: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        let (mut version, mut migrates_from, mut downgrade) = (None, None, Downgrade::Refused);
        // Whoever has misspelt it need not be told that it is missing.
        let mut has_version = false;
        while !list.is_empty() {
            let key: Ident = list.parse()?;
            list.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "version" => {
                    has_version = true;
                    version = number(&list.parse()?, errors);
                }
                "migrates_from" => {
                    let literal: LitInt = list.parse()?;
                    migrates_from = number(&literal, errors).map(|number| (number, literal));
                }
                "downgrade" => {
                    let value: LitStr = list.parse()?;
                    match value.value().as_str() {
                        "supported" => downgrade = Downgrade::Supported,
                        "lossy" => downgrade = Downgrade::Lossy,
                        "refused" => downgrade = Downgrade::Refused,
                        other => errors.at(
                            &value,
                            "KW0260",
                            &format!("`{other}` says nothing of older versions of the plugin"),
                            "write `\"supported\"`, `\"lossy\"` or `\"refused\"` (the default)",
                        ),
                    }
                }
                other => {
                    let help = nearest(other, KEYS).first().map_or_else(
                        || "the options are `version`, `migrates_from` and `downgrade`".to_owned(),
                        |near| {
                            has_version |= *near == "version";
                            format!("write `{near}`")
                        },
                    );
                    errors.at(&key, "KW0260", &format!("`{other}` is no option of `state(…)`"), &help);
                    let _: syn::Expr = list.parse()?;
                }
            }
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        let Some(version) = version else {
            if !has_version {
                errors.at(name, "KW0260", "`state(…)` has no version", "write `state(version = 1)`");
            }
            return Ok(Self { version: 1, migrates_from: 1, downgrade, span: name.span() });
        };
        let (oldest, span) = match &migrates_from {
            Some((oldest, literal)) => (*oldest, literal.span()),
            None => (version, name.span()),
        };
        if oldest > version {
            let message = format!("`migrates_from` is {oldest}, which is newer than the version {version} of the state");
            errors.at_span(span, "KW0260", &message, "name the oldest version that is still taken");
        } else if version - oldest > MOST_STEPS {
            let message = format!("the state is migrated over {} steps, and {MOST_STEPS} are the most", version - oldest);
            errors.at_span(span, "KW0260", &message, "raise `migrates_from`; versions count up by one");
        }
        Ok(Self { version, migrates_from: oldest.min(version), downgrade, span })
    }

    /// What `impl Plugin` says of the state. Each step is named once, so that a missing one is one error.
    pub(crate) fn carried(&self, keyway: &TokenStream) -> TokenStream {
        let Self { version, migrates_from, downgrade, span } = *self;
        let policy = Ident::new(
            match downgrade {
                Downgrade::Supported => "Supported",
                Downgrade::Lossy => "Lossy",
                Downgrade::Refused => "Refused",
            },
            Span::call_site(),
        );
        // One body at one place, so that a plugin without `Stateful` gets one message.
        let at = Span::call_site().located_at(span);
        let keyway = &located(keyway, at);
        let steps_up = (migrates_from..version).map(|from| {
            let step = quote_spanned!(at=> #keyway::state::upgraded::<Self, #from>(state)?);
            quote_spanned! {at=>
                let state = #keyway::state::read_at(state, version == #from, from)?;
                let state = #step;
            }
        });
        let lowest = if downgrade == Downgrade::Refused { version } else { migrates_from };
        let steps_down = (lowest + 1..=version).rev().map(|from| {
            let to = from - 1;
            let step = quote_spanned!(at=> #keyway::state::downgraded::<Self, #from>(state)?);
            quote_spanned! {at=>
                let state = #step;
                let ::core::option::Option::Some(state) = #keyway::state::write_at(state, version == #to, to)? else {
                    return ::core::result::Result::Ok(());
                };
            }
        });
        let forms = quote! {
            const STATE: ::core::option::Option<#keyway::state::StateInfo> = ::core::option::Option::Some(#keyway::state::StateInfo {
                version: #version,
                migrates_from: #migrates_from,
                downgrade: #keyway::state::Downgrades::#policy,
            });
        };
        let carried = quote_spanned! {at=>
            fn __carry_state(
                &self,
                version: u32,
                carried: #keyway::state::Carried<'_>,
            ) -> ::core::result::Result<(), #keyway::Error> {
                match carried {
                    #keyway::state::Carried::To(to) => {
                        let state = #keyway::state::saved(self)?;
                        let ::core::option::Option::Some(state) = #keyway::state::write_at(state, version == #version, to)? else {
                            return ::core::result::Result::Ok(());
                        };
                        #(#steps_down)*
                        ::core::mem::drop(state);
                        ::core::result::Result::Err(#keyway::state::no_such_version(version))
                    }
                    #keyway::state::Carried::From(from) => {
                        let state = ::core::option::Option::None;
                        #(#steps_up)*
                        #keyway::state::restored(self, version, version == #version, state, from)
                    }
                }
            }
        };
        quote!(#forms #carried)
    }
}

/// A path at another place in the code: what an error points at goes from its first token to its last.
fn located(path: &TokenStream, at: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(at);
        token
    };
    path.clone().into_iter().map(located).collect()
}

fn number(literal: &LitInt, errors: &mut Errors) -> Option<u32> {
    match literal.base10_parse() {
        Ok(number) if number > 0 => Some(number),
        _ => {
            let message = format!("`{}` is no version of a state", literal.to_token_stream());
            errors.at(literal, "KW0260", &message, &format!("versions count from 1 to {}", u32::MAX));
            None
        }
    }
}
