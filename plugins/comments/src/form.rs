//! The form below a page: what it looks like, what it sends, and what may be wrong with that.

use std::fmt;

use keyway_cms_sdk::answer::escape;

use crate::comment::LONGEST_AUTHOR;

/// What a visitor has sent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) page: String,
    pub(crate) author: String,
    pub(crate) text: String,
    pub(crate) token: String,
    /// What stands in the field that people do not see.
    pub(crate) trap: String,
}

/// Why a form cannot be taken, in words for the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mistake {
    NoAuthor,
    LongAuthor,
    NoText,
    LongText { length: usize, limit: usize },
}

impl Form {
    /// Reads the body of a form. Line breaks become those of this system, and what surrounds a text is taken off.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match name.as_ref() {
                "page" => form.page = value.into_owned(),
                "author" => form.author = one_line(&value),
                "text" => form.text = printable(&value),
                "token" => form.token = value.into_owned(),
                "homepage" => form.trap = value.into_owned(),
                _ => {}
            }
        }
        form
    }

    /// Whether name and text can be kept.
    pub(crate) fn check(&self, limit: usize) -> Result<(), Mistake> {
        let length = self.text.chars().count();
        match () {
            () if self.author.is_empty() => Err(Mistake::NoAuthor),
            () if self.author.chars().count() > LONGEST_AUTHOR => Err(Mistake::LongAuthor),
            () if self.text.is_empty() => Err(Mistake::NoText),
            () if length > limit => Err(Mistake::LongText { length, limit }),
            () => Ok(()),
        }
    }

    /// The form as HTML, with what the visitor has written so far and, if there is one, the reason why it was not taken.
    pub(crate) fn markup(&self, token: &str, max_length: usize, moderated: bool, reason: Option<&str>) -> String {
        let alert =
            reason.map_or_else(String::new, |reason| format!("<p class=\"problem\" role=\"alert\">{}</p>\n", escape(reason)));
        let later = if moderated { " A moderator reads it before others see it." } else { "" };
        let (page, author, text) = (escape(&self.page), escape(&self.author), escape(&self.text));
        // The line break behind the opening tag of a text area is not part of its content, but one that was written is.
        format!(
            "<form class=\"comment-form\" id=\"comment-form\" method=\"post\" action=\"/comments\">\n{alert}\
             <input type=\"hidden\" name=\"page\" value=\"{page}\">\n\
             <input type=\"hidden\" name=\"token\" value=\"{token}\">\n\
             <p class=\"comment-trap\" aria-hidden=\"true\"><label for=\"comment-homepage\">Leave this empty</label> \
             <input id=\"comment-homepage\" name=\"homepage\" tabindex=\"-1\" autocomplete=\"off\"></p>\n\
             <p><label for=\"comment-author\">Name</label>\n\
             <input id=\"comment-author\" name=\"author\" required maxlength=\"{LONGEST_AUTHOR}\" autocomplete=\"name\" value=\"{author}\"></p>\n\
             <p><label for=\"comment-text\">Comment</label>\n\
             <textarea id=\"comment-text\" name=\"text\" required maxlength=\"{max_length}\" rows=\"6\" aria-describedby=\"comment-hint\">\n{text}</textarea></p>\n\
             <p id=\"comment-hint\" class=\"comment-hint\">Plain text; an empty line begins a new paragraph.{later}</p>\n\
             <p><button>Send</button></p>\n</form>\n"
        )
    }
}

/// A name without line breaks and other characters that do not show.
fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|character: char| character.is_control() || character.is_whitespace() || turns(character)).collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text with line breaks and tabs, but without other characters that do not show.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String =
        text.chars().filter(|character| (!character.is_control() || "\n\t".contains(*character)) && !turns(*character)).collect();
    kept.trim().to_owned()
}

/// Whether a character turns the direction of what follows, so that a text shows as another than it is.
const fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthor => formatter.write_str("Please write a name above your comment."),
            Self::LongAuthor => write!(formatter, "The name is too long: please use {LONGEST_AUTHOR} characters at most."),
            Self::NoText => formatter.write_str("The comment is empty."),
            Self::LongText { length, limit } => {
                write!(formatter, "The comment has {length} characters: please use {limit} at most.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_and_cleaned() {
        let form = Form::parse(
            b"page=%2Fa&author=+Ada%0D%0ALovelace%00+&text=%0D%0Aone%0D%0Atwo%07%E2%80%AE%0D%0A&token=1.x&homepage=spam&other=1",
        );
        assert_eq!(
            form,
            Form {
                page: "/a".to_owned(),
                author: "Ada Lovelace".to_owned(),
                text: "one\ntwo".to_owned(),
                token: "1.x".to_owned(),
                trap: "spam".to_owned(),
            }
        );
        assert_eq!(Form::parse(b""), Form::default());
    }

    #[test]
    fn what_is_missing_or_too_long_is_said() {
        let form = |author: &str, text: &str| Form { author: author.to_owned(), text: text.to_owned(), ..Form::default() };
        assert_eq!(form("Ada", "é".repeat(5).as_str()).check(5), Ok(()));
        assert_eq!(form("", "x").check(5), Err(Mistake::NoAuthor));
        assert_eq!(form(&"x".repeat(81), "x").check(5), Err(Mistake::LongAuthor));
        assert_eq!(form("Ada", "").check(5), Err(Mistake::NoText));
        let error = form("Ada", "123456").check(5).unwrap_err().to_string();
        assert_eq!(error, "The comment has 6 characters: please use 5 at most.");
    }

    #[test]
    fn what_was_written_is_shown_again_escaped() {
        let form = Form { author: "\"><b>".to_owned(), text: "</textarea><script>".to_owned(), ..Form::default() };
        let html = form.markup("1.ab", 100, true, Some("<no>"));
        assert!(
            html.contains("value=\"&quot;&gt;&lt;b&gt;\"") && html.contains("&lt;/textarea&gt;&lt;script&gt;</textarea>"),
            "{html}"
        );
        assert!(html.contains("role=\"alert\">&lt;no&gt;</p>") && html.contains("A moderator reads it"), "{html}");
    }
}
