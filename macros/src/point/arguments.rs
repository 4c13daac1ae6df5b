//! The arguments of `#[extension_point(…)]`.

use keyway_manifest::parse::{id_problem, parse_duration_millis, parse_version};
use keyway_manifest::{AfterPanic, BreakOn, FailurePolicy, SERVICE_PREFIX, Version, parse::nearest};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::Parser;
use syn::{Ident, LitStr, Path};

use super::method::Method;
use crate::errors::Errors;

/// The arguments, checked.
pub(crate) struct Arguments {
    pub(crate) id: String,
    pub(crate) version: Version,
    pub(crate) on_failure: FailurePolicy,
    pub(crate) deadline_millis: Option<u64>,
    pub(crate) break_on: BreakOn,
    pub(crate) after_panic: AfterPanic,
    /// The name of the mode's type, when the point is a hook.
    pub(crate) mode: Option<Ident>,
    /// Whether plugins that come late are told what happened before.
    pub(crate) historic: bool,
    /// The deadline's literal, when there is one.
    pub(crate) written_deadline: Option<LitStr>,
    /// The permission that a plugin must ask for to extend the point.
    pub(crate) permission: Option<Path>,
    /// Which methods the limits of the number of calls are not for.
    pub(crate) uncounted: Uncounted,
    /// Whether only plugins that are linked provide and use the point.
    pub(crate) static_only: bool,
    pub(crate) keyway: TokenStream,
}

/// The methods whose calls a host makes on its own account.
#[derive(Default)]
pub(crate) enum Uncounted {
    /// None of them: `uncounted` is not written.
    #[default]
    None,
    /// All of them: `uncounted`.
    All,
    /// Those that are named: `uncounted(access, login_path)`.
    Named(Vec<Ident>),
}

impl Uncounted {
    /// Refuses names that no method has.
    pub(crate) fn check(&self, methods: &[Method<'_>], errors: &mut Errors) {
        let Self::Named(named) = self else { return };
        let names: Vec<String> = methods.iter().map(|method| method.signature().ident.to_string()).collect();
        for name in named.iter().filter(|name| !names.contains(&name.to_string())) {
            let near = nearest(&name.to_string(), names.iter().map(String::as_str)).first().map_or_else(
                || "name a method of this trait, or write `uncounted` alone for all of them".to_owned(),
                |near| format!("write `{near}`"),
            );
            errors.at(name, "KW0233", &format!("`uncounted` names `{name}`, which is no method of the trait"), &near);
        }
    }

    /// Whether calls of a method are not counted.
    pub(crate) fn has(&self, method: &Ident) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Named(named) => named.contains(method),
        }
    }
}

/// The deadline of an async call when the attribute names none, in milliseconds.
const DEFAULT_DEADLINE_MILLIS: u64 = 2_000;
const KEYS: [&str; 12] = [
    "id",
    "version",
    "on_failure",
    "deadline",
    "break_on",
    "after_panic",
    "mode",
    "historic",
    "permission",
    "uncounted",
    "static_only",
    "crate",
];

