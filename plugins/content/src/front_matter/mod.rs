//! Front matter: the YAML between two lines `---`, or the TOML between two lines `+++`, at the beginning of a file.

mod toml_table;
mod yaml_mapping;

/// What stands at the beginning of a text, and the rest.
#[derive(Debug)]
pub(crate) struct FrontMatter<'t> {
    /// The keys in the order of the file.
    pub(crate) entries: Vec<Entry>,
    /// The text below.
    pub(crate) body: &'t str,
    /// Why the front matter could not be read.
    pub(crate) problem: Option<Problem>,
}

/// One key with its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: Value,
    /// The line of the file, from 1.
    pub(crate) line: usize,
}

/// A value, as text: what it means is for its key to say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<String>),
    /// A table, or a list of more than texts.
    Nested,
}

/// A mistake in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line of the file, from 1.
    pub(crate) line: usize,
    /// A phrase that says what is wrong.
    pub(crate) message: String,
    /// What becomes of the page when it is served all the same, as a phrase.
    pub(crate) consequence: &'static str,
}

impl Problem {
    pub(crate) fn new(line: usize, message: impl Into<String>, consequence: &'static str) -> Self {
        Self { line, message: message.into(), consequence }
    }
}

impl std::fmt::Display for Problem {
    /// What is wrong and what is done about it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}; {}", self.message, self.consequence)
    }
}

/// What becomes of a page whose front matter cannot be used.
const SERVED_WITHOUT: &str = "the page is served without it";

/// More than this is no front matter but an attack on the parser.
const LARGEST: usize = 64 * 1024;

/// Takes the front matter off a text. The body is kept whatever is wrong above it.
pub(crate) fn split(text: &str) -> FrontMatter<'_> {
    let plain = FrontMatter { entries: Vec::new(), body: text, problem: None };
    let Some((first, below)) = text.split_once('\n') else { return plain };
    let (name, parse): (_, fn(&str) -> Parsed) = match first.trim_end() {
        "---" => ("YAML", yaml_mapping::parse),
        "+++" => ("TOML", toml_table::parse),
        _ => return plain,
    };
    let fence = first.trim_end();
    let Some((block, body)) = split_at_fence(below, fence) else {
        // A lone `---` is a rule in Markdown, so this may well be no front matter at all.
        let message = format!("the {name} front matter that begins here has no closing `{fence}`");
        return FrontMatter { problem: Some(Problem::new(1, message, "the file is taken as plain text")), ..plain };
    };
    if block.len() > LARGEST {
        let message = format!("the front matter has more than {} KiB", LARGEST / 1024);
        return FrontMatter { body, problem: Some(Problem::new(1, message, SERVED_WITHOUT)), ..plain };
    }
    match parse(block) {
        Ok(entries) => {
            // Parsers count from the first line of the block, which is the second of the file.
            let entries = entries.into_iter().map(|entry| Entry { line: entry.line + 1, ..entry }).collect();
            FrontMatter { entries, body, problem: None }
        }
        Err(Problem { line, message, .. }) => {
            let message = format!("the front matter is no valid {name}: {message}");
            FrontMatter { entries: Vec::new(), body, problem: Some(Problem::new(line + 1, message, SERVED_WITHOUT)) }
        }
    }
}

/// What a parser makes of a block; lines count from 1 at its beginning.
type Parsed = Result<Vec<Entry>, Problem>;

