//! The plugin without its optional permissions.

use std::sync::Arc;

use super::run::Run;
use super::{Conformance, Examined};
use crate::host::{PluginErrorKind, StartError};
use crate::testing::folder::Folder;

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    let optional: Vec<_> = kit.plugin.permissions.iter().filter(|request| request.optional).map(|request| request.name).collect();
    if optional.is_empty() {
        "nothing: it asks for no optional permission".clone_into(&mut examined.did);
        return;
    }
    let mut denials: Vec<Vec<_>> = optional.iter().map(|&permission| vec![permission]).collect();
    if optional.len() > 1 {
        denials.push(optional.clone());
    }
    let all: Vec<_> = optional.iter().map(|permission| format!("`{permission}`")).collect();
    examined.did = format!("start, work and stop without {}", all.join(", "));
    for denied in denials {
        let without: Vec<_> = denied.iter().map(|permission| format!("`{permission}`")).collect();
        let did = format!("start without {}", without.join(" and "));
        let host = denied.iter().fold(kit.test_host(&Arc::new(Folder::new())), |host, permission| host.deny(permission));
        match Run::try_begin(kit, host).await {
            Ok(mut run) => {
                let before = examined.findings.len();
                // The author's code may count on answers that need the permission.
                let _ = run.work().await;
                run.look_for_panics(examined);
                run.stop(examined).await;
                for finding in &mut examined.findings[before..] {
                    finding.did = finding.did.replacen("start", &did, 1);
                }
            }
            Err(error) => judge(kit, &did, &denied, &error, examined),
        }
    }
}

/// A plugin may say that it does not run without a permission, so that whoever denies it knows why.
fn judge(kit: &Conformance, did: &str, denied: &[&str], error: &StartError, examined: &mut Examined) {
    for failure in error.failures().filter(|failure| failure.plugin() == kit.plugin.id.as_str()) {
        let told = failure.to_string();
        if matches!(failure.kind(), PluginErrorKind::Panicked { .. }) {
            examined.found(did, told, "answer the error of the capability with `?`, or do without it");
        } else if !denied.iter().any(|permission| told.contains(permission)) {
            let help = "have the error name the permission, so that whoever denied it knows what to do; or do without it";
            examined.found(did, told, help);
        }
    }
}