/// Reads the arguments; every mistake goes to `errors`, and `None` comes back when one of the mandatory three is missing.
pub(crate) fn parse(attribute: TokenStream, errors: &mut Errors) -> Option<Arguments> {
    let (mut id, mut version, mut on_failure) = (None, None, None);
    let mut deadline = Some(DEFAULT_DEADLINE_MILLIS);
    let (mut break_on, mut after_panic) = (BreakOn::Failures, AfterPanic::Continue);
    let (mut mode, mut historic) = (None, None);
    let (mut permission, mut written_deadline) = (None, None);
    let mut uncounted = Uncounted::None;
    let mut static_only = false;
    let mut keyway = quote!(::keyway);
    let mut seen: Vec<String> = Vec::new();
    let parser = syn::meta::parser(|meta| {
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if seen.contains(&key) {
            errors.at(&meta.path, "KW0221", &format!("`{key}` is written twice"), "keep one of them");
        }
        seen.push(key.clone());
        match key.as_str() {
            "id" => id = check_id(&meta.value()?.parse()?, errors),
            "version" => version = check_version(&meta.value()?.parse()?, errors),
            "on_failure" => on_failure = check_policy(&meta.value()?.parse()?, errors),
            "deadline" => {
                let literal: LitStr = meta.value()?.parse()?;
                deadline = check_deadline(&literal, errors);
                written_deadline = Some(literal);
            }
            "permission" => permission = Some(meta.value()?.parse::<Path>()?),
            "break_on" => break_on = check_word(&meta.value()?.parse()?, &BREAK_ON, errors).unwrap_or(break_on),
            "after_panic" => after_panic = check_word(&meta.value()?.parse()?, &AFTER_PANIC, errors).unwrap_or(after_panic),
            "mode" => mode = check_mode(&meta.value()?.parse()?, errors),
            "historic" => historic = Some(meta.path.clone()),
            "uncounted" if meta.input.peek(syn::token::Paren) => {
                let mut named = Vec::new();
                meta.parse_nested_meta(|method| {
                    named.push(method.path.require_ident()?.clone());
                    Ok(())
                })?;
                uncounted = Uncounted::Named(named);
            }
            "uncounted" => uncounted = Uncounted::All,
            "static_only" => static_only = true,
            "crate" => {
                let path: Path = meta.value()?.parse()?;
                keyway = quote!(#path);
            }
            _ => {
                let near = nearest(&key, KEYS).first().map_or_else(
                    || {
                        "the keys are `id`, `version`, `on_failure`, `deadline`, `break_on`, `after_panic`, `mode`, `historic`, \
                         `permission`, `uncounted`, `static_only` and `crate`"
                            .to_owned()
                    },
                    |near| format!("write `{near}`"),
                );
                errors.at(&meta.path, "KW0221", &format!("`{key}` is no argument of `#[extension_point]`"), &near);
                if let Ok(value) = meta.value() {
                    let _: syn::Expr = value.parse()?;
                }
            }
        }
        Ok(())
    });
    if let Err(error) = parser.parse2(attribute) {
        let message = format!("the arguments of `#[extension_point]` are not understood: {error}");
        let help = "write `#[extension_point(id = \"site.point\", version = \"1.0.0\", on_failure = \"closed\")]`";
        errors.at_span(error.span(), "KW0221", &message, help);
        return None;
    }
    missing(&seen, "id", "id = \"site.point\"", errors);
    missing(&seen, "version", "version = \"1.0.0\"", errors);
    if !seen.iter().any(|key| key == "on_failure") {
        errors.at_span(
            Span::call_site(),
            "KW0222",
            "this extension point does not say what happens when a call fails, and there is no default",
            "add `on_failure = \"closed\"` (the error goes up; right for whatever decides about access) or `on_failure = \"open\"` (the \
             call is skipped and counted)",
        );
    }
    if on_failure == Some(FailurePolicy::Open)
        && let Some(veto) = mode.as_ref().filter(|mode| *mode == "Veto")
    {
        errors.at_span(
            veto.span(),
            "KW0229",
            "a hook that may stop what is about to happen skips failed calls, so that a plugin that fails allows everything",
            "write `on_failure = \"closed\"`: a failed call is an objection",
        );
    }
    if let Some(historic) = &historic
        && mode.as_ref().is_none_or(|mode| mode != "All")
    {
        errors.at(
            historic,
            "KW0229",
            "a historic hook tells its plugins what happened, and nobody waits for the answer of one that comes late",
            "write `mode = \"all\", historic`, or remove `historic`",
        );
    }
    if on_failure == Some(FailurePolicy::Open)
        && let Some(id) = id.as_deref().filter(|id| id.starts_with(SERVICE_PREFIX))
    {
        errors.at_span(
            Span::call_site(),
            "KW0228",
            &format!("the service `{id}` skips failed calls, and its users would take a neutral answer for a true one"),
            "write `on_failure = \"closed\"`: who uses the service sees the error and decides",
        );
    }
    Some(Arguments {
        id: id?,
        version: version?,
        on_failure: on_failure?,
        deadline_millis: deadline,
        break_on,
        after_panic,
        mode,
        historic: historic.is_some(),
        written_deadline,
        permission,
        uncounted,
        static_only,
        keyway,
    })
}

/// The words of an argument with what each means.
struct Words<T: 'static> {
    argument: &'static str,
    words: &'static [(&'static str, T)],
    help: &'static str,
}

