//! One document through all processors; all documents on a bounded number of threads.

use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

use keyway::host::Extension;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Document, Format, Page, Processor};

use super::plain_text;

/// Threads that prepare pages at most; more would take the machine away from others for little.
const MOST_THREADS: usize = 8;

/// Put in front of a page of which a step failed.
const NOTICE: &str =
    "<p role=\"note\"><strong>This page could not be prepared completely.</strong> The server's log says why.</p>\n";

/// The pages in the order of their documents.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) pages: Vec<Page>,
    /// How many of them lack a step that failed.
    pub(super) incomplete: usize,
}

/// Makes a page of every document. Threads take one document after the other, so a long one does not hold up the rest.
pub(super) fn prepare_all(documents: Vec<Document>, processors: &[Extension<dyn Processor>]) -> Prepared {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS).min(documents.len());
    let mut pages: Vec<Option<Page>> = Vec::new();
    pages.resize_with(documents.len(), || None);
    let work = Mutex::new(documents.into_iter().zip(pages.iter_mut()));
    let next = || work.lock().ok().and_then(|mut work| work.next());
    let prepare = || {
        let mut incomplete = 0;
        while let Some((document, place)) = next() {
            let (page, is_complete) = prepare(document, processors);
            *place = Some(page);
            incomplete += usize::from(!is_complete);
        }
        incomplete
    };
    let incomplete = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(prepare)).collect();
        // A worker that panicked leaves its page out; processors cannot make it panic, their guards catch.
        workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum()
    });
    drop(work);
    Prepared { pages: pages.into_iter().flatten().collect(), incomplete }
}

/// Runs one document through the processors. A step that fails is logged and left out; the second value is `false` then.
fn prepare(mut document: Document, processors: &[Extension<dyn Processor>]) -> (Page, bool) {
    let mut headings = Vec::new();
    let mut is_complete = true;
    for processor in processors {
        match processor.process(&document) {
            Ok(None) => {}
            Ok(Some(processed)) => {
                document.content = processed.content;
                document.format = processed.format;
                headings = processed.headings.unwrap_or(headings);
            }
            Err(error) => {
                is_complete = false;
                let plugin = processor.plugin().id.as_str();
                tracing::error!(plugin, file = document.origin, %error, "a page lacks a step that failed");
            }
        }
    }
    if document.format != Format::Html {
        document.content = format!("<pre>{}</pre>\n", escape(&document.content));
        document.format = Format::Html;
    }
    let text = plain_text::of_html(&document.content);
    if !is_complete {
        document.content.insert_str(0, NOTICE);
    }
    (Page { document, headings, text }, is_complete)
}
