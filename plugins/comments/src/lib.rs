//! Comments of visitors below pages, in a table of the plugin's own, with moderation.

mod comment;
mod form;
mod form_token;
mod moderation;
mod rate;
mod text;
mod thread;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use keyway::capability::{Clock, Logger};
use keyway::hook::{Hook, Stopped};
use keyway::manifest::{ScopeKind, scope_matches};
use keyway::prelude::*;
use keyway::service::Service;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::event::{CommentDecided, CommentPosted, ContentChanged};
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, Asset, AssetSource, BeforeComment, ClientAddress, CmsError, CommentDraft, Content, ContentError,
    Extra, HeaderValue, Markup, Method, Page, Panel, Place, Principal, Refusal, Request, Response, Route, Site, SiteListener,
    StatusCode, StoreError, Template, View, header, markdown_file, url_path,
};
use serde::Deserialize;

use comment::{Shelf, State};
use form::Form;
use form_token::{Doubt, FormTokens};
use moderation::{Decision, Verdict, Wanted};
use rate::Rate;

const THANKS: &str = "/comments/thanks";
const MODERATE: &str = "/comments/moderate";
const STYLE: &str = "/comments.css";

/// The plugin `site.comments`.
#[derive(Plugin)]
#[plugin(
    provides(Route, Template, AssetSource, SiteListener, AdminPanel),
    uses(Content),
    asks(BeforeComment),
    publishes(CommentPosted, CommentDecided),
    subscribes(ContentChanged)
)]
pub struct Comments {
    config: CommentsConfig,
    shelf: Shelf,
    tokens: FormTokens,
    rate: Rate,
    clock: Clock,
    log: Logger,
    content: Option<Service<dyn Content>>,
    before: Hook<dyn BeforeComment>,
    posted: Publisher<CommentPosted>,
    decided: Publisher<CommentDecided>,
    site: ArcSwapOption<Site>,
    /// How many comments wait, for the title of the panel.
    waiting: AtomicU64,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CommentsConfig {
    /// URL paths of the pages that take comments: `/blog/**`.
    pub paths: Vec<String>,
    /// Whether a moderator reads a comment before others see it.
    pub moderate: bool,
    /// How many characters a comment has at most.
    pub max_length: usize,
    /// How many comments one client may send within an hour.
    pub per_hour: usize,
    /// Forms that come back faster were not written by a person.
    pub min_seconds: u64,
}

impl fmt::Debug for Comments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Comments").field("config", &self.config).finish_non_exhaustive()
    }
}

impl CommentsConfig {
    fn check(&self) -> Result<(), Error> {
        if let Some(path) = self.paths.iter().find(|path| !path.starts_with('/')) {
            return Err(Error::message(format!("`paths` holds `{path}`, which is no URL path; write it like `/blog/**`")));
        }
        if self.max_length == 0 || self.max_length > comment::LONGEST_TEXT {
            let (is, most) = (self.max_length, comment::LONGEST_TEXT);
            return Err(Error::message(format!("`max-length` is {is}; write a number from 1 to {most}")));
        }
        Ok(())
    }
}

impl Lifecycle for Comments {
    type Config = CommentsConfig;

    async fn init(ctx: &Context<Self>, config: CommentsConfig) -> Result<Self, Error> {
        config.check()?;
        let shelf = Shelf::open(ctx).await?;
        let waiting = shelf.count(State::Waiting).await.map_err(Error::new)?;
        Ok(Self {
            tokens: FormTokens::new(ctx.random().bytes(), Duration::from_secs(config.min_seconds)),
            rate: Rate::new(config.per_hour),
            config,
            shelf,
            clock: ctx.clock(),
            log: ctx.log(),
            content: ctx.service_if_present()?,
            before: ctx.hook()?,
            posted: ctx.publisher()?,
            decided: ctx.publisher()?,
            site: ArcSwapOption::empty(),
            waiting: AtomicU64::new(waiting),
        })
    }
}

impl SiteListener for Comments {
    async fn site_built(&self, site: Arc<Site>) {
        self.site.store(Some(site));
    }
}

impl AssetSource for Comments {
    fn assets(&self) -> Vec<Asset> {
        vec![Asset::new(STYLE, "text/css; charset=utf-8", include_str!("comments.css"))]
    }
}

