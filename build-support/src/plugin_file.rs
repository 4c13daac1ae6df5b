//! Reads a plugin's manifest in full, as the plugin's own derive does.

use std::path::Path;

use keyway_manifest::Descriptor;
use keyway_manifest::host::{PackageFacts, parse_descriptor, shown};
use keyway_manifest::parse::read_file;

/// The descriptor of an enabled plugin; `None` when its manifest is not right, which its own build reports.
pub(crate) fn descriptor(manifest: &Path, facts: &PackageFacts, root: &Path) -> Option<&'static Descriptor> {
    let shown_as = shown_as(manifest, facts, root);
    let text = read_file(manifest, &shown_as).ok()?;
    parse_descriptor(&text, &shown_as, facts).map(|descriptor| &*Box::leak(Box::new(descriptor)))
}

/// A file of the workspace by its path; one of a registry by its package.
fn shown_as(manifest: &Path, facts: &PackageFacts, root: &Path) -> String {
    let name = shown(manifest, root);
    if Path::new(&name).is_relative() {
        return name;
    }
    let file = manifest.file_name().unwrap_or_default().to_string_lossy();
    format!("{}-{}/{file}", facts.name, facts.version)
}
