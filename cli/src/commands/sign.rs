//! `cargo keyway sign`: signs libraries of plugins.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::{Page, Report};
use crate::session::Session;
use crate::signing::{self, PasswordArguments};
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The libraries; each gets its signature beside it, as `<name>.minisig`.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The file of the secret key, as `cargo keyway keygen` or minisign made it.
    #[arg(long, short, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    password: PasswordArguments,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signatures {
    /// The number of the key.
    pub key: String,
    /// The signatures, in the order of the arguments.
    pub signatures: Vec<SignatureMade>,
}

/// One signature, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureMade {
    /// The file of the signature.
    pub file: PathBuf,
    /// The plugin's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The target that the library is for.
    pub target: String,
    /// The digest of the library, `sha256:` and 64 digits.
    pub digest: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let key = signing::read(&arguments.key, &arguments.password, session)?;
    let mut signatures = Vec::new();
    for file in &arguments.files {
        let signing::Signed { file, id, version, target, digest } = signing::sign(file, &key)?;
        signatures.push(SignatureMade { file, id, version, target, digest: digest.to_string() });
    }
    session.print(&Signatures { key: key.id().to_string(), signatures })?;
    Ok(Verdict::Clean)
}

impl Report for Signatures {
    fn text(&self, page: &mut Page) {
        for SignatureMade { file, id, version, target, digest } in &self.signatures {
            page.line(format!("{}: `{id} {version}` for {target}, {digest}", file.display()));
        }
        page.line(format!("signed with key {}", self.key));
    }
}