impl Template for Comments {
    async fn extend(&self, view: &View, site: &Site) -> Vec<Extra> {
        let style = || Extra::new(Place::Head, Markup::html(format!("<link rel=\"stylesheet\" href=\"{STYLE}\">")));
        if view.path == "/comments" || view.path == MODERATE || view.path == "/admin/comments" {
            return vec![style()];
        }
        let page = site.page(&view.path).filter(|page| view.status == StatusCode::OK && self.takes_comments(page));
        let Some(page) = page else { return Vec::new() };
        let path = &page.document.path;
        match self.shelf.shown(path, thread::MOST_SHOWN).await {
            Ok((comments, count)) => {
                let form = self.form(&Form { page: path.clone(), ..Form::default() }, None);
                vec![style(), Extra::new(Place::AfterContent, Markup::html(thread::section(&comments, count, &form)))]
            }
            Err(error) => {
                self.log.error(format_args!("the comments of `{path}` cannot be read: {error}"));
                Vec::new()
            }
        }
    }
}

impl Route for Comments {
    fn access(&self, request: &Request) -> Result<Access, CmsError> {
        Ok(if request.uri().path() == MODERATE { Access::role("editor") } else { Access::Public })
    }

    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        match (request.uri().path(), request.method()) {
            ("/comments", &Method::POST) => self.take(request).await.map(Some),
            (THANKS, &Method::GET) => Ok(Some(self.thanks(request))),
            (MODERATE, &Method::GET) => Ok(Some(View::new(MODERATE, "Comments", self.list(request).await?.as_str()).into())),
            (MODERATE, &Method::POST) => Ok(Some(match self.decide(request).await {
                Ok(()) => see_other(MODERATE)?.into(),
                Err(refusal) => {
                    let content = format!("<p role=\"alert\">{}</p>\n", escape(refusal.reason()));
                    let mut view = View::new(MODERATE, "Comments", content);
                    view.status = StatusCode::UNPROCESSABLE_ENTITY;
                    view.into()
                }
            })),
            _ => Ok(None),
        }
    }
}

impl AdminPanel for Comments {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(Panel::new(format!("Comments ({} waiting)", self.waiting.load(Ordering::Relaxed)), "comments"))
    }

    async fn render(&self, request: &Request) -> Result<Markup, CmsError> {
        self.list(request).await
    }

    async fn submit(&self, request: &Request) -> Result<(), Refusal> {
        self.decide(request).await
    }
}

impl Subscriber<ContentChanged> for Comments {
    async fn on(&self, event: &ContentChanged) -> Result<(), Error> {
        let Some(content) = &self.content else { return Ok(()) };
        for path in &event.paths {
            let Some(page) = markdown_file::url_path(path) else { continue };
            // A page that is only hidden for a while, as a draft, keeps its comments.
            if let Err(ContentError::Store(StoreError::NotFound { .. })) = content.get().map_err(Error::new)?.get(path).await {
                let deleted = self.shelf.delete_page(&page).await.map_err(Error::new)?;
                if deleted > 0 {
                    self.log.info(format_args!("{deleted} comments were deleted with the page `{page}`"));
                    self.count_waiting().await;
                }
            }
        }
        Ok(())
    }
}

impl Comments {
    fn takes_comments(&self, page: &Page) -> bool {
        let document = &page.document;
        document.extra.get("comments").is_none_or(|value| value != "false")
            && self.config.paths.iter().any(|scope| scope_matches(ScopeKind::Route, scope, &document.path))
    }

    fn form(&self, form: &Form, reason: Option<&str>) -> String {
        let token = self.tokens.issue(&form.page, self.clock.elapsed());
        form.markup(&token, self.config.max_length, self.config.moderate, reason)
    }

    /// Takes a comment, or shows the form again with the reason why not and all that was written.
    async fn take(&self, request: &Request) -> Result<Answer, CmsError> {
        let form = Form::parse(request.body());
        let site = self.site.load_full();
        let Some(page) = site.as_ref().and_then(|site| site.page(&form.page)).filter(|page| self.takes_comments(page)) else {
            let mut view = View::new("/comments", "Not here", "<p>That page takes no comments.</p>\n");
            view.status = StatusCode::NOT_FOUND;
            return Ok(view.into());
        };
        // A program that fills in what people do not see is not told that it was found out.
        if !form.trap.is_empty() {
            return Ok(see_other(&thanks_for(&page.document.path))?.into());
        }
        let again = |status, reason: &str| {
            let mut view = View::new("/comments", "Write a comment", self.form(&form, Some(reason)));
            view.status = status;
            Ok(view.into())
        };
        if let Err(mistake) = form.check(self.config.max_length) {
            return again(StatusCode::UNPROCESSABLE_ENTITY, &mistake.to_string());
        }
        match self.tokens.check(&form.page, &form.token, self.clock.elapsed()) {
            Ok(()) => {}
            Err(Doubt::TooFast) => {
                return again(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "That was very fast. If you are no program, please send it once more.",
                );
            }
            Err(Doubt::OutOfDate) => {
                return again(StatusCode::UNPROCESSABLE_ENTITY, "This form was out of date. Please send it once more.");
            }
        }
        let mut draft = CommentDraft::new(&page.document.path, &form.author, &form.text);
        draft.client = request.extensions().get::<ClientAddress>().copied();
        if self.shelf.has(&draft).await.map_err(CmsError::new)? {
            return Ok(see_other(&thanks_for(&draft.page))?.into());
        }
        if draft.client.is_some_and(|client| !self.rate.allows(client.0, self.clock.elapsed())) {
            return again(
                StatusCode::TOO_MANY_REQUESTS,
                "You have written many comments within an hour. Please try again later.",
            );
        }
        let asked = &draft;
        match self.before.veto(|plugin| async move { plugin.before_comment(asked).await }).await {
            Ok(()) => {}
            Err(Stopped::By(answer)) if answer.value.call().is_none() => {
                return again(StatusCode::UNPROCESSABLE_ENTITY, answer.value.reason());
            }
            Err(_) => {
                return again(StatusCode::SERVICE_UNAVAILABLE, "Your comment could not be checked just now. Please try again.");
            }
        }
        self.keep(draft).await
    }

