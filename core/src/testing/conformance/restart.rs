//! The plugin in one program after the other, on what the one before has left.

use std::sync::Arc;

use super::run::Run;
use super::{Conformance, Examined};
use crate::testing::folder::Folder;

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    "start, work, stop; and once more on what that has left".clone_into(&mut examined.did);
    let folder = Arc::new(Folder::new());
    let Some(mut first) = Run::begin_in(kit, examined, &folder).await else { return };
    first.work_well(examined).await;
    first.stop(examined).await;
    folder.keep();
    let findings = examined.findings.len();
    if let Some(mut second) = Run::begin_in(kit, examined, &folder).await {
        second.work_well(examined).await;
        second.stop(examined).await;
    }
    for finding in &mut examined.findings[findings..] {
        finding.did = format!("start, work, stop, then in the same folders: {}", finding.did);
    }
}
