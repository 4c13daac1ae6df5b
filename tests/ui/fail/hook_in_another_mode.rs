//! A host asks a hook that may object in a way that does not listen to objections, and a point that is no hook.

use keyway::{CallError, Host, extension_point};

#[extension_point(id = "site.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto")]
pub trait BeforeDelete {
    fn may_delete(&self, path: &str) -> Result<(), CallError>;
}

#[extension_point(id = "site.route", version = "1.0.0", on_failure = "open")]
pub trait Route {
    fn path(&self) -> String;
}

async fn delete(host: &Host) {
    let _ = host.hook::<dyn BeforeDelete>().all(|plugin| async move { plugin.may_delete("a") }).await;
    let _ = host.hook::<dyn Route>();
}

fn main() {}
