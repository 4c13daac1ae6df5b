//! Which pages have which words, and which pages fit a query best.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use keyway_cms_sdk::{Page, Site};

use crate::word::{fold, words};

/// An inverted index over the pages of a site.
#[derive(Debug)]
pub(crate) struct Index {
    site: Arc<Site>,
    postings: BTreeMap<Box<str>, Vec<Posting>>,
    /// The number of words of each page and of its title, by its place in the site.
    lengths: Vec<Length>,
    average_length: f32,
}

#[derive(Debug, Clone, Copy)]
struct Length {
    text: f32,
    title: f32,
}

/// That a page has a word.
#[derive(Debug)]
struct Posting {
    page: u32,
    /// How often in its text, with words in headings counted more than once.
    often: u32,
    in_title: bool,
}

/// The pages that fit a query, the best first.
#[derive(Debug)]
pub(crate) struct Found<'i> {
    /// How many fit in all.
    pub(crate) total: usize,
    /// The best of them.
    pub(crate) pages: Vec<&'i Page>,
    /// The words that were looked for, folded; the last may be the beginning of one.
    pub(crate) words: Vec<String>,
}

/// What a title of just the word counts; a text full of it counts at most `SATURATION + 1`.
const TITLE_WEIGHT: f32 = 4.0;
/// Beside the 1 that a heading has as part of the text.
const HEADING_WEIGHT: u32 = 2;
/// What a word counts that only begins like the one asked for.
const BEGINNING_WEIGHT: f32 = 0.5;
/// How many words one beginning may stand for.
const MOST_ENDINGS: usize = 200;
const MOST_WORDS: usize = 12;

// The constants of BM25, as nearly everyone sets them.
const SATURATION: f32 = 1.2;
const LENGTH_NORMALISATION: f32 = 0.75;

impl Index {
    /// Indexes the titles, headings and texts of all pages.
    pub(crate) fn new(site: &Arc<Site>) -> Self {
        let mut index = Self { postings: BTreeMap::new(), lengths: Vec::new(), average_length: 1.0, site: Arc::clone(site) };
        let mut folded = String::new();
        for (number, page) in (0..).zip(site.pages()) {
            let mut length = Length { text: 0.0, title: 0.0 };
            for (_, word) in words(&page.text) {
                index.posting(fold(word, &mut folded), number).often += 1;
                length.text += 1.0;
            }
            for (_, word) in page.headings.iter().flat_map(|heading| words(&heading.text)) {
                index.posting(fold(word, &mut folded), number).often += HEADING_WEIGHT;
            }
            for (_, word) in words(&page.document.title) {
                index.posting(fold(word, &mut folded), number).in_title = true;
                length.title += 1.0;
            }
            index.lengths.push(length);
        }
        let total: f32 = index.lengths.iter().map(|length| length.text).sum();
        index.average_length = (total / precise(index.lengths.len())).max(1.0);
        index
    }

    /// How many different words there are.
    pub(crate) fn words(&self) -> usize {
        self.postings.len()
    }

    /// The posting of a word for the page that is being indexed, which is the last one.
    fn posting(&mut self, word: &str, page: u32) -> &mut Posting {
        if !self.postings.contains_key(word) {
            self.postings.insert(word.into(), Vec::new());
        }
        let postings = self.postings.get_mut(word).expect("the word was put there if it was missing");
        if postings.last().is_none_or(|last| last.page != page) {
            postings.push(Posting { page, often: 0, in_title: false });
        }
        postings.last_mut().expect("a posting was put there if the last was of another page")
    }

    /// The pages that have all words of the query, or, when none has, those that have some.
    pub(crate) fn find(&self, query: &str, limit: usize) -> Found<'_> {
        let mut folded = String::new();
        let typed: Vec<String> = words(query).take(MOST_WORDS).map(|(_, word)| fold(word, &mut folded).to_owned()).collect();
        // A word asked for twice would have to be met twice. Of two the later stays, so that the last is still the last.
        let mut asked: Vec<String> = Vec::new();
        for word in typed.into_iter().rev() {
            if !asked.contains(&word) {
                asked.push(word);
            }
        }
        asked.reverse();
        if asked.is_empty() {
            return Found { total: 0, pages: Vec::new(), words: asked };
        }

        let mut hits = vec![Hit::default(); self.lengths.len()];
        for (number, word) in asked.iter().enumerate() {
            let is_last = number + 1 == asked.len();
            self.score(word, is_last, &mut hits);
        }
        let most = hits.iter().map(|hit| hit.words).max().unwrap_or(0);
        let needed = if usize::from(most) == asked.len() { most } else { 1 };
        let mut fitting: Vec<(usize, f32)> =
            hits.iter().enumerate().filter(|(_, hit)| hit.words >= needed).map(|(page, hit)| (page, hit.score)).collect();
        fitting.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        let total = fitting.len();
        let pages = fitting.iter().take(limit).filter_map(|(page, _)| self.site.pages().get(*page)).collect();
        Found { total, pages, words: asked }
    }

    /// Adds what one word gives to each page that has it. All words that begin like the last one count as one word, or a rare one among
    /// them would weigh more than the word itself.
    fn score(&self, word: &str, is_beginning: bool, hits: &mut [Hit]) {
        let mut met = vec![Met::default(); hits.len()];
        let from = self.postings.range::<str, _>((Bound::Included(word), Bound::Unbounded));
        let endings = if is_beginning { MOST_ENDINGS } else { 1 };
        for (found, postings) in from.take(endings).take_while(|(found, _)| found.starts_with(word)) {
            let share = match (found.len() == word.len(), is_beginning) {
                (true, _) => 1.0,
                (false, true) => BEGINNING_WEIGHT,
                (false, false) => break,
            };
            for posting in postings {
                let met = &mut met[posting.page as usize];
                met.often += share * precise(posting.often as usize);
                met.title = met.title.max(if posting.in_title { share } else { 0.0 });
            }
        }
        let having = precise(met.iter().filter(|met| met.is_met()).count());
        let rarity = (1.0 + (precise(met.len()) - having + 0.5) / (having + 0.5)).ln();
        for ((hit, met), length) in hits.iter_mut().zip(met).zip(&self.lengths) {
            if met.is_met() {
                hit.words += 1;
                hit.score += rarity * self.weight(met, *length);
            }
        }
    }

    fn weight(&self, met: Met, length: Length) -> f32 {
        let relative = length.text / self.average_length;
        let damped = SATURATION * (1.0 - LENGTH_NORMALISATION + LENGTH_NORMALISATION * relative);
        let text = met.often * (SATURATION + 1.0) / (met.often + damped);
        text + TITLE_WEIGHT * met.title / length.title.max(1.0).sqrt()
    }
}

