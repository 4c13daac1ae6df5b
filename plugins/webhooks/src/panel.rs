//! The panel: how each endpoint is doing, and what was given up.

use std::fmt::Write;
use std::time::SystemTime;

use jiff::Timestamp;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Principal, Refusal, Request};

use crate::config::Endpoint;
use crate::queue::{Delivery, Health, from_millis};

/// So many dead letters are shown.
pub(crate) const MOST_SHOWN: u32 = 100;

/// What an administrator does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Sends to an endpoint again.
    SwitchOn(String),
    /// Has dead letters tried again.
    Retry(Vec<String>),
    /// Deletes dead letters.
    Forget(Vec<String>),
}

impl Order {
    /// Reads a form.
    ///
    /// # Errors
    /// When it says nothing, or is not of this session.
    pub(crate) fn parse(request: &Request) -> Result<Self, Refusal> {
        let (mut action, mut ids, mut on, mut csrf) = (None, Vec::new(), None, None);
        for (name, value) in form_urlencoded::parse(request.body()) {
            match name.as_ref() {
                "do" => action = Some(value),
                "id" => ids.push(value.into_owned()),
                "on" => on = Some(value.into_owned()),
                "csrf" => csrf = Some(value.into_owned()),
                _ => {}
            }
        }
        let session = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.as_ref());
        if session.is_some() && session != csrf.as_ref() {
            return Err(Refusal::new("This page was opened in another session: go back, load it again and repeat what you did."));
        }
        if let Some(endpoint) = on {
            return Ok(Self::SwitchOn(endpoint));
        }
        ids.truncate(MOST_SHOWN as usize);
        match action.as_deref() {
            _ if ids.is_empty() => Err(Refusal::new("Check the messages that are meant, then press the button.")),
            Some("retry") => Ok(Self::Retry(ids)),
            Some("forget") => Ok(Self::Forget(ids)),
            _ => Err(Refusal::new("Press one of the buttons below the list.")),
        }
    }
}

/// One endpoint as the panel shows it.
pub(crate) struct Line<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) health: Health,
    pub(crate) waiting: u64,
    pub(crate) due: u64,
}

/// The panel as HTML.
pub(crate) fn page(request: &Request, lines: &[Line<'_>], dead: &[Delivery]) -> String {
    let here = escape(request.uri().path());
    let csrf = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.as_ref());
    let csrf = csrf.map_or_else(String::new, |csrf| format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(csrf)));
    let open = format!("<form method=\"post\" action=\"{here}\">{csrf}\n");
    let mut html = String::from("<h2>Endpoints</h2>\n");
    if lines.is_empty() {
        html.push_str("<p>None is set: write <code>[[plugin.\"site.webhooks\".endpoints]]</code> into the configuration.</p>\n");
        return html;
    }
    html.push_str(&open);
    html.push_str(
        "<div class=\"table-scroll\"><table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Host</th>\
         <th scope=\"col\">Topics</th><th scope=\"col\">Waiting</th><th scope=\"col\">State</th></tr></thead>\n<tbody>\n",
    );
    for Line { endpoint, health, waiting, due } in lines {
        let (name, host, topics) = (escape(&endpoint.name), escape(endpoint.host()), escape(&endpoint.topics.join(", ")));
        // Writing to a string cannot fail.
        let _ = writeln!(
            html,
            "<tr><th scope=\"row\">{name}</th><td>{host}</td><td>{topics}</td><td>{waiting}, {due} of them due</td><td>{}</td></tr>",
            state(&name, health)
        );
    }
    html.push_str("</tbody>\n</table></div>\n</form>\n<h2>Given up</h2>\n");
    if dead.is_empty() {
        html.push_str("<p>Nothing was given up.</p>\n");
        return html;
    }
    html.push_str(&open);
    html.push_str("<ul>\n");
    for delivery in dead {
        let (id, topic, endpoint) = (escape(&delivery.id), escape(&delivery.topic), escape(&delivery.endpoint));
        let problem = escape(delivery.problem.as_deref().unwrap_or("it is not known why"));
        let (time, attempts) = (minute(delivery.due()), delivery.attempts);
        let _ = writeln!(
            html,
            "<li><label><input type=\"checkbox\" name=\"id\" value=\"{id}\"> <code>{topic}</code> for {endpoint}</label>, \
             {attempts} attempts until {time}: {problem}</li>"
        );
    }
    html.push_str(
        "</ul>\n<p>Those that are checked: <button name=\"do\" value=\"retry\">Try again</button> \
         <button name=\"do\" value=\"forget\">Delete</button></p>\n</form>\n",
    );
    html
}

/// How an endpoint is doing. Its name is escaped already.
fn state(name: &str, health: &Health) -> String {
    let problem = escape(health.problem.as_deref().unwrap_or_default());
    let since = health.failing_since.map(|since| minute(from_millis(since)));
    match (health.is_off, since) {
        (true, since) => format!(
            "switched off, failing since {}: {problem} <button name=\"on\" value=\"{name}\">Switch on</button>",
            since.unwrap_or_default()
        ),
        (false, Some(since)) => format!("failing since {since}: {problem}"),
        (false, None) => "works".to_owned(),
    }
}

fn minute(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
