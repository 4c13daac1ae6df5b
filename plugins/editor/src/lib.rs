//! Makes, changes, previews and deletes documents in the browser, for visitors with the role `editor`.
//!
//! What an author has typed is never lost: whatever goes wrong with it, the answer is the form again, with all that was sent.

mod address;
mod draft;
mod list;
mod page;
mod trouble;

use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway::Service;
use keyway::prelude::*;
use keyway::service::Provider;
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, Asset, AssetSource, Bytes, CmsError, Content, ContentError, Form, HeaderValue, Markup, Method,
    Panel, Principal, Request, Response, Revision, Route, Site, SiteListener, StatusCode, Stored, View, answer, header,
};

use address::Address;
use draft::Draft;
use list::Titles;
use page::{Notice, Sheet};
use trouble::Trouble;

/// The role that opens `/edit`.
pub const EDITOR_ROLE: &str = "editor";

/// The plugin `site.editor`.
#[derive(Debug, Plugin)]
#[plugin(provides(Route, AssetSource, SiteListener, AdminPanel), uses(Content))]
pub struct Editor {
    content: Service<dyn Content>,
    titles: ArcSwap<Titles>,
    log: Logger,
}

impl Lifecycle for Editor {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { content: ctx.service()?, titles: ArcSwap::default(), log: ctx.log() })
    }
}

impl SiteListener for Editor {
    async fn site_built(&self, site: Arc<Site>) {
        self.titles.store(Arc::new(list::titles(&site)));
    }
}

impl AssetSource for Editor {
    fn assets(&self) -> Vec<Asset> {
        vec![Asset::new("/edit.js", "text/javascript; charset=utf-8", include_str!("edit.js"))]
    }
}

impl Route for Editor {
    /// Everything here is for editors; nothing in the request changes that.
    fn access(&self, _: &Request) -> Result<Access, CmsError> {
        Ok(Access::role(EDITOR_ROLE))
    }

    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        let Some(address) = Address::of(request) else { return Ok(None) };
        let author = request.extensions().get::<Principal>();
        let author = author.ok_or_else(|| CmsError::message("the host has let in a visitor without saying who it is"))?;
        match (address, request.method()) {
            (Address::List, &Method::GET) => self.list(request).await.map(Some),
            (Address::New, &Method::GET) => {
                let path = address::query(request, "path").unwrap_or_default();
                let draft = Draft { path, is_new: true, ..Draft::default() };
                Ok(Some(Sheet::of(&draft, author).view().into()))
            }
            (Address::Document(path), &Method::GET) => self.open(path, request, author).await.map(Some),
            (Address::New, &Method::POST) => Ok(Some(self.take(Draft::new_of(request), request, author).await)),
            (Address::Document(path), &Method::POST) => Ok(Some(self.take(Draft::of(path, request), request, author).await)),
            _ => Ok(None),
        }
    }
}

impl Editor {
    fn content(&self) -> Result<Provider<dyn Content>, ContentError> {
        self.content.get().map_err(|away| ContentError::Failed(away.to_string()))
    }

    async fn list(&self, request: &Request) -> Result<Answer, CmsError> {
        let entries = self.content().map_err(CmsError::new)?.list().await.map_err(CmsError::new)?;
        let wanted = address::query(request, "q").unwrap_or_default();
        let is_deleted = address::query(request, "deleted").is_some();
        Ok(list::view(&entries, &self.titles.load(), wanted.trim(), is_deleted).into())
    }

    /// Shows a document as it is kept.
    async fn open(&self, path: String, request: &Request, author: &Principal) -> Result<Answer, CmsError> {
        match self.stored(&path).await {
            Ok((text, revision)) => {
                let draft = Draft { path, text, revision: Some(revision), ..Draft::default() };
                let saved = address::query(request, "saved").is_some();
                let notice = if saved { Notice::Saved } else { Notice::None };
                Ok(Sheet { notice, ..Sheet::of(&draft, author) }.view().into())
            }
            Err(error) => {
                let trouble = Trouble::of(&error);
                self.tell(&path, &error, &trouble);
                Ok(page::unopened(&path, &trouble).into())
            }
        }
    }

    async fn stored(&self, path: &str) -> Result<(String, Revision), ContentError> {
        let Stored { body, revision, .. } = self.content()?.get(path).await?;
        match String::from_utf8(body.to_vec()) {
            Ok(text) => Ok((text, revision)),
            Err(_) => Err(ContentError::Invalid { path: path.to_owned(), problems: vec!["it is no text in UTF-8".to_owned()] }),
        }
    }

