//! What the program works with: the command line laid over the configuration file laid over the defaults.

use std::path::PathBuf;

use keyway::host::shown;

use crate::arguments::Arguments;
use crate::config_file::{ConfigFile, ReadFile};
use crate::listen::Listen;
use crate::{Failure, TrustedProxies, content_folder, size};

/// What a browser may do with a page: take everything from the site itself, and pictures, sound and video from anywhere. Style
/// attributes are let through because Markdown tables align their cells with them.
pub const DEFAULT_CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src * data:; \
    media-src *; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// Where plugins keep what is to outlive the program, below the current folder.
const DEFAULT_DATA_FOLDER: &str = ".keyway-cms";

const DEFAULT_REQUEST_LIMIT: usize = 1024 * 1024;
const DEFAULT_RESPONSE_LIMIT: usize = 5 * 1024 * 1024;

/// Where to serve what.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: Listen,
    /// The folder of the site, absolute.
    pub content: PathBuf,
    /// Title of the site; `None` takes that of the start page.
    pub title: Option<String>,
    /// Where visitors reach the site, without a final slash; `None` takes the address listened on.
    pub address: Option<String>,
    /// Value of the header `Content-Security-Policy` of pages; empty for none.
    pub content_security_policy: String,
    /// Folder for what plugins keep, made when the first of them keeps something.
    pub data: PathBuf,
    /// Folders of plugins that are shared libraries; what is in an earlier one goes first.
    pub extensions: Vec<PathBuf>,
    /// Bytes that the body of a request may have.
    pub request_limit: usize,
    /// Bytes that the body of a response may have.
    pub response_limit: usize,
    /// Whose word about the visitor's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// `[host]` and `[plugin]` of the configuration file.
    pub plugins: toml::Table,
    /// The file in which `plugins` stands, if it does.
    pub read: Option<ReadFile>,
}

impl Settings {
    /// Settings for a folder: a free port on the loopback address, everything else as without a configuration.
    ///
    /// # Errors
    /// When the folder does not exist.
    pub fn for_folder(content: impl Into<PathBuf>) -> Result<Self, Failure> {
        let arguments = Arguments { content: Some(content.into()), ..Arguments::new(crate::arguments::Command::Serve) };
        let any_port = Listen::parse("127.0.0.1:0")?;
        Ok(Self { listen: any_port, ..Self::resolve(&arguments, ConfigFile::default())? })
    }

    /// Lays the command line over the configuration file.
    ///
    /// # Errors
    /// When the content folder or a folder of plugins does not exist, or an address is none.
    pub fn resolve(arguments: &Arguments, file: ConfigFile) -> Result<Self, Failure> {
        let plugins = file.for_host();
        let extensions = extensions(arguments, &file)?;
        let server = file.server;
        let listen = match arguments.listen.as_deref().or(server.listen.as_deref()) {
            Some(written) => Listen::parse(written)?,
            None => Listen::FirstFree,
        };
        let address = arguments.address.clone().or(server.address).map(|written| origin(&written)).transpose()?;
        let content = content_folder::find(arguments.content.as_deref().or(server.content.as_deref()))?;
        Ok(Self {
            listen,
            content,
            title: arguments.title.clone().or(server.title),
            address,
            content_security_policy: match server.content_security_policy {
                Some(policy) => header_text(policy)?,
                None => DEFAULT_CONTENT_SECURITY_POLICY.to_owned(),
            },
            data: data_of(arguments, server.data),
            extensions,
            request_limit: limit("request-limit", server.request_limit, DEFAULT_REQUEST_LIMIT)?,
            response_limit: limit("response-limit", server.response_limit, DEFAULT_RESPONSE_LIMIT)?,
            trusted_proxies: TrustedProxies::parse(&server.trusted_proxies)?,
            plugins,
            read: file.read,
        })
    }
}

fn limit(key: &str, written: Option<String>, default: usize) -> Result<usize, Failure> {
    written.map_or(Ok(default), |written| size::parse(key, &written))
}

