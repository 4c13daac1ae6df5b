//! What is at which address: the pages of the site, a list of them, and a search.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use keyway::task::yield_now;
use keyway_cms_sdk::{Page, Site, url_path};

use crate::gemtext::{self, Links, one_line};
use crate::reply::Reply;
use crate::request::Asked;

const ALL_PAGES: &str = "/pages.gmi";
const SEARCH: &str = "/search.gmi";

/// Pages that a search lists.
const MOST_RESULTS: usize = 50;

/// Pages that a search looks at until others get a turn.
const AT_ONCE: usize = 64;

/// A site, as this protocol serves it.
#[derive(Debug, Default)]
pub(crate) struct Library {
    site: Option<Arc<Site>>,
    /// Former paths of pages, with the present one.
    moved: BTreeMap<String, String>,
    /// Of each page in order, its title and all its text in small letters.
    texts: Vec<(String, String)>,
}

impl Library {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        let mut moved = BTreeMap::new();
        let mut texts = Vec::new();
        for Page { document, text, .. } in site.pages() {
            moved.extend(document.aliases.iter().map(|alias| (alias.clone(), document.path.clone())));
            texts.push((document.title.to_lowercase(), format!("{}\n{text}", document.description).to_lowercase()));
        }
        Self { site: Some(site), moved, texts }
    }

    /// Answers what was asked.
    pub(crate) async fn answer(&self, asked: &Asked) -> Reply {
        let Some(site) = &self.site else { return Reply::not_found() };
        if let Some(page) = site.page(&asked.path) {
            return Reply::page(show(site, page));
        }
        if let Some(path) = self.moved.get(&asked.path) {
            return Reply::moved(&url_path::encode(path));
        }
        match (asked.path.as_str(), asked.query.as_deref()) {
            ("/" | ALL_PAGES, _) => Reply::page(all_pages(site)),
            (SEARCH, None | Some("")) => Reply::input("Search for"),
            (SEARCH, Some(words)) => Reply::page(self.search(site, words).await),
            _ => Reply::not_found(),
        }
    }

    /// The pages that hold all words, those with all of them in the title first.
    async fn search(&self, site: &Site, query: &str) -> String {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let (mut in_title, mut in_text) = (Vec::new(), Vec::new());
        for (chunk, pages) in self.texts.chunks(AT_ONCE).zip(site.pages().chunks(AT_ONCE)) {
            for ((title, text), page) in chunk.iter().zip(pages) {
                if words.iter().all(|word| title.contains(word)) {
                    in_title.push(page);
                } else if words.iter().all(|word| title.contains(word) || text.contains(word)) {
                    in_text.push(page);
                }
            }
            yield_now().await;
        }
        let total = in_title.len() + in_text.len();
        let count = match total {
            0 => "No page has these words.".to_owned(),
            1 => "One page.".to_owned(),
            more if more > MOST_RESULTS => format!("The first {MOST_RESULTS} of {more} pages."),
            more => format!("{more} pages."),
        };
        let mut text = format!("# Search: {}\n\n{count}\n\n", one_line(query));
        in_title.into_iter().chain(in_text).take(MOST_RESULTS).for_each(|page| link(&mut text, page));
        // Writing to a string cannot fail, here and below.
        let _ = write!(text, "\n=> {SEARCH} Search again\n=> / {}\n", one_line(site.title()));
        text
    }
}

fn show(site: &Site, page: &Page) -> String {
    let document = &page.document;
    let mut text = gemtext::from_html(&document.content, &Links::of_page(site, &document.path));
    if !text.starts_with("# ") {
        text = format!("# {}\n\n{text}", one_line(&document.title));
    }
    text.push_str("\n\n");
    if document.path != "/" {
        let _ = writeln!(text, "=> / {}", one_line(site.title()));
    }
    let _ = write!(text, "=> {ALL_PAGES} All pages\n=> {SEARCH} Search\n=> {} This page on the web\n", site.url(&document.path));
    text
}

fn all_pages(site: &Site) -> String {
    let mut text = format!("# {}\n\n", one_line(site.title()));
    site.pages().iter().for_each(|page| link(&mut text, page));
    let _ = write!(text, "\n=> {SEARCH} Search\n");
    text
}

fn link(text: &mut String, page: &Page) {
    let _ = writeln!(text, "=> {} {}", url_path::encode(&page.document.path), one_line(&page.document.title));
}
