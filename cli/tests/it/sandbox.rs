//! A copy of a fixture project in a folder of its own, the program run in it, and snapshots of what it says.
//!
//! A snapshot is `tests/snapshots/<case>.txt`: the command, its exit code, and what it wrote. `KEYWAY_UPDATE=1` writes them anew. The folder of
//! the copy is `[project]` in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use cargo_keyway::answer::{Answer, FORMAT, Refusal};
use serde::de::DeserializeOwned;

/// A copy of a fixture, removed when it is dropped.
pub(crate) struct Sandbox {
    folder: PathBuf,
}

impl Sandbox {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = fs::canonicalize(std::env::temp_dir()).expect("there is a folder for temporary files");
        let folder = temporary.join(format!("cargo-keyway-{}-{number}", std::process::id()));
        // One of a process of the same number that was killed.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder can be made");
        Self { folder }
    }

    /// A copy of `tests/fixtures/<name>`.
    pub(crate) fn of(name: &str) -> Self {
        let sandbox = Self::empty();
        copy(&fixtures().join(name), &sandbox.folder);
        sandbox
    }

    /// The workspace of the host `site`: see `tests/fixtures/site`.
    pub(crate) fn site() -> Self {
        Self::of("site")
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file, with the folders that it needs.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.folder.join(path);
        assert!(file.starts_with(&self.folder), "{path} lies outside of the sandbox");
        fs::create_dir_all(file.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::write(file, text).expect("a file can be written");
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a text in a file that must be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// Removes a file that must be there.
    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// The program with arguments, in this folder, in an environment that says nothing of the Cargo that runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-keyway"));
        command.arg("keyway").args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if (text.starts_with("CARGO_") && text != "CARGO_HOME") || text.starts_with("CLICOLOR") || text == "NO_COLOR" {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the program can be started");
        self.ran(arguments, output)
    }

    /// Runs the program with a script in Cargo's place, which finds the real one in `$REAL_CARGO`.
    #[cfg(unix)]
    pub(crate) fn run_with_cargo(&self, script: &str, arguments: &[&str]) -> Ran {
        use std::os::unix::fs::PermissionsExt;

        self.write("script/cargo", script);
        let cargo = self.folder.join("script/cargo");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is our own file");
        let mut command = self.command(arguments);
        command.env("REAL_CARGO", std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).env("CARGO", cargo);
        let output = command.output().expect("the program can be started");
        self.ran(arguments, output)
    }

    /// What came of a run that a test has made itself.
    pub(crate) fn ran(&self, arguments: &[&str], output: Output) -> Ran {
        Ran { command: format!("cargo keyway {}", arguments.join(" ")), output, folder: self.folder.clone() }
    }

    /// A file as if a command had printed it: for snapshots.
    pub(crate) fn run_file(&self, path: &str) -> Ran {
        let output = Output { status: ExitStatus::default(), stdout: self.read(path).into_bytes(), stderr: Vec::new() };
        Ran { command: format!("cat {path}"), output, folder: self.folder.clone() }
    }

    /// Runs the program with `--json`, and reads what a command found.
    pub(crate) fn json<T: DeserializeOwned>(&self, arguments: &[&str]) -> T {
        let ran = self.run(&[arguments, &["--json"]].concat());
        let stdout = ran.stdout();
        let answer: Answer<T> = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}\n{stdout}{}", ran.stderr()));
        assert_eq!((answer.format, answer.command.as_str()), (FORMAT, arguments[0]));
        answer.data
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The system empties the folder of temporary files too.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What came of a run.
pub(crate) struct Ran {
    command: String,
    output: Output,
    folder: PathBuf,
}

impl Ran {
    /// What came of a run of the program in another folder than a sandbox.
    pub(crate) fn of(command: &str, output: Output, folder: &Path) -> Self {
        Self { command: format!("cargo keyway {command}"), output, folder: folder.to_owned() }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> i32 {
        self.output.status.code().unwrap_or(-1)
    }

    /// Standard output, with the folder masked.
    pub(crate) fn stdout(&self) -> String {
        self.masked(&self.output.stdout)
    }

    /// Standard error, with the folder masked, and without a word of waiting for other processes that use Cargo on this machine.
    pub(crate) fn stderr(&self) -> String {
        let said = self.masked(&self.output.stderr);
        said.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("Blocking waiting for file lock")).collect()
    }

    /// Standard error, as it was written.
    pub(crate) fn raw_stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    fn masked(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&*self.folder.to_string_lossy(), "[project]")
    }

    /// Compares all of it with `tests/snapshots/<case>.txt`.
    #[track_caller]
    pub(crate) fn snapshot(&self, case: &str) {
        self.compare(case, &[("stdout", self.stdout()), ("stderr", self.stderr())]);
    }

    /// As [`snapshot`](Self::snapshot), without what a program that was started says on standard error.
    #[track_caller]
    pub(crate) fn snapshot_of_output(&self, case: &str) {
        self.compare(case, &[("stdout", self.stdout())]);
    }

    #[track_caller]
    fn compare(&self, case: &str, streams: &[(&str, String)]) {
        let command = self.command.replace(&*self.folder.to_string_lossy(), "[project]");
        let mut text = format!("$ {command}\nexit code {}\n", self.code());
        for (name, content) in streams {
            if !content.is_empty() {
                text.push_str(&format!("--- {name}\n{content}"));
            }
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(case).with_extension("txt");
        if std::env::var_os("KEYWAY_UPDATE").is_some() {
            return fs::write(&file, text).expect("a snapshot can be written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert!(expected == text, "{case}: expected\n{expected}\n{case}: actual\n{text}");
    }

    /// Reads the JSON of a failure; standard error must say the same.
    pub(crate) fn refusal(&self) -> Refusal {
        let stdout = self.stdout();
        let refusal: Refusal = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}\n{stdout}"));
        let first = refusal.error.message.lines().next().unwrap_or_default();
        assert!(self.stderr().starts_with(&format!("error: {} {first}\n", refusal.error.code)), "{}", self.stderr());
        refusal
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let from = entry.expect("a fixture can be read").path();
        let to = to.join(from.file_name().expect("an entry has a name"));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a fixture can be copied");
        }
    }
}
