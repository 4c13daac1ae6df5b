//! What plugins of keyway-cms are written against.
//!
//! keyway-cms serves a site from a folder of Markdown. Everything past accepting a connection is done by plugins, at these extension
//! points, in the order in which a site comes to life:
//!
//! | point | trait | asked |
//! |---|---|---|
//! | `cms.source` | [`Source`] | once at start: which documents are there |
//! | `cms.processor` | [`Processor`] | for each document: turn its content into HTML, step by step |
//! | `cms.site` | [`SiteListener`] | once the site is built: here it is |
//! | `cms.middleware` | [`Middleware`] | around each request |
//! | `cms.route` | [`Route`] | for each request inside the plugin's `http.routes` scopes |
//! | `cms.theme` | [`Theme`] | for each answer that is a view: draw the page |

pub mod answer;
mod error;
pub mod markdown_file;
mod middleware;
mod page;
mod processor;
mod route;
mod site;
mod site_listener;
mod source;
mod theme;
pub mod url_path;

pub use answer::{Answer, View};
pub use bytes::Bytes;
pub use error::CmsError;
pub use http::{self, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use middleware::{Middleware, MiddlewareChain, MiddlewareGuard, MiddlewareLinks, MiddlewareVisitor};
pub use page::{Document, Format, Heading, Page};
pub use processor::{Processed, Processor, ProcessorGuard};
pub use route::{Route, RouteGuard};
pub use site::Site;
pub use site_listener::{SiteListener, SiteListenerGuard};
pub use source::{Source, SourceGuard};
pub use theme::{Theme, ThemeGuard};

/// A request whose body was read whole.
pub type Request = http::Request<Bytes>;

/// A response with its whole body.
pub type Response = http::Response<Bytes>;

keyway::sdk!();
