//! The configuration file: `[server]` is read here, `[plugin]` and `[host]` are left to the host of the plugins.

use std::path::{Path, PathBuf};

use keyway::host::shown;
use serde::Deserialize;

use crate::Failure;

/// A configuration file as it was written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Where to serve what.
    #[serde(default)]
    pub server: ServerTable,
    /// The settings of the plugins, by plugin id.
    #[serde(default)]
    pub plugin: toml::Table,
    /// Which plugins are disabled or required.
    #[serde(default)]
    pub host: toml::Table,
    /// Where it was read; `None` for what is no file.
    #[serde(skip)]
    pub read: Option<ReadFile>,
}

/// A file that was read, so that messages can show its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// Its path, as the operator wrote it.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// The table `[server]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerTable {
    /// Address to listen on.
    pub listen: Option<String>,
    /// Folder of the site. In the file it is relative to the file's own folder.
    pub content: Option<PathBuf>,
    /// Title of the site.
    pub title: Option<String>,
    /// Where visitors reach the site.
    pub address: Option<String>,
    /// Value of the header `Content-Security-Policy` of pages; empty for none.
    pub content_security_policy: Option<String>,
    /// Folder for what plugins keep. In the file it is relative to the file's own folder.
    pub data: Option<PathBuf>,
    /// Folders of plugins that are shared libraries, the first of them first. In the file they are relative to the file's own folder.
    #[serde(default)]
    pub extensions: Vec<PathBuf>,
    /// Bytes that the body of a request may have, such as `1MiB`.
    pub request_limit: Option<String>,
    /// Bytes that the body of a response may have, such as `5MiB`.
    pub response_limit: Option<String>,
    /// Addresses and networks whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has keys or values that mean nothing; the message shows the line.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let named = shown(path);
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("the configuration file `{named}` cannot be read: {error}"))
                .help("check the path after `--config`; docs/operate.md shows a file to begin with")
        })?;
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            Failure::usage(format!("the configuration file `{named}` is wrong\n{error}"))
                .help("the tables are `[server]`, `[host]` and `[plugin.\"<id>\"]`; docs/operate.md lists the keys")
        })?;
        if file.host.contains_key("data-folder") {
            return Err(Failure::usage(format!("the configuration file `{named}` sets `data-folder` under `[host]`"))
                .help("write `data = \"…\"` under `[server]`, or give `--data DIR`: all that is kept, the audit log too, is in one folder"));
        }
        if file.server.extensions.iter().any(|folder| folder.as_os_str().is_empty()) {
            return Err(Failure::usage(format!(
                "the configuration file `{named}` names an empty path in `extensions` under `[server]`"
            ))
            .help("name the folder in which the libraries of plugins lie, or write `extensions = []` for none"));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let single = [&mut file.server.content, &mut file.server.data].into_iter().flatten();
        for relative in single.chain(&mut file.server.extensions) {
            *relative = folder.join(&*relative);
        }
        file.read = Some(ReadFile { name: named, text });
        Ok(file)
    }

    /// What the host of the plugins reads: `[host]` and `[plugin]`.
    #[must_use]
    pub fn for_host(&self) -> toml::Table {
        let mut table = toml::Table::new();
        for (key, value) in [("host", &self.host), ("plugin", &self.plugin)] {
            if !value.is_empty() {
                table.insert(key.to_owned(), toml::Value::Table(value.clone()));
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::ConfigFile;

    #[test]
    fn an_empty_folder_of_plugins_is_not_the_folder_of_the_file() {
        let path = std::env::temp_dir().join(format!("keyway-cms-empty-extensions-{}.toml", std::process::id()));
        std::fs::write(&path, "[server]\nextensions = ['']").expect("a file can be written");
        let message = ConfigFile::read(&path).expect_err("no folder is named").to_string();
        std::fs::remove_file(&path).expect("it is ours");
        assert!(message.contains("names an empty path in `extensions` under `[server]`"), "{message}");
    }
}
