//! `keyway.lock`: whether it says what the host is made of, what was approved, for how long, and what a killed command has left beside it.

use keyway_manifest::lock::{LOCK_FILE, LockEntry};
use keyway_manifest::{LockAnswer, resolve_slice, shown};
use keyway_native::shell_command;

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding, count, names};
use super::git::{Standing as InGit, standing as in_git};
use crate::commands::lock::checked;
use crate::decide::{Standing, now};
use crate::failure::{Failure, LIBRARY, LOCK_ORDER, LOCK_UNKNOWN};
use crate::locked;
use crate::project::Project;
use crate::session::Session;
use crate::store::GuardStanding;

/// An approval that ends within so many days is told.
const SOON: u32 = 30;

pub(super) fn look(subject: &Subject<'_>, session: &Session) -> Vec<DoctorCheck> {
    let Some(project) = subject.project else { return Vec::new() };
    let mut checks = Vec::new();
    if project.call().without_lock {
        checks.push(DoctorCheck::of("file", "`host!` says `lock = off`: the host is held to no lock", Vec::new()));
        return checks;
    }
    if let Err(failure) = project.lock() {
        let finding = DoctorFinding::failure(&failure, "no build and no other command can use it");
        checks.push(DoctorCheck::found("file", finding));
    } else {
        let exists = matches!(project.lock(), Ok(Some(_)));
        checks.push(file(subject, project, exists));
        // What does not come to the graph has been told.
        if project.mistakes().is_empty() {
            checks.extend(build(subject).filter(|check| exists || check.holds.is_none()));
            if exists {
                checks.extend(current(subject, project, session));
                checks.extend(approvals(subject, project));
            }
        }
    }
    checks.push(left_over(subject, project));
    checks
}

/// Whether the file is there, and a build without it would fail.
fn file(subject: &Subject<'_>, project: &Project, exists: bool) -> DoctorCheck {
    let file = project.lock_file();
    let shown = subject.shown(&file);
    let mut findings = Vec::new();
    if let Err(failure) = project.lock_store().refuse_link() {
        findings.push(DoctorFinding::failure(&failure, "no command writes it"));
    }
    if !exists {
        let holds = match project.policy().lock.required {
            true => format!("`{shown}` is required, and is not there"),
            false => format!("there is no `{shown}`, and none is required"),
        };
        return DoctorCheck::of("file", holds, findings);
    }
    if let Some(policy) = project.policy_file().filter(|_| !project.policy().lock.required) {
        let help = format!("write `[lock]` and `required = true` into `{}`", subject.shown(policy));
        findings.push(DoctorFinding::note(
            format!("a build without `{shown}` passes"),
            "somebody who removes it removes all approvals",
            help,
        ));
    }
    if in_git(&file).is_some_and(|standing| standing != InGit::Tracked) {
        let help = format!("{}, and commit it", shell_command("git add", &file));
        findings.push(DoctorFinding::note(
            format!("`{shown}` is not in Git"),
            "whoever checks the project out builds without it",
            help,
        ));
    }
    DoctorCheck::of("file", format!("`{shown}` is there, and required"), findings)
}

/// Whether the lock lets the build pass: what the compiler says of it.
fn build(subject: &Subject<'_>) -> Option<DoctorCheck> {
    let build = subject.build.as_ref()?;
    let findings = match resolve_slice(&build.graph()) {
        Ok(_) => Vec::new(),
        Err(report) => {
            let problems = report.problems.iter().zip(report.texts());
            let about_lock = problems.filter(|(problem, _)| ("KW0820"..="KW0839").contains(&problem.code().as_str()));
            about_lock.map(|(_, text)| DoctorFinding::told(text, "the host does not compile")).collect()
        }
    };
    Some(DoctorCheck::of("build", "it lets every plugin of the build pass", findings))
}