/// What a page has of a query so far.
#[derive(Debug, Clone, Copy, Default)]
struct Hit {
    score: f32,
    words: u8,
}

/// What a page has of one word.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    often: f32,
    title: f32,
}

impl Met {
    fn is_met(self) -> bool {
        self.often > 0.0 || self.title > 0.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24, and an order of results needs no more")]
fn precise(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Heading};

    use super::*;

    fn index(pages: &[(&str, &str, &str)]) -> Index {
        let pages = pages.iter().map(|(path, title, text)| {
            let mut document = Document::new(*path, "content/a.md", Format::Html, "");
            (*title).clone_into(&mut document.title);
            let mut page = Page::new(document);
            (*text).clone_into(&mut page.text);
            page
        });
        Index::new(&Arc::new(Site::new("Test", "https://example.org", pages.collect()).0))
    }

    fn paths<'i>(index: &'i Index, query: &str) -> Vec<&'i str> {
        index.find(query, 10).pages.iter().map(|page| page.document.path.as_str()).collect()
    }

    #[test]
    fn a_word_in_the_title_counts_more() {
        let index = index(&[("/a", "Other", "plugins plugins and text"), ("/b", "Plugins", "some text and text")]);
        assert_eq!(paths(&index, "plugins"), ["/b", "/a"]);
    }

    #[test]
    fn all_words_must_be_there_or_else_some() {
        let index = index(&[("/a", "A", "red green"), ("/b", "B", "red blue"), ("/c", "C", "yellow")]);
        assert_eq!(paths(&index, "red blue"), ["/b"]);
        assert_eq!(paths(&index, "red red red"), ["/a", "/b"]);
        assert_eq!(paths(&index, "yellow blue"), ["/c", "/b"]);
        assert!(paths(&index, "violet").is_empty() && paths(&index, "").is_empty() && paths(&index, "?!").is_empty());
    }

    #[test]
    fn the_last_word_may_be_a_beginning() {
        let index = index(&[("/a", "A", "permission given"), ("/b", "B", "permit")]);
        assert_eq!(paths(&index, "PERMI"), ["/b", "/a"]);
        assert_eq!(paths(&index, "permi given"), ["/a"], "a beginning that is not the last word fits nothing");
        assert_eq!(paths(&index, "given permi"), ["/a"]);
    }

    #[test]
    fn a_whole_word_comes_before_its_longer_kin() {
        let index = index(&[("/a", "A", "hosting"), ("/b", "B", "host")]);
        assert_eq!(paths(&index, "host"), ["/b", "/a"]);
    }

    #[test]
    fn a_title_of_the_word_comes_before_rare_words_that_begin_with_it() {
        let common = "host host and words about the host";
        let index = index(&[
            ("/errors/1", "One of many", "a hostile host"),
            ("/errors/2", "Another that names a host among other things", common),
            ("/write", "Write a host", common),
        ]);
        assert_eq!(paths(&index, "host"), ["/write", "/errors/2", "/errors/1"]);
        assert_eq!(paths(&index, "hosti"), ["/errors/1"]);
    }

    #[test]
    fn a_rare_word_weighs_more_than_a_common_one() {
        let index =
            index(&[("/a", "A", "the the the census"), ("/b", "B", "the guide"), ("/c", "C", "the end"), ("/d", "D", "census")]);
        assert_eq!(paths(&index, "census the")[0], "/a");
        assert_eq!(paths(&index, "nowhere census"), ["/d", "/a"]);
    }

    #[test]
    fn headings_count() {
        let mut one = Page::new(Document::new("/one", "content/a.md", Format::Html, ""));
        one.text = "tiers and more words".to_owned();
        let mut two = one.clone();
        two.document.path = "/two".to_owned();
        two.headings.push(Heading { level: 2, id: "tiers".to_owned(), text: "Tiers".to_owned() });
        let index = Index::new(&Arc::new(Site::new("T", "https://example.org", vec![one, two]).0));
        assert_eq!(paths(&index, "tiers"), ["/two", "/one"]);
    }

    #[test]
    fn five_thousand_pages_are_quick() {
        let text: String = (0..400).map(|number| format!("word{} ", number * 7919 % 5003)).collect();
        let pages: Vec<Page> = (0..5000)
            .map(|number| {
                let mut page = Page::new(Document::new(format!("/{number}"), "content/a.md", Format::Html, ""));
                page.text = format!("{text} own{number}");
                page
            })
            .collect();
        let site = Arc::new(Site::new("T", "https://example.org", pages).0);
        let started = std::time::Instant::now();
        let index = Index::new(&site);
        assert_eq!(index.find("own4711", 10).pages[0].document.path, "/4711");
        assert_eq!(index.find("word1", 10).total, 5000);
        assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
        println!("5,000 pages of 400 words: {:?}", started.elapsed());
    }
}
