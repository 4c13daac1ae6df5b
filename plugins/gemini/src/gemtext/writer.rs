//! Writes gemtext line by line while the elements of a page go by.

use super::table::Table;
use super::{Links, one_line};

/// A link of the block that is being written.
#[derive(Debug)]
struct Link {
    url: String,
    label: String,
}

/// What the text of the moment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    Heading(u8),
    Item(Option<u32>),
}

/// The gemtext so far, and where in the page the writer is.
#[derive(Debug)]
pub(super) struct Writer<'l> {
    resolver: &'l Links<'l>,
    lines: Vec<String>,
    text: String,
    block: Block,
    /// Whether a line break was met, so that what follows belongs to the paragraph above it.
    goes_on: bool,
    links: Vec<Link>,
    /// The link that is open: its URL, and where its text begins.
    open_link: Option<(String, usize)>,
    /// The lists that are open; a number for those that count.
    lists: Vec<Option<u32>>,
    quotes: u32,
    /// Text as it stands, inside of `<pre>`.
    code: Option<Code>,
    table: Option<Table>,
    /// Whether the cell that is open is one of headings.
    cell: Option<bool>,
    /// How many elements that are not shown are open.
    hidden: u32,
}

#[derive(Debug, Default)]
struct Code {
    language: String,
    text: String,
}

/// Elements that begin and end a block of their own.
fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 22] = [
        "address",
        "article",
        "aside",
        "body",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "main",
        "nav",
        "p",
        "section",
        "summary",
        "caption",
    ];
    BLOCKS.contains(&name)
}

fn is_hidden(name: &str) -> bool {
    matches!(name, "head" | "template" | "svg" | "math" | "select" | "button")
}

