//! The first start, with a folder of documents that somebody has kept until then.

use keyway::prelude::*;
use keyway_cms_sdk::content_path::LONGEST_PATH;
use keyway_cms_sdk::{content_folder, markdown_file};

use crate::StorageSqlite;
use crate::table::{DOCUMENTS, VERSIONS};

/// The folder, as the host has mounted it, whose documents are taken over.
const MOUNT: &str = "content";

impl StorageSqlite {
    /// Whether no document was ever kept. Of those that were deleted, versions are left.
    pub(crate) async fn was_never_used(&self) -> Result<bool, Error> {
        let is_empty = self.database.select(DOCUMENTS).count().await? == 0;
        Ok(is_empty && self.database.select(VERSIONS).count().await? == 0)
    }

    /// Takes over the Markdown files of the folder, all or none. The other files are served from the folder as before.
    pub(crate) async fn import(&self, files: &Files, log: &Logger) -> Result<(), Error> {
        let left_out = |path: &str, why: std::fmt::Arguments<'_>| {
            log.warn(format_args!("`{}` is not taken over: {why}", path.escape_debug()));
        };
        let transaction = self.writer.begin().await?;
        let mut imported = 0_usize;
        for entry in content_folder::entries(files, MOUNT, left_out)? {
            if markdown_file::stem(&entry.path).is_none() {
                continue;
            }
            if entry.len > self.largest {
                left_out(&entry.path, format_args!("it has {} bytes; `largest-document` allows {}", entry.len, self.largest));
                continue;
            }
            if entry.path.len() > LONGEST_PATH {
                left_out(&entry.path, format_args!("its path has more than {LONGEST_PATH} bytes"));
                continue;
            }
            match files.read(&format!("{MOUNT}/{}", entry.path)) {
                Ok(body) => {
                    let modified = entry.modified.unwrap_or_else(|| self.clock.now());
                    self.put(&transaction, &entry.path, &body, None, modified).await?;
                    imported += 1;
                }
                Err(error) => left_out(&entry.path, format_args!("{error}")),
            }
        }
        transaction.commit().await?;
        if imported > 0 {
            log.info(format_args!("{imported} documents were taken over; from now on they are changed in the database"));
        }
        Ok(())
    }
}
