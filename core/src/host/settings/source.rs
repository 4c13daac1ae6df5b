//! Where the configuration comes from, and how its parts are laid over each other.

use std::path::PathBuf;

use keyway_manifest::{shown, shown_text};
use toml::{Table, Value};

use crate::host::failure::Problem;
use crate::host::origin::{Origin, Place};

/// Where a part of the configuration comes from.
#[derive(Debug, Clone)]
pub(in crate::host) enum Source {
    Table(Table),
    File(PathBuf),
    /// What the program has read out of a file, with the file's name and text.
    Read {
        table: Table,
        name: String,
        text: String,
    },
}

pub(super) fn load(source: &Source) -> Result<(Table, Origin), Problem> {
    match source {
        Source::Table(table) => Ok((table.clone(), Origin::Table(table.clone()))),
        Source::Read { table, name, text } => Ok((table.clone(), Origin::File { name: shown_text(name), text: text.clone() })),
        Source::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                let message = format!("the configuration file `{}` cannot be read: {error}", shown(path));
                Problem::new("KW0612", message, "correct the path given to `config_file`, or create the file")
            })?;
            let name = shown(path);
            match text.parse() {
                Ok(table) => Ok((table, Origin::File { name, text })),
                Err(error) => {
                    let error: toml::de::Error = error;
                    let message = format!("the configuration file `{name}` is no TOML: {}", error.message());
                    let place = error.span().map(|span| Place::new(&name, &text, span));
                    Err(Problem::new("KW0612", message, "correct the syntax").at(place))
                }
            }
        }
    }
}

/// Lays one table over another: tables are merged key by key, all else is replaced.
pub(in crate::host) fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn tables_are_merged_and_values_replaced() {
        let mut below = table("a = 1\n[t]\nx = 1\nlist = [1, 2]\n[t.deep]\nk = 'old'");
        lay_over(&mut below, table("b = 2\n[t]\nlist = [3]\n[t.deep]\nk = 'new'\nmore = true"));
        assert_eq!(below, table("a = 1\nb = 2\n[t]\nx = 1\nlist = [3]\n[t.deep]\nk = 'new'\nmore = true"));
    }

    #[test]
    fn a_file_is_told_in_one_line() {
        let folder = std::env::temp_dir().join(format!("keyway-source-{}\nKW0000", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("host.toml");
        std::fs::write(&file, "[host]\nname = \u{1b}[2J\n").unwrap();
        let read = |name: &str| load(&Source::File(folder.join(name))).map(drop).unwrap_err().to_string();
        let (wrong, missing) = (read("host.toml"), read("none.toml"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(missing.contains("\\nKW0000/none.toml` cannot be read: ") && missing.lines().count() == 2, "{missing}");
        assert!(wrong.contains("\\nKW0000/host.toml` is no TOML: ") && wrong.contains("\\nKW0000/host.toml:2:"), "{wrong}");
        assert!(wrong.contains("| name = \\u{1b}[2J\n"), "{wrong}");
    }
}
