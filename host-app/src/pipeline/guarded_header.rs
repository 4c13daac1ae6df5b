//! Response headers that decide about more than one page: a plugin sets them only where it was granted that, or never.

use http::{HeaderMap, HeaderName, header};
use keyway::Host;
use keyway::manifest::Descriptor;

use keyway_cms_sdk::Response;

/// The permission, as the SDK declares it.
const PERMISSION: &str = keyway_cms_sdk::permission::HttpHeaders.name;

/// What a header that a plugin sets stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Any plugin may set it.
    Free,
    /// Only a plugin that was granted it.
    Granted,
    /// About the connection, which is the host's alone.
    Connection,
}

fn kind(name: &HeaderName) -> Kind {
    match *name {
        header::SET_COOKIE => Kind::Granted,
        header::CONNECTION
        | header::TRANSFER_ENCODING
        | header::TE
        | header::TRAILER
        | header::UPGRADE
        | header::PROXY_AUTHENTICATE
        | header::PROXY_AUTHORIZATION => Kind::Connection,
        _ => match name.as_str() {
            "keep-alive" | "proxy-connection" => Kind::Connection,
            text if text.starts_with("access-control-") => Kind::Granted,
            _ => Kind::Free,
        },
    }
}

/// Takes off what a plugin has set and may not. `former` are the headers of the response that it has changed: what stood there already is
/// not its doing, and stays, or comes back where the plugin has written something else over it.
pub(super) fn clean(host: &Host, plugin: &'static Descriptor, response: &mut Response, former: Option<&HeaderMap>) {
    let is_guarded = |name: &&HeaderName| kind(name) != Kind::Free;
    let set = |name: &HeaderName| former.is_none_or(|former| !former.get_all(name).iter().eq(response.headers().get_all(name)));
    let names: Vec<HeaderName> = response.headers().keys().filter(is_guarded).filter(|name| set(name)).cloned().collect();
    for name in names {
        let is_refused = match kind(&name) {
            Kind::Free => false,
            Kind::Granted => host.check(plugin, PERMISSION, name.as_str()).is_err(),
            Kind::Connection => {
                let plugin = plugin.id.as_str();
                tracing::warn!(
                    plugin,
                    header = name.as_str(),
                    "a plugin set a header about the connection, which is the host's alone"
                );
                true
            }
        };
        if is_refused {
            let headers = response.headers_mut();
            headers.remove(&name);
            former.into_iter().flat_map(|former| former.get_all(&name)).for_each(|value| {
                headers.append(&name, value.clone());
            });
        }
    }
}
