//! What people do, as the plugins tell of it, for the audit log: who has signed in, changed a document, decided about comments.

use std::collections::BTreeSet;
use std::fmt::Display;

use keyway::event::{Delivery, Event};
use keyway::host::Subscribed;
use keyway::{Error, Host};
use keyway_cms_sdk::event::{CommentDecided, ContentEdited, Login, Logout};

/// What stands in place of a name that nobody has, or that is not known.
const NOBODY_KNOWN: &str = "unknown";

/// Writes into the audit log of a host what people do, until the answer is dropped. `plugins` is what the host was configured with.
pub(crate) fn write_down(host: &Host, plugins: &toml::Table) -> Vec<Subscribed> {
    let users = users(plugins);
    let told = [
        told::<Login>(host, move |host, login| {
            if login.succeeded {
                return host.record("auth.login", &[("user", &login.name)]);
            }
            // What a stranger has typed in place of a name may be a password.
            let user = if users.contains(&login.name) { &login.name } else { NOBODY_KNOWN };
            host.record_often("auth.login-failed", &[("user", &user)]);
        }),
        told::<Logout>(host, |host, logout| {
            let sessions = if logout.is_everywhere { "all" } else { "one" };
            host.record("auth.logout", &[("user", &logout.name), ("sessions", &sessions)]);
        }),
        told::<ContentEdited>(host, |host, ContentEdited { path, edit, author, .. }| {
            host.record("content.edited", &[("document", path), ("edit", edit), ("user", name(author.as_ref()))]);
        }),
        told::<CommentDecided>(host, |host, CommentDecided { ids, decision, moderator, .. }| {
            let user = name(moderator.as_ref());
            ids.iter().for_each(|id| host.record("comment.decided", &[("comment", id), ("decision", decision), ("user", user)]));
        }),
    ];
    let (told, failed): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    for error in failed.into_iter().filter_map(Result::err) {
        tracing::error!(%error, "the audit log does not tell all of what people do");
    }
    told.into_iter().filter_map(Result::ok).collect()
}

fn told<E: Event>(host: &Host, write: impl Fn(&Host, &E) + Send + Sync + 'static) -> Result<Subscribed, Error> {
    let writing = host.clone();
    host.subscribe::<E>(Delivery::Sync, move |event| write(&writing, event))
}

fn name(id: Option<&String>) -> &dyn Display {
    id.map_or(&NOBODY_KNOWN, |id| id)
}

/// The names of the users of `site.auth`.
fn users(plugins: &toml::Table) -> BTreeSet<String> {
    let users = plugins.get("plugin").and_then(|plugins| plugins.get("site.auth")?.get("users")?.as_table());
    users.into_iter().flat_map(|users| users.keys().cloned()).collect()
}
