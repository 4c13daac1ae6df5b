//! Comments as they are kept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keyway::capability::database::Operator::{Eq, Greater};
use keyway::capability::database::Order::{Asc, Desc};
use keyway::capability::database::{Schema, Table};
use keyway::capability::{DataError, Database, DatabaseMut};
use keyway::{Context, Error};
use keyway_cms_sdk::CommentDraft;
use serde::Deserialize;

use crate::Comments;

pub(crate) const LONGEST_AUTHOR: usize = 80;
/// What `max-length` may be at most.
pub(crate) const LONGEST_TEXT: usize = 100_000;
const TABLE: &str = "comments";

/// One comment.
#[derive(Debug, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) page: String,
    pub(crate) author: String,
    pub(crate) text: String,
    created_at: i64,
}

impl Comment {
    /// When it was written.
    pub(crate) fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.created_at.max(0).unsigned_abs())
    }
}

/// Who sees a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Moderators, who have not decided yet.
    Waiting,
    /// Everybody.
    Shown,
    /// Moderators alone.
    Spam,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Waiting, Self::Shown, Self::Spam];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Shown => "shown",
            Self::Spam => "spam",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// The plugin's table.
#[derive(Debug)]
pub(crate) struct Shelf {
    read: Database,
    write: DatabaseMut,
}

impl Shelf {
    pub(crate) async fn open(ctx: &Context<Comments>) -> Result<Self, Error> {
        let (read, write) = (ctx.database()?, ctx.database_mut()?);
        let states = State::ALL.map(State::as_str);
        let comments = Table::new(TABLE)
            .text("page")
            .required()
            .max(1_000)
            .indexed()
            .text("author")
            .required()
            .max(LONGEST_AUTHOR)
            .text("text")
            .required()
            .max(LONGEST_TEXT)
            .text("state")
            .required()
            .one_of(&states)
            .indexed();
        write.define(Schema::new().table(comments)).await.map_err(Error::new)?;
        Ok(Self { read, write })
    }

    /// Keeps a comment; answers its id.
    pub(crate) async fn add(&self, draft: &CommentDraft, state: State) -> Result<String, DataError> {
        let row = self.write.insert(TABLE).set("page", &draft.page).set("author", &draft.author);
        row.set("text", &draft.text).set("state", state.as_str()).run().await
    }

    /// Whether the very same comment is there already, as when a button was pressed twice.
    pub(crate) async fn has(&self, draft: &CommentDraft) -> Result<bool, DataError> {
        let same = self.read.select(TABLE).where_("page", Eq, &draft.page).where_("author", Eq, &draft.author);
        Ok(same.where_("text", Eq, &draft.text).first().await?.is_some())
    }

    /// The newest comments that everybody sees below a page, in the order in which they were written, and how many there are.
    pub(crate) async fn shown(&self, page: &str, limit: u32) -> Result<(Vec<Comment>, u64), Error> {
        let shown = || self.read.select(TABLE).where_("page", Eq, page).where_("state", Eq, State::Shown.as_str());
        let rows = shown().order("id", Desc).limit(limit).rows().await.map_err(Error::new)?;
        let has_more = rows.has_more();
        let mut comments: Vec<Comment> = rows.deserialize()?;
        comments.reverse();
        let count = if has_more { shown().count().await.map_err(Error::new)? } else { comments.len() as u64 };
        Ok((comments, count))
    }

    /// Comments in one state behind the id `after`, the oldest first, and whether there are more.
    pub(crate) async fn list(&self, state: State, after: &str, limit: u32) -> Result<(Vec<Comment>, bool), Error> {
        let found = self.read.select(TABLE).where_("state", Eq, state.as_str()).where_("id", Greater, after);
        let rows = found.order("id", Asc).limit(limit).rows().await.map_err(Error::new)?;
        let has_more = rows.has_more();
        Ok((rows.deserialize()?, has_more))
    }

    pub(crate) async fn count(&self, state: State) -> Result<u64, DataError> {
        self.read.select(TABLE).where_("state", Eq, state.as_str()).count().await
    }

    /// Changes who sees some comments.
    pub(crate) async fn set_state(&self, ids: &[String], state: State) -> Result<u64, DataError> {
        self.write.update(TABLE).set("state", state.as_str()).where_in("id", ids).run().await
    }

    pub(crate) async fn delete(&self, ids: &[String]) -> Result<u64, DataError> {
        self.write.delete(TABLE).where_in("id", ids).run().await
    }

    /// Deletes all comments of a page.
    pub(crate) async fn delete_page(&self, page: &str) -> Result<u64, DataError> {
        self.write.delete(TABLE).where_("page", Eq, page).run().await
    }
}