/// The folders of plugins that are shared libraries: that of the command line before those of the file.
///
/// # Errors
/// When one of them does not exist: whoever names a folder counts on its plugins.
pub(crate) fn extensions(arguments: &Arguments, file: &ConfigFile) -> Result<Vec<PathBuf>, Failure> {
    let given = arguments.extensions.iter().map(|folder| (folder, "`--extensions`"));
    let written = file.server.extensions.iter().map(|folder| (folder, "`extensions` under `[server]` of the configuration"));
    let existing = |(folder, place): (&PathBuf, &str)| match folder.try_exists() {
        Ok(false) => {
            Err(Failure::usage(format!("the folder of plugins `{}`, which {place} names, does not exist", shown(folder)))
                .help("create it, or correct the path; one in the configuration is relative to the file's own folder"))
        }
        _ => Ok(folder.clone()),
    };
    given.chain(written).map(existing).collect()
}

/// The folder of what plugins keep and of the audit log.
#[must_use]
pub fn data_folder(arguments: &Arguments, file: ConfigFile) -> PathBuf {
    data_of(arguments, file.server.data)
}

fn data_of(arguments: &Arguments, written: Option<PathBuf>) -> PathBuf {
    arguments.data.clone().or(written).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_FOLDER))
}

/// Checks a public address. A path is refused: the plugins' links would not lie below it.
fn origin(written: &str) -> Result<String, Failure> {
    let trimmed = written.trim_end_matches('/');
    let refused = |why: &str| {
        Failure::usage(format!("`{written}` is no public address: {why}"))
            .help("write it like `https://example.org`, without a path")
    };
    let uri: http::Uri = trimmed.parse().map_err(|error: http::uri::InvalidUri| refused(&error.to_string()))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused("it does not begin with `http://` or `https://`"));
    }
    if uri.path() != "/" || uri.query().is_some() || trimmed.contains('@') {
        return Err(refused("it is more than scheme, host and port"));
    }
    Ok(trimmed.to_owned())
}

fn header_text(written: String) -> Result<String, Failure> {
    match http::HeaderValue::from_str(&written) {
        Ok(_) => Ok(written),
        Err(_) => Err(Failure::usage("`content-security-policy` under `[server]` holds characters that no header may have")
            .help("write it on one line, in ASCII")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, origin};
    use crate::arguments::{Arguments, Command};
    use crate::config_file::ConfigFile;

    #[test]
    fn the_command_line_wins() {
        let file: ConfigFile =
            toml::from_str("[server]\ntitle = 'file'\naddress = 'https://file.example/'\ncontent = 'src'").expect("TOML");
        let arguments = Arguments { title: Some("line".to_owned()), ..Arguments::new(Command::Serve) };
        let settings = Settings::resolve(&arguments, file).expect("good settings");
        assert_eq!(settings.title.as_deref(), Some("line"));
        assert_eq!(settings.address.as_deref(), Some("https://file.example"));
        assert!(settings.content.is_absolute() && settings.content.ends_with("src"));
    }

    #[test]
    fn a_folder_of_plugins_exists() {
        let missing = |arguments: &Arguments, file: &str| {
            let failure = Settings::resolve(arguments, toml::from_str(file).expect("TOML")).expect_err("there is no such folder");
            assert_eq!(format!("{:?}", failure.exit_code()), format!("{:?}", std::process::ExitCode::from(2)));
            failure.to_string()
        };
        let given = Arguments { extensions: Some("no\u{1b}where".into()), ..Arguments::new(Command::Serve) };
        assert!(
            missing(&given, "").contains("the folder of plugins `no\\u{1b}where`, which `--extensions` names, does not exist"),
            "the name is escaped"
        );
        let written = "[server]\nextensions = ['src', 'nowhere']";
        assert!(
            missing(&Arguments::new(Command::Serve), written).contains("`nowhere`, which `extensions` under `[server]` of the")
        );
        let good =
            Settings::resolve(&Arguments::new(Command::Serve), toml::from_str("[server]\nextensions = ['src']").expect("TOML"));
        assert_eq!(good.expect("it exists").extensions, [std::path::PathBuf::from("src")]);
    }

    #[test]
    fn a_public_address_is_an_origin() {
        assert_eq!(origin("https://example.org:8443/").expect("an origin"), "https://example.org:8443");
        for written in
            ["example.org", "ftp://example.org", "https://example.org/site", "https://a@b.example", "https://", "https://a b"]
        {
            let message = origin(written).expect_err(written).to_string();
            assert!(message.contains("is no public address") && message.contains("https://example.org"), "{written}: {message}");
        }
    }
}
