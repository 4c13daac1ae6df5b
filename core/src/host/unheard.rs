//! Extensions that nobody calls, and hooks that nobody answers: found at the start and when plugins are disabled, in a program that says
//! what it calls.

use std::collections::BTreeSet;

use keyway_manifest::{HookMode, PluginId, PointInfo, is_service};

use super::member::Member;
use super::near::nearest;
use crate::ExtensionPoint;
use crate::job::Job;

/// The note about all plugins whose extensions are never called, when there are any.
pub(super) fn note(members: &[Member], calls: &[&'static PointInfo]) -> Option<String> {
    if calls.is_empty() {
        return None;
    }
    let called: BTreeSet<&str> = called(members, calls).map(|point| point.id.as_str()).collect();
    let mut unheard = Vec::new();
    for plugin in members.iter().map(|member| member.descriptor()) {
        let points = plugin.extensions.iter().map(|entry| entry.point);
        for point in points.filter(|point| !is_service(&point.id) && !called.contains(point.id.as_str())) {
            let near = nearest(point.id.as_str(), called.iter().copied());
            let near = near.first().map(|near| format!(" (called is `{near}`)")).unwrap_or_default();
            unheard.push(format!("`{} {}` extends `{}`{near}", plugin.id, plugin.version, point.id));
        }
    }
    let list = unheard.join(", ");
    (!unheard.is_empty()).then(|| {
        format!(
            "KW0643 neither the program nor a plugin calls these extensions: {list}; take the traits out of `provides(…)`, or, where the \
             program calls them, say so with `HostBuilder::calls`"
        )
    })
}

/// The hooks that are asked and that no plugin extends, sorted.
pub(super) fn unextended(members: &[Member], calls: &[&'static PointInfo]) -> Vec<PluginId> {
    let extended: BTreeSet<PluginId> =
        members.iter().flat_map(|member| member.descriptor().extensions).map(|entry| entry.point.id).collect();
    let hooks = called(members, calls).filter(|point| point.mode.is_some()).map(|point| point.id);
    let lonely: BTreeSet<PluginId> = hooks.filter(|id| !extended.contains(id)).collect();
    lonely.into_iter().collect()
}

/// A warning for each veto hook that is asked, that plugins of the host extend, and of which none runs: what they would object to is now
/// allowed. With `gone`, only about hooks that one of these plugins extends.
pub(super) fn unguarded(members: &[Member], calls: &[&'static PointInfo], gone: Option<&[PluginId]>) -> Vec<String> {
    let vetoes: BTreeSet<PluginId> =
        called(members, calls).filter(|point| point.mode == Some(HookMode::Veto)).map(|point| point.id).collect();
    let warning = |hook: PluginId| {
        let extends = |member: &&Member| member.descriptor().extensions.iter().any(|entry| entry.point.id == hook);
        let extending: Vec<_> = members.iter().filter(extends).collect();
        let is_hit = gone.is_none_or(|gone| extending.iter().any(|member| gone.contains(&member.descriptor().id)));
        if extending.is_empty() || !is_hit || extending.iter().any(|member| member.is_running()) {
            return None;
        }
        let names: Vec<_> = extending.iter().map(|member| format!("`{}`", member.descriptor().id)).collect();
        let (names, off, one) = match names.as_slice() {
            [only] => (only.clone(), "does not run", "it"),
            _ => (names.join(", "), "none of them runs", "one"),
        };
        Some(format!(
            "KW0645 nobody is left to object at the veto hook `{hook}`, so it allows everything: {names} would answer there, and {off}; \
             enable {one}, or ask with `hook.required()`"
        ))
    };
    vetoes.into_iter().filter_map(warning).collect()
}

/// What the program calls, what plugins ask, and what every host calls.
fn called(members: &[Member], calls: &[&'static PointInfo]) -> impl Iterator<Item = &'static PointInfo> {
    let asked = members.iter().flat_map(|member| member.descriptor().asks).map(|entry| entry.point);
    calls.iter().copied().chain(asked).chain([<dyn Job>::INFO])
}