/// Whether the lock says what the host is made of, with the digests of libraries where they count.
fn current(subject: &Subject<'_>, project: &Project, session: &Session) -> Option<DoctorCheck> {
    let native = match project.policy().lock.artifacts {
        LockAnswer::Ask => subject.arguments.native.as_slice(),
        LockAnswer::Pass => &[],
    };
    let target = subject.arguments.build.target.as_deref();
    let answer = match checked(project, native, target, session) {
        // What is wrong with a library is told of the library.
        Err(failure) if failure.code == LIBRARY => checked(project, &[], target, session),
        answer => answer,
    };
    let locked = match answer {
        Ok(locked) => locked,
        Err(failure) => return untold(project, &failure).map(|finding| DoctorCheck::found("current", finding)),
    };
    let mut findings = Vec::new();
    let folders: String = native.iter().map(|folder| format!(" --native {}", shown(folder))).collect();
    let help = format!("`cargo keyway lock{folders}`, after a look at what `cargo keyway lock --check{folders}` says");
    if !locked.differences.is_empty() {
        let ids = locked.differences.plugins.iter().map(|plugin| plugin.id.as_str());
        let what = match locked.differences.plugins.len() {
            0 => "the start order".to_owned(),
            _ => names(ids),
        };
        let found = format!("`{}` differs from what the host is made of: {what}", locked.file);
        findings.push(DoctorFinding::problem(found, "`cargo keyway lock --check` fails, and a build may", help));
    } else if !locked.canonical {
        let found = format!("`{}` is not as `cargo keyway lock` writes it", locked.file);
        findings.push(DoctorFinding::problem(found, "`cargo keyway lock --check` fails", "`cargo keyway lock`"));
    }
    Some(DoctorCheck::of("current", format!("it says what the host is made of: {}", count(locked.plugins, "plugin")), findings))
}

/// A failure that no other check has told.
fn untold(project: &Project, failure: &Failure) -> Option<DoctorFinding> {
    let is_told = failure.code == LOCK_ORDER || failure.code == LOCK_UNKNOWN && !project.unknown_plugins().is_empty();
    (!is_told).then(|| DoctorFinding::failure(failure, "what the lock should say is not known"))
}

/// Which approvals end soon, and what waits for a decision without keeping this build back.
fn approvals(subject: &Subject<'_>, project: &Project) -> Option<DoctorCheck> {
    let lock = locked::look(project).ok()?;
    let today = now().day();
    let in_build =
        |id: &str| subject.build.as_ref().is_some_and(|build| build.plugins().iter().any(|plugin| plugin.id.as_str() == id));
    let mut findings = Vec::new();
    let mut waiting = Vec::new();
    for (id, entry) in &lock.plugins {
        let standing = Standing::of(entry, project, today);
        if standing.waits() && !in_build(id) {
            waiting.push(format!("{id} ({})", standing.as_str()));
        }
        if standing == Standing::Approved {
            findings.extend(ends_soon(id, entry, today.days()));
        }
    }
    if !waiting.is_empty() {
        let found = format!("{} outside this build waits for a decision: {}", count(waiting.len(), "plugin"), names(&waiting));
        let help = "`cargo keyway approvals --pending` shows what they ask for; then `cargo keyway approve` or `deny`";
        findings.push(DoctorFinding::note(found, "a build with them does not compile", help));
    }
    Some(DoctorCheck::of(
        "approvals",
        format!("no approval ends within {SOON} days, and no plugin outside this build waits for one"),
        findings,
    ))
}

fn ends_soon(id: &str, entry: &LockEntry, today: u32) -> Option<DoctorFinding> {
    let until = entry.approval.as_ref()?.until?;
    let days = until.days().checked_sub(today).filter(|days| *days <= SOON)?;
    let when = match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    };
    let found = format!("the approval of `{id}` holds until {until}, and ends {when}");
    let why = "after that day the host does not build, and no library of the plugin is loaded";
    Some(
        DoctorFinding::note(found, why, format!("look at it again, and `cargo keyway approve {id} --expires 90d`"))
            .code("KW0825"),
    )
}

/// What commands that were killed have left, and whether one is at work now.
fn left_over(subject: &Subject<'_>, project: &Project) -> DoctorCheck {
    let store = project.lock_store();
    let mut findings = Vec::new();
    let mut is_held = false;
    match store.guard() {
        Ok(GuardStanding::Free) => {}
        Ok(GuardStanding::Held(holder)) => {
            is_held = true;
            let found = format!("`{LOCK_FILE}` is being changed by {holder}");
            findings.push(DoctorFinding::note(found, "other commands wait for it", "wait until it has ended"));
        }
        Ok(GuardStanding::Left(file, holder)) => {
            let found = format!("`{}` was left behind by {holder}", subject.shown(&file));
            findings.push(DoctorFinding::note(
                found,
                "it holds nobody up: the next command takes it away",
                shell_command("rm", &file),
            ));
        }
        Err(failure) => findings.push(DoctorFinding::failure(&failure, "no command can change the lock")),
    }
    let mut files: Vec<_> = if is_held { Vec::new() } else { store.unfinished().into_iter().collect() };
    let mut folders = vec![project.folder(), project.root()];
    folders.dedup();
    files.extend(folders.into_iter().flat_map(crate::toml_file::unfinished));
    findings.extend(files.iter().map(|file| {
        let found = format!("`{}` was left behind by a command that was killed while it wrote", subject.shown(file));
        DoctorFinding::note(found, "nothing reads it", shell_command("rm", file))
    }));
    DoctorCheck::of("left-over", "no command that was killed has left anything behind", findings)
}
