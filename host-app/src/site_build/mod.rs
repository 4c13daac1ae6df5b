//! From sources to the site: finds the documents, runs each through the processors, and shows the finished site to the listeners.

mod page;
mod plain_text;
mod rebuild;

use std::sync::Arc;
use std::time::{Duration, Instant};

use keyway::Host;
use keyway_cms_sdk::{Document, Page, Processor, Site, SiteListener, Source};

pub(crate) use rebuild::Rebuilding;

use crate::{Failure, Settings};

/// A site, and what a person should know about its making.
#[derive(Debug)]
pub(crate) struct Built {
    /// The site.
    pub(crate) site: Arc<Site>,
    /// Pages of which some step failed; each has its line in the log.
    pub(crate) incomplete: usize,
    /// Time from the first source to the last listener.
    pub(crate) elapsed: Duration,
}

/// Builds the site. `address` is the origin it is reached at and `served` what routes answer by name.
///
/// # Errors
/// When there are sources and none of them could tell its documents. Anything less is logged, and the rest is served.
pub(crate) async fn build(host: &Host, settings: &Settings, address: &str, served: Vec<String>) -> Result<Built, Failure> {
    let begun = Instant::now();
    let documents = load(host).await?;
    let processors: Vec<_> = host.extensions::<dyn Processor>().iter().cloned().collect();
    let prepared = tokio::task::spawn_blocking(move || page::prepare_all(documents, &processors))
        .await
        .map_err(|error| Failure::new(format!("the pages could not be prepared: {error}")))?;
    let pages: Vec<Page> = prepared.pages;
    let title = settings.title.clone().or_else(|| title_of_start_page(&pages)).unwrap_or_else(|| "Untitled site".to_owned());
    let (site, surplus) = Site::new(title, address, pages);
    for page in surplus {
        let kept = site.page(&page.document.path).map_or("", |kept| &kept.document.origin);
        tracing::warn!(
            file = page.document.origin,
            path = page.document.path,
            kept,
            "two files make the same page; the second is left out"
        );
    }
    let site = Arc::new(site.with_served(served));
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }
    Ok(Built { site, incomplete: prepared.incomplete, elapsed: begun.elapsed() })
}

/// The documents of all sources in start order.
async fn load(host: &Host) -> Result<Vec<Document>, Failure> {
    let sources = host.extensions::<dyn Source>();
    let mut documents = Vec::new();
    let mut failures = Vec::new();
    for source in &sources {
        match source.load().await {
            Ok(found) => documents.extend(found.into_iter().filter(has_path)),
            Err(error) => {
                let plugin = source.plugin().id.as_str();
                tracing::error!(plugin, %error, "a source of documents failed");
                failures.push(format!("plugin `{plugin}`: {error}"));
            }
        }
    }
    if !failures.is_empty() && failures.len() == sources.len() {
        return Err(Failure::new(format!("no source could tell its documents\n  {}", failures.join("\n  "))));
    }
    Ok(documents)
}

fn has_path(document: &Document) -> bool {
    let is_path = document.path.starts_with('/');
    if !is_path {
        tracing::error!(file = document.origin, path = document.path, "a document is left out: its path does not begin with `/`");
    }
    is_path
}

fn title_of_start_page(pages: &[Page]) -> Option<String> {
    let start = pages.iter().find(|page| page.document.path == "/")?;
    (!start.document.title.is_empty()).then(|| start.document.title.clone())
}