    /// Does what the button says that was pressed.
    async fn take(&self, draft: Option<Draft>, request: &Request, author: &Principal) -> Answer {
        let (Some(draft), Some(form)) = (draft, Form::of(request)) else {
            return answer::response(StatusCode::UNSUPPORTED_MEDIA_TYPE, "text/plain", "this page takes its own form only\n")
                .into();
        };
        match form.get("action") {
            "preview" => self.preview(&draft, author).await.into(),
            // From the script of the page: the preview alone.
            "live" => self.live(&draft).await.into(),
            "delete" if !draft.is_new => page::confirm_deletion(&draft, author).into(),
            "delete-for-good" if !draft.is_new => self.delete(&draft, author).await,
            _ => self.save(&draft, author).await,
        }
    }

    async fn render(&self, draft: &Draft) -> Result<Markup, ContentError> {
        let page = self.content()?.preview(&draft.path, &draft.whole_text()).await?;
        Ok(page::preview(&page.document.title, &page.document.content))
    }

    async fn preview(&self, draft: &Draft, author: &Principal) -> View {
        match self.render(draft).await {
            Ok(preview) => Sheet { preview: Some(preview), ..Sheet::of(draft, author) }.view(),
            Err(error) => self.again(draft, author, &error).await,
        }
    }

    async fn live(&self, draft: &Draft) -> Response {
        let (status, markup) = match self.render(draft).await {
            Ok(preview) => (StatusCode::OK, preview),
            Err(error) => {
                let trouble = Trouble::of(&error);
                (trouble.status, trouble.markup())
            }
        };
        let mut response = answer::response(status, "text/html; charset=utf-8", String::from(markup));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn save(&self, draft: &Draft, author: &Principal) -> Answer {
        let proposed = keyway_cms_sdk::Draft {
            path: draft.path.clone(),
            text: draft.whole_text(),
            expected: draft.expected(),
            author: Some(author.id.clone()),
        };
        let saved = match self.content() {
            Ok(content) => content.save(&proposed).await,
            Err(error) => Err(error),
        };
        match saved {
            Ok(_) => see_other(&format!("{}?saved=1", address::of_document(&draft.path))).into(),
            Err(error) => self.again(draft, author, &error).await.into(),
        }
    }

    async fn delete(&self, draft: &Draft, author: &Principal) -> Answer {
        let deleted = match self.content() {
            Ok(content) => content.delete(&draft.path, &draft.expected(), Some(&author.id)).await,
            Err(error) => Err(error),
        };
        match deleted {
            Ok(()) => see_other("/edit?deleted=1").into(),
            Err(error) => self.not_deleted(&draft.path, author, &error).await.into(),
        }
    }

    /// The document as it is now, with why it was not deleted.
    async fn not_deleted(&self, path: &str, author: &Principal, error: &ContentError) -> View {
        let trouble = Trouble::of(error);
        self.tell(path, error, &trouble);
        match self.stored(path).await {
            Ok((text, revision)) => {
                let draft = Draft { path: path.to_owned(), text, revision: Some(revision), ..Draft::default() };
                Sheet { notice: Notice::Trouble(&trouble), ..Sheet::of(&draft, author) }.view()
            }
            Err(error) => page::unopened(path, &Trouble::of(&error)),
        }
    }

    /// The form once more, with what is wrong. Of a document that somebody else has changed meanwhile, both are shown; saving once more
    /// is then for this revision.
    async fn again(&self, draft: &Draft, author: &Principal, error: &ContentError) -> View {
        let mut trouble = Trouble::of(error);
        if draft.is_new && trouble.is_conflict {
            trouble = Trouble::taken(&draft.path);
        }
        self.tell(&draft.path, error, &trouble);
        if !trouble.is_conflict {
            return Sheet { notice: Notice::Trouble(&trouble), ..Sheet::of(draft, author) }.view();
        }
        let (theirs, revision) = match self.stored(&draft.path).await {
            Ok((text, revision)) => (Some(text), Some(revision)),
            Err(_) => (None, None),
        };
        let mine = Draft { text: draft.whole_text(), title: String::new(), revision, is_new: false, path: draft.path.clone() };
        Sheet { notice: Notice::Trouble(&trouble), theirs: Some(theirs.as_deref()), ..Sheet::of(&mine, author) }.view()
    }

    /// What is not the author's to mend is for the log.
    fn tell(&self, path: &str, error: &ContentError, trouble: &Trouble) {
        if trouble.status.is_server_error() {
            self.log.error(format_args!("`{path}` could not be edited: {error}"));
        }
    }
}

impl AdminPanel for Editor {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(Panel::new("Documents", "documents"))
    }

    async fn render(&self, _: &Request) -> Result<Markup, CmsError> {
        let entries = self.content().map_err(CmsError::new)?.list().await.map_err(CmsError::new)?;
        Ok(list::latest(&entries, &self.titles.load()))
    }
}

/// Leads a visitor to an address of this site.
fn see_other(address: &str) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // An address is percent-encoded, so it may stand in a header.
    let location = HeaderValue::try_from(address).unwrap_or_else(|_| HeaderValue::from_static("/edit"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}
