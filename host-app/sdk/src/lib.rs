//! What plugins of keyway-cms are written against.
//!
//! keyway-cms serves a site from a folder of Markdown. Everything past accepting a connection is done by plugins, at these extension
//! points, in the order in which a site comes to life:
//!
//! | point | trait | asked |
//! |---|---|---|
//! | `service.store` | [`Store`] | by plugins: where documents are kept |
//! | `cms.source` | [`Source`] | once for each build of the site: which documents are there |
//! | `cms.processor` | [`Processor`] | for each document: turn its content into HTML, step by step |
//! | `cms.site` | [`SiteListener`] | each time the site was built: here it is |
//! | `cms.middleware` | [`Middleware`] | around each request |
//! | `cms.authenticator` | [`Authenticator`] | for each request that is not for everybody: who is it |
//! | `cms.authoriser` | [`Authoriser`] | after that: may they |
//! | `cms.asset` | [`AssetSource`] | when its plugin starts: files to serve |
//! | `cms.route` | [`Route`] | for each request inside the plugin's `http.routes` scopes |
//! | `cms.websocket` | [`WebSocket`] | for each websocket that a browser opens at its path |
//! | `cms.template` | [`Template`] | for each answer that is a view: what to add to the page |
//! | `cms.theme` | [`Theme`] | for each answer that is a view: draw the page |
//! | `cms.admin-panel` | [`AdminPanel`] | for each request for its page below `/admin` |
//! | `cms.protocol` | [`Protocol`] | for each connection to an address of its own |
//! | `service.content` | [`Content`] | by plugins: read and change documents |
//! | `cms.before-insert`, `-update`, `-delete` | [`BeforeInsert`], [`BeforeUpdate`], [`BeforeDelete`] | before a document is changed: any may object |
//! | `cms.before-comment` | [`BeforeComment`] | before a visitor's comment is kept: any may object |
//! | `cms.after-insert`, `-update`, `-delete` | [`AfterInsert`], [`AfterUpdate`], [`AfterDelete`] | after a document was changed |
//!
//! Two more are not points of this SDK but of `keyway` itself, and work with any host: a **scheduled job** is an implementation of
//! keyway's `Job`, and an **event listener** one of [`keyway::event::Subscriber`] for an event of [`event`].

mod access;
mod admin;
pub mod answer;
mod asset;
mod authentication;
mod client_address;
mod comment_hook;
mod content;
pub mod content_folder;
mod content_hook;
pub mod content_path;
mod error;
pub mod event;
mod form;
mod hexadecimal;
pub mod markdown_file;
mod middleware;
mod page;
pub mod permission;
mod processor;
mod protocol;
mod route;
mod site;
mod site_listener;
mod source;
mod store;
mod template;
#[cfg(feature = "testing")]
pub mod testing;
mod theme;
pub mod url_path;
mod websocket;

pub use access::{Access, Principal, Refusal};
pub use admin::{ADMIN_ROLE, AdminPanel, AdminPanelGuard, Panel};
pub use answer::{Answer, View};
pub use asset::{Asset, AssetSource, AssetSourceGuard};
pub use authentication::{Authenticator, AuthenticatorGuard, Authoriser, AuthoriserGuard};
pub use bytes::Bytes;
pub use client_address::ClientAddress;
pub use comment_hook::{BeforeComment, BeforeCommentGuard, CommentDraft};
pub use content::{Content, ContentError, ContentGuard, Draft};
pub use content_hook::{
    AfterDelete, AfterDeleteGuard, AfterInsert, AfterInsertGuard, AfterUpdate, AfterUpdateGuard, BeforeDelete, BeforeDeleteGuard,
    BeforeInsert, BeforeInsertGuard, BeforeUpdate, BeforeUpdateGuard, Change,
};
pub use error::CmsError;
pub use form::Form;
pub use hexadecimal::hexadecimal;
pub use http::{self, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use middleware::{Middleware, MiddlewareChain, MiddlewareGuard, MiddlewareLinks, MiddlewareVisitor};
pub use page::{Document, Format, Heading, Page};
pub use processor::{Processed, Processor, ProcessorGuard};
pub use protocol::{Connection, Protocol, ProtocolGuard};
pub use route::{Route, RouteGuard};
pub use site::Site;
pub use site_listener::{SiteListener, SiteListenerGuard};
pub use source::{Source, SourceGuard};
pub use store::{Expected, Revision, Store, StoreError, StoreGuard, Stored, StoredEntry};
pub use template::{Extra, Markup, Place, Slots, Template, TemplateGuard};
pub use theme::{Theme, ThemeGuard};
pub use websocket::{Message, NotSent, Socket, SocketReceiver, SocketSender, WebSocket, WebSocketGuard};

/// A request whose body was read whole.
pub type Request = http::Request<Bytes>;

/// A response with its whole body.
pub type Response = http::Response<Bytes>;

keyway::sdk!();
