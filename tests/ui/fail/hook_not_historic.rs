//! `historic` stands at a hook that decides, and a hook without it is told through its history.

use std::sync::Arc;

use keyway::{CallError, Host, extension_point};

#[extension_point(id = "site.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto", historic)]
pub trait BeforeDelete {
    async fn may_delete(&self, path: &str) -> Result<(), CallError>;
}

#[extension_point(id = "site.after-delete", version = "1.0.0", on_failure = "open", mode = "all")]
pub trait AfterDelete {
    async fn deleted(&self, path: &str);
}

fn history(host: &Host) {
    let _ = host.historic::<dyn AfterDelete, _, _>(|plugin, path: Arc<String>| async move { plugin.deleted(&path).await });
}

fn main() {}
