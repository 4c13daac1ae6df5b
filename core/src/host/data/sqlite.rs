//! Opens SQLite databases below the data folder, all with the same settings.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use keyway_manifest::{shell_word, shown};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

use super::DataFolder;
use crate::host::failure::Problem;

/// How long a statement waits for another connection of this host.
const BUSY: Duration = Duration::from_secs(5);

/// The smallest page of a database, in bytes.
const SMALLEST_PAGE: u64 = 512;

/// Opens or makes a database below the data folder: `events.db`, `plugins/site.comments.db`. Blocks on the disk.
///
/// It is in WAL mode with `synchronous = FULL`, so what a commit has acknowledged survives a crash of the process and a loss of power;
/// foreign keys are checked. `format` is the version of its tables, kept as `user_version`: 0 in a new file. The caller compares
/// what it gets with what it knows, and sets it in the transaction that makes the tables.
///
/// # Errors
/// Those of [`DataFolder::open`]; KW0683 when the file is damaged or no database, which is then left as it is; KW0684 when a newer
/// program wrote it; KW0682 for any other failure of the disk.
pub(in crate::host) fn open_database(folder: &DataFolder, file: &str, format: u32) -> Result<(Connection, u32), Problem> {
    let path = folder.open()?.join(file);
    if let Some(parent) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(parent).map_err(|error| unusable(parent, &error))?;
    }
    // With the links above it resolved, SQLite can refuse a link in place of the file, which could lead elsewhere.
    let path = match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(parent), Some(name)) => parent.map_err(|error| unusable(&path, &error))?.join(name),
        _ => path,
    };
    check_header(&path)?;
    make_private(&path).map_err(|error| unusable(&path, &error))?;
    let connection = connect(&path).map_err(|error| explain(&path, &error))?;
    let found: u32 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(|error| explain(&path, &error))?;
    if found > format {
        let message = format!(
            "the database `{}` has format {found}, written by a newer version of the host; this one knows up to {format}",
            shown(&path)
        );
        return Err(Problem::new("KW0684", message, "run the newer host, or restore the folder from a copy made before it ran"));
    }
    Ok((connection, found))
}

/// Refuses a file that does not begin as a database does. SQLite takes some that are too short to be empty, and would write over them.
fn check_header(path: &Path) -> Result<(), Problem> {
    let is_file = path.symlink_metadata().is_ok_and(|file| file.is_file() && file.len() > 0);
    let begin = || {
        let mut header = Vec::new();
        File::open(path)?.take(SMALLEST_PAGE).read_to_end(&mut header)?;
        Ok(header)
    };
    if is_file {
        let header = begin().map_err(|error: std::io::Error| unusable(path, &error))?;
        if !header.starts_with(b"SQLite format 3\0") {
            return Err(damaged(path, &"it does not begin as a database does"));
        }
        if (header.len() as u64) < SMALLEST_PAGE {
            return Err(damaged(path, &"it was cut off"));
        }
    }
    Ok(())
}

/// Makes the file for this user alone where there is none; its journal gets the same rights from SQLite.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // It keeps the rights that an operator may have given it. What is no file is refused by SQLite.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Reads the first page, and thereby finds a file that is no database, before anything is written.
    connection.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // After a checkpoint the journal shrinks to this again.
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    // A damaged or hostile file must not make functions run.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Whether an error means that the file does not hold what it should.
pub(in crate::host) fn is_damage(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Tells what is wrong with a database, for a person who can mend it.
pub(in crate::host) fn explain(path: &Path, error: &Error) -> Problem {
    if is_damage(error) { damaged(path, error) } else { unusable(path, error) }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Problem {
    let message = format!("the database `{}` is damaged: {error}", shown(path));
    let save = shell_word(path).map(|path| format!("; `sqlite3 {path} .recover` may save what is left")).unwrap_or_default();
    let help = format!("restore it from a copy, or move it away to begin anew{save}");
    Problem::new("KW0683", message, help)
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> Problem {
    let message = format!("`{}` in the data folder cannot be used: {error}", shown(path));
    Problem::new("KW0682", message, "free space on the disk, or give the user that runs the host the right to write there")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> DataFolder {
        let path = std::env::temp_dir().join(format!("keyway-sqlite-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        DataFolder::new(Some(path))
    }

    #[test]
    fn what_is_acknowledged_is_on_the_disk_and_the_format_is_kept() {
        let folder = folder("settings");
        let (connection, found) = open_database(&folder, "deep/events.db", 3).unwrap();
        assert_eq!(found, 0);
        let text = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0)).unwrap();
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((text("journal_mode").as_str(), number("synchronous"), number("foreign_keys")), ("wal", 2, 1));
        connection.pragma_update(None, "user_version", 3).unwrap();
        drop(connection);
        let (connection, found) = open_database(&folder, "deep/events.db", 3).unwrap();
        assert_eq!(found, 3);
        #[cfg(unix)]
        for file in ["events.db", "events.db-wal", "events.db-shm"] {
            let path = folder.open().unwrap().join("deep").join(file);
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{file} is for its owner alone");
        }
        drop(connection);
        let problem = open_database(&folder, "deep/events.db", 2).unwrap_err();
        assert_eq!(problem.code(), "KW0684");
        assert!(problem.message().ends_with("has format 3, written by a newer version of the host; this one knows up to 2"));
        std::fs::remove_dir_all(folder.open().unwrap()).unwrap();
    }

    #[test]
    fn a_file_that_is_no_database_is_told_and_left_alone() {
        let folder = folder("damaged");
        let file = folder.open().unwrap().join("events.db");
        let content =
            b"a letter that somebody put here, longer than one header of a database is: one hundred bytes, as the format says";
        std::fs::write(&file, content).unwrap();
        let problem = open_database(&folder, "events.db", 1).unwrap_err();
        assert_eq!(problem.code(), "KW0683");
        assert_eq!(std::fs::read(&file).unwrap(), content);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&file, folder.open().unwrap().join("link.db")).unwrap();
            assert_eq!(open_database(&folder, "link.db", 1).unwrap_err().code(), "KW0682");
        }
        std::fs::remove_dir_all(folder.open().unwrap()).unwrap();
    }

    #[test]
    fn a_database_is_told_in_one_line() {
        let path = Path::new("/data/site.a\nKW0000.db");
        let told = damaged(path, &"it was cut off").to_string();
        assert_eq!(
            told,
            "KW0683 the database `/data/site.a\\nKW0000.db` is damaged: it was cut off\n  help: restore it from a copy, or move it away to begin anew"
        );
        let told = damaged(Path::new("/data/it's.db"), &"it was cut off").to_string();
        assert!(told.ends_with(r"; `sqlite3 '/data/it'\''s.db' .recover` may save what is left"), "{told}");
        let told = unusable(path, &std::io::Error::other("no room"));
        assert_eq!(told.message(), "`/data/site.a\\nKW0000.db` in the data folder cannot be used: no room");
    }
}
