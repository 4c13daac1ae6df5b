//! The text of problems, written by the same code inside rustc and at run time.

mod event;
mod lock;
mod near;
mod not_allowed;
mod permission;
mod relation;
mod requirement;
mod ring;
mod snippet;

use super::{Graph, Problem, Problems, Report, Step};
use crate::message::{MESSAGE_BYTES, Message, Text};
use crate::{Descriptor, Location, Version, text};
use near::Near;
pub(crate) use near::closeness;

/// Room that is kept for the line that counts what was left out.
const CLOSING_BYTES: usize = 160;

/// How many cells of distance tables may be filled inside rustc, about a fifth of what it does before it asks whether it will end.
const COMPARED_CELLS: usize = 400_000;

/// What the writers of single problems need: the graph, all problems and which of them is written, the steps of rings, and how much
/// searching for near names is still allowed.
struct Page<'p> {
    graph: &'p Graph<'p>,
    kept: &'p [Option<Problem>],
    at: usize,
    steps: &'p [Option<Step>],
    near: Near,
}

/// Writes the problems of a build into a message for a compile error.
pub(super) const fn message(problems: &Problems, graph: &Graph<'_>) -> Message {
    let mut bytes = [0; MESSAGE_BYTES];
    let mut out = Text::new(&mut bytes);
    // The compiler writes its own words in front of the first line.
    out.push("\n");
    write_all(&mut out, graph, &problems.kept, problems.total, &problems.steps, Near::new(COMPARED_CELLS));
    // The last line break would leave an empty line above the compiler's own arrow.
    let length = out.length() - 1;
    Message::from_text(bytes, length)
}

impl Report {
    /// Writes the text of a report at once, so that it does not hold on to the graph.
    pub(super) fn new(graph: &Graph<'_>, kept: &[Option<Problem>], steps: Vec<Option<Step>>) -> Self {
        let mut bytes = vec![0; MESSAGE_BYTES];
        let text = loop {
            let mut out = Text::new(&mut bytes);
            let written = write_all(&mut out, graph, kept, kept.len(), &steps, Near::new(usize::MAX));
            let length = out.length();
            if written == kept.len() {
                break String::from_utf8_lossy(&bytes[..length]).trim_end().to_owned();
            }
            let doubled = bytes.len() * 2;
            bytes.resize(doubled, 0);
        };
        Self { problems: kept.iter().flatten().copied().collect(), steps, text }
    }
}

/// Writes as many problems as there is room for and says how many more there are. Answers how many were written.
const fn write_all(
    out: &mut Text<'_>,
    graph: &Graph<'_>,
    kept: &[Option<Problem>],
    total: usize,
    steps: &[Option<Step>],
    near: Near,
) -> usize {
    let mut page = Page { graph, kept, at: 0, steps, near };
    let mut written = 0;
    while written < kept.len()
        && let Some(problem) = &kept[written]
    {
        let start = out.length();
        page.at = written;
        write(out, &mut page, problem);
        let must_say_more = written + 1 < total;
        if out.is_full() || (must_say_more && out.room() < CLOSING_BYTES) {
            out.cut_back(start);
            break;
        }
        written += 1;
    }
    if written < total {
        let left_out = total - written;
        out.push("  and ").push_number(left_out as u64).push(if left_out == 1 { " more problem" } else { " more problems" });
        out.push(", shown when these are mended\n");
    }
    written
}

