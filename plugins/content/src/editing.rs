//! The service `service.content`: each change is checked, put before the hooks, kept by the store, and told.

use keyway::Hook;
use keyway::hook::Stopped;
use keyway::prelude::*;
use keyway::service::Provider;
use keyway_cms_sdk::event::{ContentChanged, ContentEdited, Edit};
use keyway_cms_sdk::{
    AfterDelete, AfterInsert, AfterUpdate, BeforeDelete, BeforeInsert, BeforeUpdate, Bytes, Change, ContentError, Draft,
    Expected, Page, Refusal, Revision, Store, StoreError, Stored, StoredEntry, markdown_file,
};

use crate::{Content, MOUNT, document};

/// How often a change that takes whatever is there is tried again when somebody else was faster each time.
const ATTEMPTS: usize = 5;

/// The hooks around changes.
#[derive(Debug)]
pub(crate) struct Hooks {
    before_insert: Hook<dyn BeforeInsert>,
    before_update: Hook<dyn BeforeUpdate>,
    before_delete: Hook<dyn BeforeDelete>,
    after_insert: Hook<dyn AfterInsert>,
    after_update: Hook<dyn AfterUpdate>,
    after_delete: Hook<dyn AfterDelete>,
}

impl Hooks {
    pub(crate) fn of(ctx: &Context<Content>) -> Result<Self, Error> {
        Ok(Self {
            before_insert: ctx.hook()?,
            before_update: ctx.hook()?,
            before_delete: ctx.hook()?,
            after_insert: ctx.hook()?,
            after_update: ctx.hook()?,
            after_delete: ctx.hook()?,
        })
    }
}

impl keyway_cms_sdk::Content for Content {
    async fn list(&self) -> Result<Vec<StoredEntry>, ContentError> {
        let mut entries = self.kept()?.list().await?;
        entries.retain(|entry| markdown_file::stem(&entry.path).is_some());
        Ok(entries)
    }

    async fn get(&self, path: &str) -> Result<Stored, ContentError> {
        check_is_document(path)?;
        Ok(self.kept()?.read(path).await?)
    }

    async fn save(&self, draft: &Draft) -> Result<Revision, ContentError> {
        check_is_document(&draft.path)?;
        StoreError::check_path(&draft.path)?;
        check_text(&draft.path, &draft.text)?;
        let mut attempt = 1;
        loop {
            match self.save_once(draft).await {
                Err(error) if may_try_again(&error, &draft.expected, attempt) => attempt += 1,
                answer => return answer,
            }
        }
    }

    async fn delete(&self, path: &str, expected: &Expected, author: Option<&str>) -> Result<(), ContentError> {
        check_is_document(path)?;
        let mut attempt = 1;
        loop {
            match self.delete_once(path, expected, author).await {
                Err(error) if may_try_again(&error, expected, attempt) => attempt += 1,
                answer => return answer,
            }
        }
    }

    async fn preview(&self, path: &str, text: &str) -> Result<Page, ContentError> {
        check_is_document(path)?;
        check_text(path, text)?;
        self.page_of(path, text).await
    }
}

impl Content {
    fn kept(&self) -> Result<Provider<dyn Store>, ContentError> {
        self.store.get().map_err(|away| StoreError::failed(away).into())
    }