fn heading(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

impl<'l> Writer<'l> {
    pub(super) fn new(resolver: &'l Links<'l>) -> Self {
        Self {
            resolver,
            lines: Vec::new(),
            text: String::new(),
            block: Block::Text,
            goes_on: false,
            links: Vec::new(),
            open_link: None,
            lists: Vec::new(),
            quotes: 0,
            code: None,
            table: None,
            cell: None,
            hidden: 0,
        }
    }

    /// Takes text over, with its entities already decoded.
    pub(super) fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        match &mut self.code {
            Some(code) => code.text.push_str(text),
            None => self.text.push_str(text),
        }
    }

    pub(super) fn open(&mut self, name: &str, attributes: &[(String, String)]) {
        if is_hidden(name) {
            self.hidden += 1;
        }
        if self.hidden > 0 {
            return;
        }
        if let Some(code) = &mut self.code {
            let class = attribute(attributes, "class").unwrap_or_default();
            if let Some(language) = class.split_whitespace().find_map(|class| class.strip_prefix("language-")) {
                code.language = one_line(language);
            }
            if name == "br" {
                code.text.push('\n');
            }
            return;
        }
        match name {
            "a" => self.begin_link(attribute(attributes, "href")),
            "img" | "audio" | "video" | "iframe" | "source" | "embed" => self.embed(name, attributes),
            "code" | "kbd" | "samp" => self.text.push('`'),
            "br" => self.line_break(),
            "hr" => self.rule(),
            "pre" => {
                self.flush();
                self.code = Some(Code::default());
            }
            "table" => {
                self.flush();
                self.table = Some(Table::default());
            }
            "tr" => {
                self.end_cell();
                if let Some(table) = &mut self.table {
                    table.begin_row();
                }
            }
            "td" | "th" if self.table.is_some() => {
                self.end_cell();
                self.text.clear();
                self.cell = Some(name == "th");
            }
            // A cell is one line, whatever is in it.
            _ if self.table.is_some() => self.text.push(' '),
            "ul" | "ol" => {
                self.flush();
                if self.lists.is_empty() {
                    self.separate();
                }
                let start = attribute(attributes, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.lists.push((name == "ol").then_some(start));
            }
            "li" => self.begin_item(),
            "blockquote" => {
                self.flush();
                self.quotes = self.quotes.saturating_add(1);
            }
            _ => self.begin_block(name),
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        if is_hidden(name) {
            self.hidden = self.hidden.saturating_sub(1);
            return;
        }
        if self.hidden > 0 {
            return;
        }
        if self.code.is_some() {
            if name == "pre" {
                self.end_code();
            }
            return;
        }
        match name {
            "a" => self.end_link(),
            "code" | "kbd" | "samp" => self.text.push('`'),
            "td" | "th" | "tr" => self.end_cell(),
            "table" => self.end_table(),
            _ if self.table.is_some() => self.text.push(' '),
            "ul" | "ol" => {
                self.flush();
                self.lists.pop();
                self.block = Block::Text;
            }
            "blockquote" => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            "li" => {
                self.flush();
                self.block = Block::Text;
            }
            _ if heading(name).is_some() => {
                self.flush();
                self.block = Block::Text;
            }
            _ if is_block(name) => self.flush(),
            _ => {}
        }
    }

    /// Ends whatever is still open, and gives the text.
    pub(super) fn finish(mut self) -> String {
        self.end_code();
        self.end_table();
        self.flush();
        let mut text = self.lines.join("\n");
        text.truncate(text.trim_end_matches('\n').len());
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    fn begin_block(&mut self, name: &str) {
        if let Some(level) = heading(name) {
            self.flush();
            self.block = Block::Heading(level);
        } else if is_block(name) && !(matches!(self.block, Block::Item(_)) && self.text.trim().is_empty()) {
            // The first paragraph of an item is the item.
            self.flush();
        }
    }

    fn begin_item(&mut self) {
        self.flush();
        let number = match self.lists.last_mut() {
            Some(Some(next)) => {
                let number = *next;
                *next = next.saturating_add(1);
                Some(number)
            }
            _ => None,
        };
        self.block = Block::Item(number);
    }

    fn begin_link(&mut self, href: Option<&str>) {
        self.end_link();
        if let Some(url) = href.and_then(|href| self.resolver.resolve(href)) {
            self.open_link = Some((url, self.text.len()));
        }
    }

    fn end_link(&mut self) {
        if let Some((url, begin)) = self.open_link.take() {
            let label = one_line(self.text.get(begin..).unwrap_or_default());
            self.links.push(Link { url, label });
        }
    }

    /// Links what gemtext cannot show in its place.
    fn embed(&mut self, name: &str, attributes: &[(String, String)]) {
        let label = one_line(attribute(attributes, "alt").or_else(|| attribute(attributes, "title")).unwrap_or_default());
        let Some(url) = attribute(attributes, "src").and_then(|source| self.resolver.resolve(source)) else {
            self.text.push_str(&label);
            return;
        };
        let kind = if name == "img" { "picture" } else { "media" };
        if self.open_link.is_some() {
            // It is the text of a link.
            self.text.push_str(if label.is_empty() { kind } else { &label });
            return;
        }
        let label = if label.is_empty() { kind.to_owned() } else { format!("{label} ({kind})") };
        self.links.push(Link { url, label });
    }

    fn line_break(&mut self) {
        if self.block == Block::Text && self.cell.is_none() && self.open_link.is_none() {
            let line = one_line(&std::mem::take(&mut self.text));
            if !line.is_empty() {
                if !self.goes_on {
                    self.separate();
                }
                self.push_text(&line);
                self.goes_on = true;
            }
        } else {
            self.text.push(' ');
        }
    }

    fn rule(&mut self) {
        self.flush();
        self.separate();
        self.lines.push("---".to_owned());
    }

    /// Ends the block of the moment: its line, and its links below it.
    fn flush(&mut self) {
        if self.table.is_some() {
            return;
        }
        self.end_link();
        let text = one_line(&std::mem::take(&mut self.text));
        let links = std::mem::take(&mut self.links);
        let goes_on = std::mem::take(&mut self.goes_on);
        let is_only_a_link = links.len() == 1 && links[0].label == text && !matches!(self.block, Block::Heading(_));
        if !text.is_empty() && !is_only_a_link {
            match self.block {
                Block::Heading(level) => {
                    self.separate();
                    let marks = "#".repeat(usize::from(level.min(3)));
                    self.lines.push(format!("{marks} {text}"));
                }
                Block::Item(number) => {
                    if !self.last_is_item() {
                        self.separate();
                    }
                    self.lines.push(match number {
                        Some(number) => format!("{number}. {text}"),
                        None => format!("* {text}"),
                    });
                    // Further paragraphs of the item are lines of their own.
                    self.block = Block::Text;
                }
                Block::Text => {
                    if !goes_on {
                        self.separate();
                    }
                    self.push_text(&text);
                }
            }
        } else if is_only_a_link && !self.lines.last().is_some_and(|line| line.starts_with("=> ")) && !self.last_is_item() {
            self.separate();
        }
        self.push_links(links);
    }

    fn push_links(&mut self, links: Vec<Link>) {
        let mut seen: Vec<String> = Vec::new();
        for Link { url, label } in links {
            let line = if label.is_empty() { format!("=> {url}") } else { format!("=> {url} {label}") };
            if !seen.contains(&line) {
                self.lines.push(line.clone());
                seen.push(line);
            }
        }
    }

    /// A line of text. What would make it a line of another kind is moved by a space.
    fn push_text(&mut self, text: &str) {
        let means_something = ["#", "* ", ">", "=>", "```"].iter().any(|mark| text.starts_with(mark));
        self.lines.push(if self.quotes > 0 {
            format!("> {text}")
        } else if means_something {
            format!(" {text}")
        } else {
            text.to_owned()
        });
    }

    fn last_is_item(&self) -> bool {
        let is_numbered = |line: &str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        !self.lists.is_empty()
            && self.lines.last().is_some_and(|line| line.starts_with("* ") || line.starts_with("=> ") || is_numbered(line))
    }

    /// An empty line, unless there is one or nothing is above it.
    fn separate(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn end_code(&mut self) {
        let Some(Code { language, text }) = self.code.take() else { return };
        let lines: Vec<String> = text.trim_matches(['\n', '\r']).lines().map(preformatted).collect();
        self.fenced(&language, &lines);
    }

    fn end_cell(&mut self) {
        if let (Some(is_heading), Some(table)) = (self.cell.take(), &mut self.table) {
            if let Some((url, begin)) = self.open_link.take() {
                self.links.push(Link { url, label: one_line(self.text.get(begin..).unwrap_or_default()) });
            }
            table.add(one_line(&std::mem::take(&mut self.text)), is_heading);
        }
    }

    fn end_table(&mut self) {
        self.end_cell();
        if let Some(table) = self.table.take() {
            self.open_link = None;
            self.text.clear();
            let lines: Vec<String> = table.lines().iter().map(|line| preformatted(line)).collect();
            if !lines.is_empty() {
                self.fenced("table", &lines);
            }
            let links = std::mem::take(&mut self.links);
            self.push_links(links);
        }
    }

    fn fenced(&mut self, label: &str, lines: &[String]) {
        self.separate();
        self.lines.push(format!("```{label}"));
        self.lines.extend_from_slice(lines);
        self.lines.push("```".to_owned());
    }
}

/// A line of preformatted text: no control characters, and nothing that ends it.
fn preformatted(line: &str) -> String {
    let line: String = line.replace('\t', "    ").chars().filter(|c| !c.is_control()).collect();
    if line.starts_with("```") { format!(" {line}") } else { line }
}