const fn write(out: &mut Text<'_>, page: &mut Page<'_>, problem: &Problem) {
    out.push("  ").push(problem.code().as_str()).push(" ");
    match *problem {
        Problem::WrongVersion { plugin, requirement, found } => requirement::wrong_version(out, page, plugin, requirement, found),
        Problem::MissingPlugin { plugin, requirement } => requirement::missing_plugin(out, page, plugin, requirement),
        Problem::WrongOptionalVersion { plugin, requirement, found, version } => {
            requirement::wrong_optional(out, page.graph, plugin, requirement, found, &version);
        }
        Problem::Conflict { plugin, conflict, other } => relation::conflict(out, page.graph, plugin, conflict, other),
        Problem::DuplicateId { first, second } => relation::duplicate_id(out, page.graph, first, second),
        Problem::Cycle { ring } => ring::cycle(out, page, ring),
        Problem::ExclusiveService { plugin, provision, other, other_provision } => {
            relation::exclusive_service(out, page.graph, plugin, provision, other, other_provision);
        }
        Problem::MissingService { plugin, requirement } => requirement::missing_service(out, page, plugin, requirement),
        Problem::WrongServiceVersion { plugin, requirement, provider, provision, others } => {
            requirement::wrong_service(out, page, plugin, requirement, provider, provision, others);
        }
        Problem::WrongHost { plugin } => relation::wrong_host(out, page.graph, plugin),
        Problem::OrderContradiction { ring } => ring::order_contradiction(out, page, ring),
        Problem::PermissionDenied { plugin, request, scope, rule } => {
            permission::denied(out, page.graph, plugin, request, scope, rule);
        }
        Problem::PermissionNotAllowed { plugin, request, scope } => {
            not_allowed::not_allowed(out, page, plugin, request, scope);
        }
        Problem::GrantTooWide { plugin, rule, scope } => permission::too_wide(out, plugin, rule, scope),
        Problem::UnknownPolicyPlugin { rule } => permission::unknown_plugin(out, page, rule),
        Problem::EventMismatch { plugin, entry, other, other_entry } => event::mismatch(out, plugin, entry, other, other_entry),
        Problem::NotLocked { plugin } => lock::not_locked(out, page, plugin),
        Problem::Widened { plugin, request, locked } => lock::widened(out, page, plugin, request, locked),
        Problem::NotApproved { plugin, locked } => lock::not_approved(out, page, plugin, locked),
        Problem::Denied { plugin, locked } => lock::denied(out, page, plugin, locked),
        Problem::Revoked { plugin, locked } => lock::revoked(out, page, plugin, locked),
        Problem::ApprovalEnded { plugin, locked } => lock::ended(out, page, plugin, locked),
        Problem::VersionNotApproved { plugin, locked } => lock::version(out, page, plugin, locked),
        Problem::Narrowed { plugin, permission, locked } => lock::narrowed(out, page, plugin, permission, locked),
        Problem::LockMissing => lock::missing(out, page.graph),
        Problem::LockedOtherwise { plugin, locked } => lock::locked_otherwise(out, page, plugin, locked),
    }
}

/// Writes `` `id 1.2.3` ``.
const fn push_versioned(out: &mut Text<'_>, id: &str, version: &Version) {
    out.push("`").push(id).push(" ");
    push_version(out, version);
    out.push("`");
}

const fn push_version(out: &mut Text<'_>, version: &Version) {
    out.push_version(version);
}

/// Writes how to do without a plugin: ``build without feature `auth` ``, or of one that comes as a library, ``remove the library of
/// `site.auth` ``.
const fn push_leave_out(out: &mut Text<'_>, graph: &Graph<'_>, plugin: &Descriptor) {
    if graph.is_library(&plugin.id) {
        out.push("remove the library of `").push(plugin.id.as_str()).push("`");
        return;
    }
    out.push("build without ");
    push_left_out(out, graph, plugin);
}

/// Writes how to build without a plugin: ``feature `auth` ``, as far as the host's Cargo.toml is known, else its package.
const fn push_left_out(out: &mut Text<'_>, graph: &Graph<'_>, plugin: &Descriptor) {
    let mut index = 0;
    while index < graph.available.len() {
        let known = &graph.available[index];
        if known.id.same(&plugin.id) && text::equal(known.package, plugin.package) && !known.feature.is_empty() {
            out.push("feature `").push(known.feature).push("`");
            return;
        }
        index += 1;
    }
    out.push("`").push(plugin.package).push("`");
}

/// Writes a line of a plugin's own manifest with its caret and a note, given in pieces.
pub(crate) const fn push_own_line(out: &mut Text<'_>, location: &Location, note: &[&str]) {
    snippet::push_noted(out, &snippet::Place::own(location), note);
}

/// Starts the line that says what to do.
pub(crate) const fn help<'o, 'b>(out: &'o mut Text<'b>) -> &'o mut Text<'b> {
    out.push("    help: ")
}
