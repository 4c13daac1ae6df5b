//! Whether a host would take one library: everything that is asked of it at the start, and nothing of it runs.

use std::path::PathBuf;

use keyway_manifest::{Descriptor, Report, grants};

use super::held::Held;
use super::tier::Examination;
use crate::HostBuilder;
use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;
use crate::host::lineup::Lineup;
use crate::host::verification::{Question, Verification, answers};

/// What was found of the library that is asked about.
pub(in crate::host) struct Asked {
    descriptor: &'static Descriptor,
    library: LibraryInfo,
    well: Vec<(Question, String)>,
    wrong: Vec<(Question, Problem)>,
    notes: Vec<String>,
}

impl Asked {
    /// A library that was compared with everything but the other plugins.
    pub(super) fn examined(examination: &Examination, held: Option<&Held>) -> Self {
        let Examination { descriptor, library, listed, locked, problems, .. } = examination;
        let checksum = if *listed { "`SHA256SUMS` has its digest" } else { "no `SHA256SUMS` lies beside it, and none has to" };
        let signature = match &library.publisher {
            Some(publisher) => format!("signed by {publisher}"),
            None => "nobody has to sign it".to_owned(),
        };
        let lock = match held {
            None => "the program was built without a lock".to_owned(),
            Some(held) => {
                let digest = if *locked { "this digest is locked" } else { "digests are not compared" };
                held.approval(descriptor.id).map_or_else(|| digest.to_owned(), |approval| format!("{approval}; {digest}"))
            }
        };
        let well = vec![
            (Question::File, readable()),
            (Question::Checksum, checksum.to_owned()),
            (Question::Signature, signature),
            (Question::Gate, "compiler, target, points and types are those of the program".to_owned()),
            (Question::Lock, lock),
        ];
        let notes = examination.notes().map(ToString::to_string).chain(examination.compared()).collect();
        Self { descriptor, library: library.clone(), well, wrong: problems.clone(), notes }
    }

    /// Its plugin is linked in, so it cannot be among the others.
    pub(super) fn linked(mut self, problem: Problem) -> Self {
        self.wrong.push((Question::Graph, problem));
        self
    }

    /// It was put among the other plugins, and all of them fit together.
    pub(super) fn joined(&mut self, lineup: &Lineup) {
        let others = match lineup.plugins.len().saturating_sub(1) {
            0 => "there is no other plugin".to_owned(),
            1 => "it fits to the other plugin".to_owned(),
            others => format!("it fits to the {others} others"),
        };
        let level = lineup.level_of(self.descriptor).map(|level| format!("; it starts at level {level}")).unwrap_or_default();
        self.well.push((Question::Graph, format!("{others}{level}")));
        self.well.push((Question::Policy, granted(self.descriptor, lineup)));
    }

    /// The plugins do not fit together with it. All that is wrong with them is told at once, so what is not among it is well.
    pub(super) fn refused(&mut self, report: &Report, lineup: &Lineup) {
        self.well.push((Question::Graph, "it fits to the others".to_owned()));
        self.well.push((Question::Policy, granted(self.descriptor, lineup)));
        self.wrong.extend(Problem::each_of_graph(report).into_iter().map(|problem| {
            let is_policy = matches!(problem.code(), "KW0312" | "KW0313" | "KW0314" | "KW0315");
            (if is_policy { Question::Policy } else { Question::Graph }, problem)
        }));
    }
}

fn readable() -> String {
    if cfg!(unix) { "no other user may write to it" } else { "it was read" }.to_owned()
}

/// What the policy grants of what a plugin asks for, in words.
fn granted(plugin: &Descriptor, lineup: &Lineup) -> String {
    let granted = grants(plugin, &lineup.policy);
    let is_whole = |name: &str, scopes: usize| granted.iter().any(|grant| grant.name == name && grant.scopes.len() == scopes);
    let less = plugin.permissions.iter().filter(|request| !is_whole(request.name, request.scopes.len()));
    let less: Vec<_> = less.map(|request| format!("`{}`", request.name)).collect();
    match (plugin.permissions.len(), less.as_slice()) {
        (0, _) => "it asks for nothing".to_owned(),
        (_, []) => "it is granted all that it asks for".to_owned(),
        (_, less) => format!("it is granted what it needs, and not all of {}", less.join(", ")),
    }
}

/// What a problem is about that was found before anything was known of the library.
fn question(problem: &Problem) -> Question {
    match problem.code() {
        "KW0755" | "KW0757" | "KW0766" => Question::Policy,
        "KW0732" | "KW0737" | "KW0739" => Question::Signature,
        "KW0756" => Question::File,
        _ => Question::Host,
    }
}

impl HostBuilder {
    /// Finds out whether this host would take a library, or a folder that holds one, without loading it: who may write to it, checksums and
    /// signature by the host's policy, the gate, whether the plugin fits to all others, the permissions, and the lock. The answers stand by
    /// themselves: one that is no does not keep the others from being given.
    ///
    /// It is looked at as if it lay before all that is in the folders of [`native_dir`](Self::native_dir), so an update can be verified
    /// before it is installed. Nothing is written.
    ///
    /// ```no_run
    /// # keyway::host! { policy = grant_requested, plugins = [] }
    /// let verification = keyway::Host::builder(plugins()).verify_native("downloads/libacme_clock.so");
    /// for problem in verification.problems() {
    ///     eprintln!("{problem}");
    /// }
    /// assert!(verification.is_taken());
    /// ```
    #[must_use]
    pub fn verify_native(mut self, library: impl Into<PathBuf>) -> Verification {
        let file = library.into();
        self.native.wanted = Some(std::path::absolute(&file).unwrap_or_else(|_| file.clone()));
        let of_host = |problem: Problem| (question(&problem), problem);
        let prepared = match self.prepare(true) {
            Ok(prepared) => prepared,
            Err(problem) => return Verification::of_problems(file, vec![of_host(problem)]),
        };
        let mut problems: Vec<_> = prepared.problems.into_iter().map(of_host).collect();
        let Some(ordered) = prepared.native else {
            if problems.is_empty() {
                let message = "the configuration has `native = false` under `[host]`, so the host takes no library at all";
                problems.push(of_host(Problem::new("KW0755", message, "remove it, or verify with another configuration")));
            }
            return Verification::of_problems(file, problems);
        };
        let notes = ordered.notes().to_vec();
        let Some(Asked { descriptor, library, well, wrong, notes: own }) = ordered.asked() else {
            return Verification { notes, ..Verification::of_problems(file, problems) };
        };
        problems.extend(wrong);
        let mut verification = Verification {
            file,
            plugin: Some(descriptor),
            library: Some(library),
            level: None,
            answers: answers(well, problems),
            notes: [own, notes].concat(),
        };
        if verification.is_taken() {
            verification.level = prepared.lineup.level_of(descriptor);
        }
        verification
    }
}