    /// What is there, if it is what the caller expects.
    async fn former(&self, path: &str, expected: &Expected) -> Result<Option<Stored>, ContentError> {
        let former = match self.kept()?.read(path).await {
            Ok(stored) => Some(stored),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let current = former.as_ref().map(|stored| &stored.revision);
        if expected.allows(current) {
            return Ok(former);
        }
        Err(StoreError::Conflict { path: path.to_owned(), current: current.cloned() }.into())
    }

    async fn save_once(&self, draft: &Draft) -> Result<Revision, ContentError> {
        let former = self.former(&draft.path, &draft.expected).await?;
        let body = Bytes::copy_from_slice(draft.text.as_bytes());
        let mut change = Change { path: draft.path.clone(), body, revision: None, author: draft.author.clone() };
        let (proposed, hooks) = (&change, &self.hooks);
        let leave = match &former {
            None => {
                self.check_page_is_free(&draft.path).await?;
                hooks.before_insert.veto(|plugin| async move { plugin.before_insert(proposed).await }).await
            }
            Some(former) => hooks.before_update.veto(|plugin| async move { plugin.before_update(former, proposed).await }).await,
        };
        leave.map_err(|stopped| self.refused(stopped))?;
        // What the hooks have seen is what is replaced, whatever the caller would have taken.
        let seen = former.as_ref().map_or(Expected::Absent, |former| Expected::Revision(former.revision.clone()));
        let edit = if former.is_none() { Edit::Made } else { Edit::Changed };
        let news = News::about(self, &draft.path, edit, draft.author.as_deref());
        let revision = match self.kept()?.write(&draft.path, &change.body, &seen).await {
            Ok(revision) => revision,
            Err(error) => return Err(news.none_after(error)),
        };
        change.revision = Some(revision.clone());
        let done = &change;
        match &former {
            None => drop(hooks.after_insert.all(|plugin| async move { plugin.after_insert(done).await }).await),
            Some(former) => drop(hooks.after_update.all(|plugin| async move { plugin.after_update(former, done).await }).await),
        }
        news.tell().await;
        Ok(revision)
    }

    async fn delete_once(&self, path: &str, expected: &Expected, author: Option<&str>) -> Result<(), ContentError> {
        let former = self.former(path, expected).await?;
        let former = &former.ok_or_else(|| StoreError::NotFound { path: path.to_owned() })?;
        let leave = self.hooks.before_delete.veto(|plugin| async move { plugin.before_delete(former, author).await }).await;
        leave.map_err(|stopped| self.refused(stopped))?;
        let news = News::about(self, path, Edit::Deleted, author);
        if let Err(error) = self.kept()?.delete(path, &Expected::Revision(former.revision.clone())).await {
            return Err(news.none_after(error));
        }
        self.hooks.after_delete.all(|plugin| async move { plugin.after_delete(former, author).await }).await;
        news.tell().await;
        Ok(())
    }

    /// Refuses a new document that would be the same page as another one, of which visitors would see only one.
    async fn check_page_is_free(&self, path: &str) -> Result<(), ContentError> {
        let page = markdown_file::url_path(path);
        let entries = self.kept()?.list().await?;
        match entries.iter().find(|entry| markdown_file::url_path(&entry.path) == page) {
            Some(entry) => {
                let problem = format!("`{}` is the page `{}` already", entry.path, page.unwrap_or_default());
                Err(ContentError::Invalid { path: path.to_owned(), problems: vec![problem] })
            }
            None => Ok(()),
        }
    }

    fn refused(&self, stopped: Stopped<Refusal>) -> ContentError {
        match stopped {
            Stopped::By(answer) => ContentError::Refused { plugin: answer.plugin.to_owned(), refusal: answer.value },
            interrupted => {
                self.log.warn(format_args!("{interrupted}"));
                let refusal = Refusal::new("not all plugins could say whether this may be done, so it is refused");
                ContentError::Refused { plugin: String::new(), refusal }
            }
        }
    }
}

/// Tells that a document was changed, also when the caller has given up while the store was at work: it may have been done.
struct News<'c> {
    content: &'c Content,
    edited: Option<ContentEdited>,
}

impl<'c> News<'c> {
    fn about(content: &'c Content, path: &str, edit: Edit, author: Option<&str>) -> Self {
        let edited = ContentEdited { path: path.to_owned(), edit, author: author.map(str::to_owned) };
        Self { content, edited: Some(edited) }
    }

    fn none_after(mut self, error: StoreError) -> ContentError {
        // A call that gave no answer may have been carried out.
        if !matches!(error, StoreError::Call(_)) {
            self.edited = None;
        }
        error.into()
    }

    async fn tell(mut self) {
        if let Some(edited) = self.edited.take() {
            // This one does not wait, so that a caller who gives up below has it told all the same.
            let paths = vec![edited.path.clone()];
            if let Err(full) = self.content.edited.try_publish(edited) {
                self.content.log.warn(format_args!("{full}"));
            }
            self.content.changed.publish(ContentChanged { paths }).await;
        }
    }
}

impl Drop for News<'_> {
    fn drop(&mut self) {
        let Some(edited) = self.edited.take() else { return };
        let paths = vec![edited.path.clone()];
        let told = self.content.edited.try_publish(edited);
        for full in [told, self.content.changed.try_publish(ContentChanged { paths })].into_iter().filter_map(Result::err) {
            self.content.log.warn(format_args!("{full}"));
        }
    }
}

/// Whether somebody else has changed a document between the look at it and the change, and the caller takes whatever is there.
fn may_try_again(error: &ContentError, expected: &Expected, attempt: usize) -> bool {
    attempt < ATTEMPTS && *expected == Expected::Anything && matches!(error, ContentError::Store(StoreError::Conflict { .. }))
}

fn check_is_document(path: &str) -> Result<(), ContentError> {
    StoreError::check_existing_path(path)?;
    if markdown_file::stem(path).is_some() {
        return Ok(());
    }
    Err(StoreError::InvalidPath { path: path.to_owned(), problem: "it does not end in `.md`, as documents do" }.into())
}

/// Refuses a text that would be a page with something left out.
fn check_text(path: &str, text: &str) -> Result<(), ContentError> {
    let found = document::read(path, MOUNT, text.as_bytes().to_vec(), None);
    if found.problems.is_empty() {
        return Ok(());
    }
    let problems = found.problems.iter().map(|problem| format!("line {}: {}", problem.line, problem.message)).collect();
    Err(ContentError::Invalid { path: path.to_owned(), problems })
}
