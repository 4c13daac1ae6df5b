//! `/admin`: the list of the plugins' panels, and each panel at `/admin/<slug>`, for visitors with the role of an administrator.

use std::fmt::Write;

use http::{HeaderValue, Method, StatusCode};
use keyway::host::Extension;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{ADMIN_ROLE, Access, AdminPanel, Panel, Request, View};

use super::Pipeline;
use super::problem::Problem;

const ROOT: &str = "/admin";

/// What becomes of a request for a page of `/admin`.
pub(super) type Outcome = Result<View, Problem>;

impl Pipeline {
    /// Answers a request for `/admin` or below; `None` when it is none, or when no plugin has such a panel.
    pub(super) async fn admin(&self, request: &mut Request, path: &str) -> Option<Outcome> {
        let below = path.strip_prefix(ROOT)?;
        let slug = below.strip_prefix('/').map_or_else(|| below.is_empty().then_some(""), Some)?;
        let panels = self.panels();
        if panels.is_empty() {
            return None;
        }
        // Who may not see the panels does not learn which there are.
        if let Err(problem) = self.gate.admit(request, &Access::role(ADMIN_ROLE)).await {
            return Some(Err(problem));
        }
        if slug.is_empty() {
            return Some(list(request.method(), &panels));
        }
        let (extension, panel) = panels.iter().find(|(_, panel)| panel.slug == slug)?;
        Some(show(extension, panel, request).await)
    }

    /// The panels of the plugins that run, the first of each address.
    fn panels(&self) -> Vec<(Extension<dyn AdminPanel>, Panel)> {
        let mut panels: Vec<(Extension<dyn AdminPanel>, Panel)> = Vec::new();
        for extension in &self.panels.extensions() {
            let plugin = extension.id();
            match extension.panel() {
                Err(error) => log(plugin, &error),
                Ok(Panel { slug, .. }) if !is_slug(&slug) => {
                    tracing::error!(plugin, slug, "a panel is left out: its slug is not of small letters, digits and `-`");
                }
                Ok(Panel { slug, .. }) if panels.iter().any(|(_, panel)| panel.slug == slug) => {
                    tracing::error!(plugin, slug, "a panel is left out: there is one at this address already");
                }
                Ok(panel) => panels.push((extension.clone(), panel)),
            }
        }
        panels
    }
}

fn is_slug(slug: &str) -> bool {
    !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn list(method: &Method, panels: &[(Extension<dyn AdminPanel>, Panel)]) -> Outcome {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED));
    }
    let mut content = String::from("<h1>Administration</h1>\n<ul>\n");
    for (_, panel) in panels {
        // Writing to a string cannot fail.
        let _ = writeln!(content, "<li><a href=\"{ROOT}/{}\">{}</a></li>", panel.slug, escape(&panel.title));
    }
    content.push_str("</ul>\n");
    Ok(View::new(ROOT, "Administration", content))
}

async fn show(extension: &Extension<dyn AdminPanel>, panel: &Panel, request: &Request) -> Outcome {
    let address = format!("{ROOT}/{}", panel.slug);
    let failed = |problem: Option<Problem>| problem.unwrap_or_else(Problem::for_now);
    match *request.method() {
        Method::GET | Method::HEAD => match extension.render(request).await {
            Ok(markup) => Ok(View::new(address, &panel.title, markup)),
            Err(error) => {
                log(extension.id(), &error);
                Err(failed(Problem::of(&error)))
            }
        },
        Method::POST => match extension.submit(request).await {
            // A slug holds nothing that a header may not.
            Ok(()) => Err(HeaderValue::try_from(address).map_or_else(|_| Problem::for_now(), Problem::see_other)),
            Err(refusal) => Err(match refusal.call() {
                Some(call) => failed(Problem::of_call(call)),
                None => Problem::new(StatusCode::UNPROCESSABLE_ENTITY).because(refusal.reason()),
            }),
        },
        _ => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

/// The host has logged failed calls already; what a plugin answered itself is logged here.
fn log(plugin: &str, error: &keyway_cms_sdk::CmsError) {
    if error.call().is_none() {
        tracing::error!(plugin, %error, "an admin panel failed");
    }
}
