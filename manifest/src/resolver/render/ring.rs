//! Rings of plugins that wait for each other, with the line behind every step.

use super::snippet::Place;
use super::{Page, help, snippet};
use crate::message::Text;
use crate::resolver::{Graph, Ring, Step, StepKind};

/// Rings up to this length are shown with the source line of each step.
const WITH_SNIPPETS: usize = 8;

pub(super) const fn cycle(out: &mut Text<'_>, page: &Page<'_>, ring: Ring) {
    out.push(if ring.length() == 1 { "a plugin waits for itself: " } else { "plugins wait for each other in a ring: " });
    let steps = ring.of(page.steps);
    push_way(out, steps, ring);
    push_steps(out, page.graph, steps, ring);
    help(out);
    match find_hint(steps) {
        Some(hint) => push_remove_hint(out, hint),
        None => {
            out.push("remove one of these requirements, or move what both sides need into a plugin of its own\n");
        }
    }
}

pub(super) const fn order_contradiction(out: &mut Text<'_>, page: &Page<'_>, ring: Ring) {
    out.push("order hints contradict each other: ");
    let steps = ring.of(page.steps);
    push_way(out, steps, ring);
    push_steps(out, page.graph, steps, ring);
    help(out);
    match find_hint(steps) {
        Some(hint) => push_remove_hint(out, hint),
        None => {
            out.push("remove one of these hints\n");
        }
    }
}

/// Writes `` `a` → `b` → `a` ``.
const fn push_way(out: &mut Text<'_>, steps: &[Option<Step>], ring: Ring) {
    let mut index = 0;
    while index < steps.len()
        && let Some(step) = &steps[index]
    {
        if index == 0 {
            out.push("`").push(step.from.id.as_str()).push("`");
        }
        out.push(" → `").push(step.to.id.as_str()).push("`");
        index += 1;
    }
    if steps.len() < ring.length() {
        out.push(" → … (").push_number(ring.length() as u64).push(" plugins)");
    }
    out.push("\n");
}

const fn push_steps(out: &mut Text<'_>, graph: &Graph<'_>, steps: &[Option<Step>], ring: Ring) {
    let mut index = 0;
    while index < steps.len()
        && let Some(step) = &steps[index]
    {
        let (from, to) = (step.from.id.as_str(), step.to.id.as_str());
        let note: &[&str] = match step.kind {
            StepKind::Requires => &["`", from, "` requires `", to, "`"],
            StepKind::Service(service) => &["`", from, "` requires service `", service, "`, which `", to, "` provides"],
            StepKind::After => &["`", from, "` starts after `", to, "`"],
            StepKind::Before => &["`", to, "` starts before `", from, "`"],
        };
        let owner = match step.kind {
            StepKind::Before => step.to,
            StepKind::Requires | StepKind::Service(_) | StepKind::After => step.from,
        };
        let place = Place::in_manifest(graph, owner, &step.location);
        if ring.length() <= WITH_SNIPPETS {
            snippet::push_noted(out, &place, note);
        } else {
            snippet::push_place(out, &place, note);
        }
        index += 1;
    }
}

/// The last hint of a ring: it is the least that can be taken away.
const fn find_hint(steps: &[Option<Step>]) -> Option<&Step> {
    let mut index = steps.len();
    while index > 0 {
        index -= 1;
        if let Some(step) = &steps[index]
            && matches!(step.kind, StepKind::After | StepKind::Before)
        {
            return Some(step);
        }
    }
    None
}

const fn push_remove_hint(out: &mut Text<'_>, hint: &Step) {
    let (list, named, owner) = match hint.kind {
        StepKind::Before => ("before", hint.from, hint.to),
        StepKind::Requires | StepKind::Service(_) | StepKind::After => ("after", hint.to, hint.from),
    };
    out.push("remove `").push(named.id.as_str()).push("` from `order.").push(list);
    out.push("` in the manifest of `").push(owner.id.as_str()).push("`\n");
}