/// Divides at the first line that is the fence; a YAML block may also end with `...`.
fn split_at_fence<'t>(text: &'t str, fence: &str) -> Option<(&'t str, &'t str)> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        if content == fence || (fence == "---" && content == "...") {
            return Some((&text[..offset], &text[offset + line.len()..]));
        }
        offset += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    fn pairs(text: &str) -> Vec<(String, Value, usize)> {
        let matter = split(text);
        assert_eq!(matter.problem, None);
        matter.entries.into_iter().map(|entry| (entry.key, entry.value, entry.line)).collect()
    }

    #[test]
    fn yaml_and_toml_say_the_same() {
        let list = || Value::List(vec!["a".to_owned(), "b c".to_owned()]);
        let expected = |lines: [usize; 6]| {
            vec![
                ("title".to_owned(), text("Hello: world"), lines[0]),
                ("order".to_owned(), text("-3"), lines[1]),
                ("draft".to_owned(), text("true"), lines[2]),
                ("date".to_owned(), text("2026-05-01"), lines[3]),
                ("tags".to_owned(), list(), lines[4]),
                ("menu".to_owned(), Value::Nested, lines[5]),
            ]
        };
        let yaml = "---\ntitle: \"Hello: world\"\norder: -3\ndraft: true\ndate: 2026-05-01\ntags:\n  - a\n  - b c\nmenu: { main: {} }\n---\nBody\n";
        assert_eq!(pairs(yaml), expected([2, 3, 4, 5, 6, 9]));
        assert_eq!(split(yaml).body, "Body\n");
        let toml = "+++\ntitle = \"Hello: world\"\norder = -3\ndraft = true\ndate = 2026-05-01\ntags = [\"a\", \"b c\"]\n[menu]\nmain = {}\n+++\nBody\n";
        assert_eq!(pairs(toml), expected([2, 3, 4, 5, 6, 7]));
        assert_eq!(split(toml).body, "Body\n");
    }

    #[test]
    fn a_text_without_front_matter_is_left_alone() {
        for plain in ["", "---", "# Title\n---\nx: y\n---\n", "text"] {
            let matter = split(plain);
            assert_eq!((matter.body, matter.entries.len(), matter.problem), (plain, 0, None), "{plain}");
        }
    }

    #[test]
    fn windows_line_ends_and_an_empty_block() {
        let matter = split("---\r\ntitle: A\r\n---\r\nBody");
        assert_eq!((matter.body, matter.entries.len()), ("Body", 1));
        let matter = split("---\n---\nBody");
        assert_eq!((matter.body, matter.entries.len(), matter.problem), ("Body", 0, None));
        let matter = split("+++\n+++\nBody");
        assert_eq!((matter.body, matter.entries.len(), matter.problem), ("Body", 0, None));
    }

    #[test]
    fn broken_yaml_keeps_the_body_and_names_the_line() {
        let matter = split("---\ntitle: A\ntags: [a, b\n---\nBody");
        assert_eq!(matter.body, "Body");
        let problem = matter.problem.unwrap();
        assert!((3..=4).contains(&problem.line), "{problem:?}");
        assert!(problem.message.starts_with("the front matter is no valid YAML: "), "{problem:?}");
        assert!(problem.to_string().ends_with("; the page is served without it"), "{problem:?}");
    }

    #[test]
    fn broken_toml_keeps_the_body_and_names_the_line() {
        let matter = split("+++\ntitle = \"A\"\norder = \n+++\nBody");
        assert_eq!(matter.body, "Body");
        let problem = matter.problem.unwrap();
        assert_eq!(problem.line, 3, "{problem:?}");
        assert!(!problem.message.contains('\n'), "{problem:?}");
    }

    #[test]
    fn a_missing_end_leaves_the_text_whole() {
        let text = "---\ntitle: A\n\nBody";
        let matter = split(text);
        assert_eq!(matter.body, text);
        assert_eq!(matter.problem.unwrap().line, 1);
    }

    #[test]
    fn yaml_that_would_grow_is_refused() {
        let bomb = "---\na: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n---\nBody";
        let problem = split(bomb).problem.unwrap();
        assert_eq!(problem.line, 3);
        assert!(problem.message.contains("alias"), "{problem:?}");
    }

    #[test]
    fn nothing_makes_it_hang_or_panic() {
        for opener in ["[", "{", "- ", "? ", "&a ", "!x ", "\"", "|\n"] {
            for fence in ["---", "+++"] {
                let text = format!("{fence}\n{}\n{fence}\nBody", opener.repeat(20_000));
                assert_eq!(split(&text).body, "Body");
            }
        }
    }
}
