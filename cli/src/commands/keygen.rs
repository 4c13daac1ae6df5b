//! `cargo keyway keygen`: makes a key pair that signs libraries of plugins.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml_edit::Value;

use crate::failure::{Class, Failure, FileVerb, KEY_FILE};
use crate::output::{Page, Report};
use crate::session::Session;
use crate::signing::{self, PasswordArguments};
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file of the secret key that is made, such as `acme.key`; the public key goes beside it, as `acme.pub`.
    file: PathBuf,
    #[command(flatten)]
    password: PasswordArguments,
    /// Keeps the secret key without a password: whoever can read the file can sign.
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,
}

/// A key pair that was made. The secret key is in its file only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPair {
    /// The number that both keys share, as minisign shows it.
    pub id: String,
    /// The public key, as `keys` in host.toml takes it.
    pub public_key: String,
    /// The file of the secret key.
    pub secret_file: PathBuf,
    /// The file of the public key.
    pub public_file: PathBuf,
    /// Whether the secret key has a password.
    pub has_password: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let Arguments { file, password, no_password } = arguments;
    let public_file = file.with_extension("pub");
    refuse_taken(file, &public_file)?;
    let password = if *no_password { None } else { Some(password.chosen(session)?) };
    let key = signing::made(file, password.as_deref().map(String::as_str), session)?;
    let public = key.public_key().map_err(|refusal| signing::refused(&refusal))?;
    write_new(&public_file, &public.to_text())?;
    session.print(&KeyPair {
        id: public.id().to_string(),
        public_key: public.to_string(),
        secret_file: file.clone(),
        public_file,
        has_password: password.is_some(),
    })?;
    Ok(Verdict::Clean)
}

/// No key is ever written over: it may be the only one of its kind.
fn refuse_taken(secret: &Path, public: &Path) -> Result<(), Failure> {
    let message = if secret == public {
        format!("the secret key cannot be `{}`, which is the name of the public key", secret.display())
    } else if let Some(file) = [secret, public].into_iter().find(|file| std::fs::symlink_metadata(file).is_ok()) {
        format!("`{}` is there already, and no key is written over", file.display())
    } else {
        return Ok(());
    };
    let help = format!("name a file that is not there yet, such as `{}`", free(secret).display());
    Err(Failure::new(Class::Arguments, KEY_FILE, message).help(help))
}

/// The name of a key without its ending, which its publisher is called by at first.
fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A name like this one under which neither a secret key nor a public one is there.
fn free(secret: &Path) -> PathBuf {
    let stem = stem(secret);
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}.key"));
    let names = std::iter::once(format!("{stem}.key")).chain(numbered).map(|name| secret.with_file_name(name));
    let is_free = |file: &Path| std::fs::symlink_metadata(file).is_err();
    names.into_iter().find(|name| is_free(name) && is_free(&name.with_extension("pub"))).unwrap_or_else(|| secret.to_owned())
}

fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let written = File::create_new(file).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::file("the public key", FileVerb::Written, file, &error))
}

impl Report for KeyPair {
    fn text(&self, page: &mut Page) {
        let Self { id, public_key, secret_file, public_file, has_password } = self;
        let password = if *has_password { "with a password" } else { "without a password: whoever can read it can sign" };
        page.line(format!("key {id}"));
        page.line(format!("  {}: the secret key, {password}; keep a copy in a safe place", secret_file.display()));
        page.line(format!("  {}: the public key, for everybody", public_file.display()));
        page.gap();
        page.line("Hosts take what it signs with these lines in host.toml:");
        page.gap();
        page.line(format!("[native.publisher.{}]", Value::from(stem(secret_file))));
        page.line(format!("keys = [\"{public_key}\"]"));
        page.line("ids = []  # to fill in: the plugins that it may sign, such as \"acme.clock\", or \"acme.*\"");
    }
}
