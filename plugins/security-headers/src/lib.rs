//! Tells browsers what the pages of a site may do: transport security, referrers, device access, isolation.
//!
//! The headers are checked and made once, at the start; each answer only takes over those that fit it.

mod syntax;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway::prelude::*;
use keyway_cms_sdk::{HeaderMap, HeaderName, HeaderValue, Middleware, Request, Response, Site, SiteListener, header};
use serde::Deserialize;

/// The plugin `site.security-headers`.
#[derive(Debug, Plugin)]
#[plugin(provides(Middleware, SiteListener))]
pub struct SecurityHeaders {
    policies: Vec<Policy>,
    /// Whether visitors reach the site by HTTPS.
    is_https: AtomicBool,
}

/// The plugin's settings; their defaults stand in `plugin.toml`. An empty value leaves its header out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SecurityHeadersConfig {
    /// Value of `Strict-Transport-Security`, for sites whose address begins with `https://`.
    pub strict_transport_security: String,
    /// Value of `Referrer-Policy`.
    pub referrer_policy: String,
    /// Value of `Permissions-Policy`, for documents.
    pub permissions_policy: String,
    /// Value of `Cross-Origin-Opener-Policy`, for documents.
    pub cross_origin_opener_policy: String,
    /// Value of `Cross-Origin-Resource-Policy`, for everything but pictures, sound and video.
    pub cross_origin_resource_policy: String,
    /// Names of headers that win over what other plugins have set.
    pub force: Vec<String>,
}

/// One header, ready to be sent.
#[derive(Debug)]
struct Policy {
    name: HeaderName,
    value: HeaderValue,
    scope: Scope,
    is_forced: bool,
}

/// Which answers a header is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Everything,
    Https,
    Documents,
    AllButMedia,
}

/// A header that the plugin knows: its name, whom it is for, and what is wrong with a value of it.
type Known = (&'static str, Scope, fn(&str) -> Result<(), String>);

const KNOWN: [Known; 5] = [
    ("strict-transport-security", Scope::Https, syntax::strict_transport_security),
    ("referrer-policy", Scope::Everything, syntax::referrer_policy),
    ("permissions-policy", Scope::Documents, syntax::permissions_policy),
    ("cross-origin-opener-policy", Scope::Documents, syntax::cross_origin_opener_policy),
    ("cross-origin-resource-policy", Scope::AllButMedia, syntax::cross_origin_resource_policy),
];

impl Lifecycle for SecurityHeaders {
    type Config = SecurityHeadersConfig;

    async fn init(_ctx: &Context<Self>, config: SecurityHeadersConfig) -> Result<Self, Error> {
        Ok(Self { policies: policies(&config).map_err(Error::message)?, is_https: AtomicBool::new(false) })
    }
}

/// Checks all settings and tells of everything that is wrong at once.
fn policies(config: &SecurityHeadersConfig) -> Result<Vec<Policy>, String> {
    let written = [
        &config.strict_transport_security,
        &config.referrer_policy,
        &config.permissions_policy,
        &config.cross_origin_opener_policy,
        &config.cross_origin_resource_policy,
    ];
    let force: Vec<String> = config.force.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut problems: Vec<String> = force
        .iter()
        .filter(|forced| KNOWN.iter().all(|(name, ..)| name != forced))
        .map(|forced| {
            let names: Vec<String> = KNOWN.iter().map(|(name, ..)| format!("`{name}`")).collect();
            format!("`force` names `{forced}`, which this plugin does not set; it sets {}", names.join(", "))
        })
        .collect();
    let mut policies = Vec::new();
    for ((name, scope, check), value) in KNOWN.into_iter().zip(written) {
        if value.is_empty() {
            continue;
        }
        let checked =
            check(value).and_then(|()| HeaderValue::from_str(value).map_err(|_| "it cannot stand in a header".to_owned()));
        match checked {
            Ok(value) => {
                let is_forced = force.iter().any(|forced| forced == name);
                policies.push(Policy { name: HeaderName::from_static(name), value, scope, is_forced });
            }
            Err(problem) => problems.push(format!("`{name}` is `{}`: {problem}", value.escape_debug())),
        }
    }
    if problems.is_empty() { Ok(policies) } else { Err(problems.join("; ")) }
}

impl SiteListener for SecurityHeaders {
    async fn site_built(&self, site: Arc<Site>) {
        self.is_https.store(site.address().starts_with("https://"), Ordering::Relaxed);
    }
}

impl Middleware for SecurityHeaders {
    fn after(&self, _request: &Request, response: &Response) -> Option<Response> {
        let media_type = MediaType::of(response.headers());
        let is_https = self.is_https.load(Ordering::Relaxed);
        let wanted = |policy: &&Policy| {
            let fits = match policy.scope {
                Scope::Everything => true,
                Scope::Https => is_https,
                Scope::Documents => media_type == MediaType::Document,
                Scope::AllButMedia => media_type != MediaType::Media,
            };
            fits && (policy.is_forced || !response.headers().contains_key(&policy.name))
        };
        let mut missing = self.policies.iter().filter(wanted).peekable();
        missing.peek()?;
        let mut answer = response.clone();
        for policy in missing {
            answer.headers_mut().insert(policy.name.clone(), policy.value.clone());
        }
        Some(answer)
    }
}

/// What matters here of an answer's media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MediaType {
    /// What a browser shows as a page.
    Document,
    /// Pictures, sound and video.
    Media,
    Other,
}

impl MediaType {
    fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim();
        let begins = |prefix: &str| essence.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let ends = |suffix: &str| {
            let at = essence.len().checked_sub(suffix.len());
            at.and_then(|at| essence.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        // A picture in SVG is a document where it is opened by itself.
        if begins("text/html") || ends("/xml") || ends("+xml") {
            Self::Document
        } else if ["image/", "audio/", "video/"].into_iter().any(begins) {
            Self::Media
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Bytes, http};

    use super::MediaType;

    #[test]
    fn what_a_browser_shows_as_a_page_is_a_document() {
        for (media_type, expected) in [
            ("text/html; charset=utf-8", MediaType::Document),
            ("Text/HTML", MediaType::Document),
            ("image/svg+xml", MediaType::Document),
            ("application/xml", MediaType::Document),
            ("image/png", MediaType::Media),
            ("VIDEO/mp4", MediaType::Media),
            ("text/css", MediaType::Other),
            ("", MediaType::Other),
            ("\u{e4}", MediaType::Other),
        ] {
            let response = http::Response::builder().header("content-type", media_type).body(Bytes::new()).unwrap();
            assert_eq!(MediaType::of(response.headers()), expected, "{media_type}");
        }
    }
}