const BREAK_ON: Words<BreakOn> = Words {
    argument: "break_on",
    words: &[("failures", BreakOn::Failures), ("errors", BreakOn::Errors), ("nothing", BreakOn::Nothing)],
    help: "write `\"failures\"` (panics and missed deadlines), `\"errors\"` (the plugin's own errors too) or `\"nothing\"`",
};

const AFTER_PANIC: Words<AfterPanic> = Words {
    argument: "after_panic",
    words: &[("continue", AfterPanic::Continue), ("restart", AfterPanic::Restart), ("disable", AfterPanic::Disable)],
    help: "write `\"continue\"`, `\"restart\"` (a new instance is made) or `\"disable\"` (the plugin is switched off)",
};

fn missing(seen: &[String], key: &str, example: &str, errors: &mut Errors) {
    if !seen.iter().any(|seen| seen == key) {
        let message = format!("this extension point has no `{key}`");
        errors.at_span(Span::call_site(), "KW0222", &message, &format!("add `{example}`"));
    }
}

fn check_id(literal: &LitStr, errors: &mut Errors) -> Option<String> {
    let id = literal.value();
    match id_problem(&id) {
        None => Some(id),
        Some((problem, guess)) => {
            let help = guess
                .map_or_else(|| format!("write, for example, `\"{}\"`", example(&id)), |guess| format!("write `\"{guess}\"`"));
            errors.at(literal, "KW0223", &format!("the id `{id}` {problem}"), &help);
            None
        }
    }
}

/// An id that is right, made of the one that is not as far as that goes.
fn example(id: &str) -> String {
    let guess = format!("site.{}", id.to_ascii_lowercase());
    if id_problem(&guess).is_none() { guess } else { "site.point".to_owned() }
}

fn check_version(literal: &LitStr, errors: &mut Errors) -> Option<Version> {
    let text = literal.value();
    match parse_version(&text) {
        Ok(version) => Some(version),
        Err(error) => {
            errors.at(literal, "KW0224", &format!("`{text}` is no version: {error}"), "write three numbers, such as `\"1.0.0\"`");
            None
        }
    }
}

fn check_policy(literal: &LitStr, errors: &mut Errors) -> Option<FailurePolicy> {
    match literal.value().as_str() {
        "closed" => Some(FailurePolicy::Closed),
        "open" => Some(FailurePolicy::Open),
        other => {
            let message = format!("`{other}` is no failure policy");
            errors.at(
                literal,
                "KW0225",
                &message,
                "write `\"closed\"` (the error goes up) or `\"open\"` (the call is skipped and counted)",
            );
            None
        }
    }
}

fn check_mode(literal: &LitStr, errors: &mut Errors) -> Option<Ident> {
    let name = match literal.value().as_str() {
        "first" => "First",
        "all" => "All",
        "fold" => "Fold",
        "veto" => "Veto",
        other => {
            errors.at(
                literal,
                "KW0229",
                &format!("`{other}` is no mode of a hook"),
                "write `\"first\"` (the first answer counts), `\"all\"` (every answer), `\"fold\"` (each gets the result of the one before) or \
                 `\"veto\"` (any may object)",
            );
            return None;
        }
    };
    Some(Ident::new(name, literal.span()))
}

fn check_deadline(literal: &LitStr, errors: &mut Errors) -> Option<u64> {
    let text = literal.value();
    if text == "none" {
        return None;
    }
    match parse_duration_millis(&text) {
        Ok(millis) => Some(millis),
        Err(problem) => {
            let message = format!("the deadline `{text}` {problem}");
            errors.at(literal, "KW0226", &message, "write, for example, `\"2s\"`, `\"500ms\"` or `\"none\"`");
            None
        }
    }
}

fn check_word<T: Copy>(literal: &LitStr, words: &Words<T>, errors: &mut Errors) -> Option<T> {
    let text = literal.value();
    let found = words.words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        errors.at(literal, "KW0227", &format!("`{text}` is no value of `{}`", words.argument), words.help);
    }
    found
}