    async fn keep(&self, draft: CommentDraft) -> Result<Answer, CmsError> {
        let is_held = self.config.moderate;
        let state = if is_held { State::Waiting } else { State::Shown };
        let id = self.shelf.add(&draft, state).await.map_err(CmsError::new)?;
        self.count_waiting().await;
        let CommentDraft { page, author, .. } = draft;
        let answer = if is_held { thanks_for(&page) } else { format!("{}#comment-{id}", url_path::encode(&page)) };
        self.posted.publish(CommentPosted { id, page, author, is_held }).await;
        Ok(see_other(&answer)?.into())
    }

    fn thanks(&self, request: &Request) -> Answer {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let page = form_urlencoded::parse(query).find(|(name, _)| name == "page").map(|(_, page)| page);
        let site = self.site.load_full();
        let page = page.and_then(|page| site.as_ref()?.page(&page).cloned());
        let back = page.map_or_else(String::new, |page| {
            let (path, title) = (escape(&url_path::encode(&page.document.path)), escape(&page.document.title));
            format!("<p><a href=\"{path}\">Back to “{title}”</a></p>\n")
        });
        let later = if self.config.moderate { " It is shown as soon as a moderator has read it." } else { "" };
        View::new(THANKS, "Thank you", format!("<p>Your comment has arrived.{later}</p>\n{back}")).into()
    }

    /// The list for moderators.
    async fn list(&self, request: &Request) -> Result<Markup, CmsError> {
        let wanted = Wanted::parse(request);
        let (comments, has_more) = self
            .shelf
            .list(wanted.state, &wanted.after, moderation::PER_PAGE)
            .await
            .map_err(|error| CmsError::message(error.to_string()))?;
        let waiting = self.count_waiting().await;
        Ok(Markup::html(moderation::page(request, &wanted, &comments, has_more, waiting)))
    }

    /// Does what a moderator has decided.
    async fn decide(&self, request: &Request) -> Result<(), Refusal> {
        let Verdict { decision, ids } = Verdict::parse(request)?;
        let done = match decision {
            Decision::Show => self.shelf.set_state(&ids, State::Shown).await,
            Decision::Spam => self.shelf.set_state(&ids, State::Spam).await,
            Decision::Delete => self.shelf.delete(&ids).await,
        };
        if let Err(error) = done {
            self.log.error(format_args!("a decision about comments was not kept: {error}"));
            return Err(Refusal::new("The decision could not be kept; nothing has changed. Please try again."));
        }
        let moderator = request.extensions().get::<Principal>().map(|principal| principal.id.clone());
        self.decided.publish(CommentDecided { ids, decision: decision.as_str(), moderator }).await;
        self.count_waiting().await;
        Ok(())
    }

    /// Counts the comments that wait; when that fails, the last count stands.
    async fn count_waiting(&self) -> u64 {
        match self.shelf.count(State::Waiting).await {
            Ok(count) => self.waiting.store(count, Ordering::Relaxed),
            Err(error) => self.log.warn(format_args!("the comments that wait cannot be counted: {error}")),
        }
        self.waiting.load(Ordering::Relaxed)
    }
}

fn thanks_for(page: &str) -> String {
    let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    format!("{THANKS}?page={page}")
}

/// Leads the visitor to another address of this site.
fn see_other(address: &str) -> Result<Response, CmsError> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(address).map_err(CmsError::new)?);
    Ok(response)
}
