//! Finds the links of a site that lead nowhere: within the site each time it is built, to other sites once a night.

mod external;
mod internal;
mod markup;
mod report;
mod target;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::{Timestamp, Unit};
use keyway::capability::{Clock, Logger};
use keyway::job::{Job, JobRun, JobSpec, Schedule};
use keyway::prelude::*;
use keyway_cms_sdk::answer::{escape, response};
use keyway_cms_sdk::event::LinksChecked;
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, CmsError, Form, Markup, Method, Panel, Principal, Refusal, Request, Route, Site, SiteListener,
    StatusCode,
};
use serde::Deserialize;

use external::External;
use internal::Found;
use report::{Broken, Report};

/// A run has 5 minutes; other sites get most of them, and those that were not reached have their turn in the next run.
const FOR_OTHERS: Duration = Duration::from_secs(4 * 60);

/// The plugin `site.link-check`.
#[derive(Debug, Plugin)]
#[plugin(provides(Job, SiteListener, AdminPanel, Route), publishes(LinksChecked))]
pub struct LinkCheck {
    config: LinkCheckConfig,
    files: Files,
    clock: Clock,
    tasks: Tasks,
    log: Logger,
    checked: Publisher<LinksChecked>,
    /// What asks other sites, when that is turned on.
    external: Option<External>,
    site: ArcSwapOption<Site>,
    report: ArcSwap<Report>,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkCheckConfig {
    /// When all links are checked, in UTC: `30 3 * * *`.
    pub schedule: Schedule,
    /// Whether links to other sites are checked too.
    pub external: bool,
    /// URL paths of this site that are not checked: `/api/**`.
    pub ignore: Vec<String>,
}

impl Lifecycle for LinkCheck {
    type Config = LinkCheckConfig;

    async fn init(ctx: &Context<Self>, config: LinkCheckConfig) -> Result<Self, Error> {
        if let Some(path) = config.ignore.iter().find(|path| !path.starts_with('/')) {
            return Err(Error::message(format!("`ignore` holds `{path}`, which is no URL path; write it like `/api/**`")));
        }
        let external = if config.external { Some(External::new(ctx.http()?, ctx.clock(), ctx.tasks())) } else { None };
        Ok(Self {
            config,
            files: ctx.files()?,
            clock: ctx.clock(),
            tasks: ctx.tasks(),
            log: ctx.log(),
            checked: ctx.publisher()?,
            external,
            site: ArcSwapOption::empty(),
            report: ArcSwap::default(),
        })
    }
}

impl SiteListener for LinkCheck {
    async fn site_built(&self, site: Arc<Site>) {
        let found = self.look(&site);
        self.site.store(Some(site));
        self.tell(found).await;
    }
}

impl Job for LinkCheck {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        Ok(vec![JobSpec::new("check-links", self.config.schedule.clone())])
    }

    async fn run(&self, run: &JobRun) -> Result<(), Error> {
        let Some(site) = self.site.load_full() else { return Ok(()) };
        let found = self.look(&site);
        if let Some(external) = &self.external {
            let asking = self.tasks.timeout(FOR_OTHERS, external.ask_all(found.external.keys().cloned()));
            tokio::select! {
                in_time = asking => {
                    if in_time.is_err() {
                        self.log.info("some links to other sites were not checked in time; the next run goes on with them");
                    }
                }
                () = run.stopping() => return Ok(()),
            }
        }
        self.tell(found).await;
        Ok(())
    }
}

impl Route for LinkCheck {
    fn access(&self, _: &Request) -> Result<Access, CmsError> {
        Ok(Access::role("editor"))
    }

    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        if request.method() != Method::GET {
            return Ok(None);
        }
        let body = serde_json::to_vec(&**self.report.load()).map_err(CmsError::new)?;
        Ok(Some(response(StatusCode::OK, "application/json", body).into()))
    }
}

impl AdminPanel for LinkCheck {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(Panel::new(format!("Links ({} broken)", self.report.load().broken.len()), "link-check"))
    }

    async fn render(&self, request: &Request) -> Result<Markup, CmsError> {
        let csrf = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.as_deref());
        let csrf =
            csrf.map_or_else(String::new, |csrf| format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(csrf)));
        let here = escape(request.uri().path());
        let report = self.report.load().markup();
        Ok(Markup::html(format!("{report}<form method=\"post\" action=\"{here}\">{csrf}<button>Check now</button></form>\n")))
    }

    /// Checks the links of this site at once; other sites are asked by the job only, which gives them time.
    async fn submit(&self, request: &Request) -> Result<(), Refusal> {
        let session = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.as_deref());
        let sent = Form::of(request);
        if session.is_some_and(|session| sent.as_ref().is_none_or(|form| form.get("csrf") != session)) {
            return Err(Refusal::new("This page was opened in another session: go back, load it again and press the button."));
        }
        let site = self.site.load_full().ok_or_else(|| Refusal::new("The site is not built yet. Try again in a moment."))?;
        let found = self.look(&site);
        self.tell(found).await;
        Ok(())
    }
}

impl LinkCheck {
    /// Looks at the links of a site, without asking anybody else.
    fn look(&self, site: &Site) -> Found {
        internal::check(site, &self.config.ignore, |path| {
            self.files.metadata(&format!("content{path}")).is_ok_and(|metadata| !metadata.is_folder)
        })
    }

    /// Puts the report together, with what is known of other sites, and tells of it.
    async fn tell(&self, found: Found) {
        let Found { links, mut broken, external } = found;
        if let Some(known) = &self.external {
            broken.extend(
                external.iter().filter_map(|(url, page)| {
                    Some(Broken { page: page.clone(), link: url.clone(), reason: known.problem(url)? })
                }),
            );
        }
        broken.sort();
        let checked =
            Timestamp::try_from(self.clock.now()).and_then(|time| time.round(Unit::Second)).unwrap_or_default().to_string();
        let report = Report { checked, links, external: external.len(), broken };
        let event = LinksChecked { links, broken: report.broken.len() };
        match report.broken.first() {
            None => self.log.info(report.summary()),
            Some(first) => {
                self.log.warn(format_args!("{}: `{}` on `{}`, {}", report.summary(), first.link, first.page, first.reason));
            }
        }
        self.report.store(Arc::new(report));
        self.checked.publish(event).await;
    }
}
