//! The tables.

use keyway::capability::database::{Schema, Table};
use keyway_cms_sdk::content_path::LONGEST_PATH;

/// One row for each document, without its content: short, so that lists are.
pub(crate) const DOCUMENTS: &str = "documents";

/// One row for each content that a document has or had.
pub(crate) const VERSIONS: &str = "versions";

pub(crate) fn schema() -> Schema {
    let versions = Table::new(VERSIONS)
        .text("path")
        .required()
        .max(LONGEST_PATH)
        .indexed()
        .text("revision")
        .required()
        .blob("body")
        .required();
    let documents = Table::new(DOCUMENTS)
        .text("path")
        .required()
        .max(LONGEST_PATH)
        .unique()
        .text("revision")
        .required()
        .reference("current", VERSIONS)
        .required()
        .integer("bytes")
        .required()
        .timestamp("modified")
        .required();
    Schema::new().table(versions).table(documents)
}
