//! What was seen in a scenario, line by line.

use std::fmt::{Debug, Display};
use std::fs;
use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use keyway::Host;
use keyway_conformance::{Act, Told};

use super::log::Log;
use crate::misfit::workspace::root;

/// What was seen, and the log while it was seen.
pub(super) struct Transcript {
    lines: Vec<String>,
    log: Log,
    /// What is another one in each run, with the word in its place.
    hidden: Vec<(String, &'static str)>,
}

impl Transcript {
    pub(super) fn begin() -> Self {
        Self { lines: Vec::new(), log: Log::begin(), hidden: Vec::new() }
    }

    /// Puts down a result. Nothing but times is taken out.
    pub(super) fn saw<T: Debug, E: Display>(&mut self, what: &str, result: Result<T, E>) {
        match result {
            Ok(value) => self.line(what, format_args!("{value:?}")),
            Err(error) => self.line(what, format_args!("error: {error}")),
        }
    }

    pub(super) fn line(&mut self, what: &str, seen: impl Display) {
        let line = format!("{what}: {}", without_times(&seen.to_string()));
        self.lines.push(self.hidden.iter().fold(line, |line, (text, word)| line.replace(text, word)));
    }

    /// Puts a word in the place of a text that is another one in each run.
    pub(super) fn hide(&mut self, text: &str, word: &'static str) {
        self.hidden.push((text.to_owned(), word));
    }

    /// Puts down what plugins have logged since the last time.
    pub(super) fn log(&mut self, what: &str) {
        for line in self.log.take() {
            self.line(what, format_args!("log {line}"));
        }
    }

    /// The same, when lines come in any order.
    pub(super) fn log_sorted(&mut self, what: &str) {
        let mut lines = self.log.take();
        lines.sort();
        for line in lines {
            self.line(what, format_args!("log {line}"));
        }
    }

    pub(super) fn now(&mut self, host: &Host, plugin: &str, act: &str) {
        let extensions = host.extensions::<dyn Act>();
        let Some(extension) = extensions.of(plugin) else { return self.line(act, "it does not run") };
        self.saw(act, extension.now(act));
    }

    pub(super) async fn later(&mut self, host: &Host, plugin: &str, act: &str) {
        self.told(act, async { host.extensions::<dyn Act>().of(plugin).expect("it runs").later(act).await }).await;
    }

    async fn told(&mut self, act: &str, told: impl Future<Output = Result<Told, keyway::Error>>) {
        let told = told.await;
        self.saw(act, told);
    }

    /// Compares all that was seen with what is checked in, or with `KEYWAY_UPDATE=1` puts the first tier's there.
    pub(super) fn check(self, scenario: &str, tier: &str) {
        let seen = self.lines.join("\n");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/suite/expected").join(format!("{scenario}.txt"));
        if tier == "static" && std::env::var_os("KEYWAY_UPDATE").is_some() {
            fs::write(&file, format!("{seen}\n")).expect("the text can be written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        let (expected, name) = (expected.trim_end_matches('\n'), file.strip_prefix(root()).unwrap_or(&file).display());
        let differing = expected.lines().zip(seen.lines()).find(|(expected, seen)| expected != seen);
        assert!(seen == expected, "the tier `{tier}` differs from {name}, first in {differing:#?}; all of it:\n{seen}");
    }
}

/// Takes out what a clock has measured.
fn without_times(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let is_number = |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let unit = ["ms", "s", "us", "µs"]
            .into_iter()
            .find(|unit| word.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
        if unit.is_some()
            && let Some(last) = words.last_mut().filter(|last| is_number(last))
        {
            "<time>".clone_into(last);
        }
        words.push(word.to_owned());
    }
    // How long a call took before it panicked is said from the first step of a coarse clock on.
    words.join(" ").replace(" after <time> ms", "")
}

/// A fresh folder below `target/`.
pub(super) fn folder() -> std::path::PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = root().join("target/conformance/data").join(format!("{}-{number}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("content/notes")).expect("a folder below target/ can be made");
    fs::write(folder.join("content/page.txt"), "the page").expect("a file below target/ can be written");
    folder
}
