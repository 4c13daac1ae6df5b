//! The plugin in a test host, over documents in memory.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use cms_plugin_editor::Editor;
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::{
    Access, Answer, Bytes, Content, ContentError, Document, Draft, Expected, Format, Page, Principal, Refusal, Revision, Route,
    StoreError, Stored, StoredEntry, http,
};

keyway::testing::conformance!(Editor, work: keyway_cms_sdk::testing::visit);

pub mod memory {
    //! Keeps documents in memory; the revision of one is its length.

    use super::*;

    /// The plugin.
    #[derive(Debug, Plugin)]
    #[plugin(
        provides(Content),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.memory"
        version = "1.0.0"
        host = "^0.1"
        [provides]
        "service.content" = { version = "1.0.0", exclusive = true }
    "#
    )]
    pub struct Memory(Mutex<BTreeMap<String, String>>);

    impl Lifecycle for Memory {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(Mutex::new(BTreeMap::from([("a.md".to_owned(), "# A\r\n\n</textarea><b>\n".to_owned())]))))
        }
    }

    impl Memory {
        fn current(&self, path: &str, expected: &Expected) -> Result<Option<Revision>, ContentError> {
            let current = self.0.lock().unwrap().get(path).map(|text| Revision::new(text.len().to_string()));
            if expected.allows(current.as_ref()) {
                return Ok(current);
            }
            Err(StoreError::Conflict { path: path.to_owned(), current }.into())
        }
    }

    impl Content for Memory {
        async fn list(&self) -> Result<Vec<StoredEntry>, ContentError> {
            let documents = self.0.lock().unwrap();
            let entry =
                |(path, text): (&String, &String)| StoredEntry { path: path.clone(), len: text.len() as u64, modified: None };
            Ok(documents.iter().map(entry).collect())
        }

        async fn get(&self, path: &str) -> Result<Stored, ContentError> {
            let documents = self.0.lock().unwrap();
            let text = documents.get(path).ok_or_else(|| StoreError::NotFound { path: path.to_owned() })?;
            let revision = Revision::new(text.len().to_string());
            Ok(Stored { path: path.to_owned(), body: Bytes::from(text.clone()), revision, modified: None })
        }

        async fn save(&self, draft: &Draft) -> Result<Revision, ContentError> {
            assert_eq!(draft.author.as_deref(), Some("ada"));
            match draft.text.as_str() {
                "mistake" => {
                    let problems = vec!["line 1: <no> title".to_owned(), "line 2: no text".to_owned()];
                    return Err(ContentError::Invalid { path: draft.path.clone(), problems });
                }
                "veto" => {
                    let refusal = Refusal::new("not on a <Sunday>");
                    return Err(ContentError::Refused { plugin: "test.sunday".to_owned(), refusal });
                }
                "broken" => return Err(ContentError::Failed("the disk is in the lake".to_owned())),
                _ => {}
            }
            self.current(&draft.path, &draft.expected)?;
            self.0.lock().unwrap().insert(draft.path.clone(), draft.text.clone());
            Ok(Revision::new(draft.text.len().to_string()))
        }

        async fn delete(&self, path: &str, expected: &Expected, author: Option<&str>) -> Result<(), ContentError> {
            assert_eq!(author, Some("ada"));
            self.current(path, expected)?;
            self.0.lock().unwrap().remove(path);
            Ok(())
        }

        async fn preview(&self, path: &str, text: &str) -> Result<Page, ContentError> {
            if text == "mistake" {
                return Err(ContentError::Invalid { path: path.to_owned(), problems: vec!["line 1: <no> title".to_owned()] });
            }
            let mut document = Document::new("/x", path, Format::Html, format!("<p>shown: {}</p>", text.len()));
            document.title = "A <title>".to_owned();
            Ok(Page::new(document))
        }
    }
}

async fn start() -> RunningTestHost {
    TestHost::new().plugin::<memory::Memory>().plugin::<Editor>().start().await.unwrap()
}

struct Reply {
    status: u16,
    location: String,
    body: String,
}

impl Reply {
    /// The value of a hidden field.
    fn field(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

async fn ask(host: &RunningTestHost, method: &str, path: &str, body: &str) -> Reply {
    let request = http::Request::builder().method(method).uri(path).header("content-type", "application/x-www-form-urlencoded");
    let mut request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    request.extensions_mut().insert(Principal::new("ada", "Ada").with_role("editor").with_csrf("t0ken"));
    let route = &host.extensions::<dyn Route>()[0];
    assert_eq!(route.access(&request).unwrap(), Access::role("editor"), "{path}");
    match route.handle(&request).await.unwrap().unwrap() {
        Answer::Response(response) => Reply {
            status: response.status().as_u16(),
            location: response.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned(),
            body: String::from_utf8(response.body().to_vec()).unwrap(),
        },
        Answer::View(view) => Reply { status: view.status.as_u16(), location: String::new(), body: view.content },
    }
}

#[tokio::test]
async fn a_document_is_shown_as_text_and_saved_as_typed() {
    let host = start().await;
    assert!(ask(&host, "GET", "/edit", "").await.body.contains("<a href=\"/edit/a.md\">a.md</a>"));
    let form = ask(&host, "GET", "/edit/a.md", "").await;
    assert!(form.body.contains("<textarea id=\"text\" name=\"text\" rows=\"24\" spellcheck=\"true\">\n# A\r\n\n&lt;/textarea&gt;&lt;b&gt;\n</textarea>"), "{}", form.body);
    assert_eq!((form.field("csrf").as_str(), form.field("revision").as_str()), ("t0ken", "21"));
    let saved = ask(&host, "POST", "/edit/a.md", "revision=21&text=one%0D%0Atwo&action=save").await;
    assert_eq!((saved.status, saved.location.as_str()), (303, "/edit/a.md?saved=1"));
    let form = ask(&host, "GET", "/edit/a.md?saved=1", "").await;
    assert!(form.body.contains("<a href=\"/a\">/a</a>") && form.body.contains("\none\ntwo</textarea>"), "{}", form.body);
}

#[tokio::test]
async fn a_new_document_has_a_title_and_is_never_another_one() {
    let host = start().await;
    let saved = ask(&host, "POST", "/edit/new", "path=b+c&title=Two%22&text=x").await;
    assert_eq!((saved.status, saved.location.as_str()), (303, "/edit/b%20c.md?saved=1"));
    let form = ask(&host, "GET", "/edit/b%20c.md", "").await;
    assert!(form.body.contains("\n+++\ntitle = &quot;Two\\&quot;&quot;\n+++\n\nx</textarea>"), "{}", form.body);
    let taken = ask(&host, "POST", "/edit/new", "path=a&title=Mine&text=y").await;
    assert_eq!(taken.status, 409);
    assert!(
        taken.body.contains("There is a document `a.md` already") && taken.body.contains("<a href=\"/edit/a.md\">"),
        "{}",
        taken.body
    );
    assert!(taken.body.contains("value=\"Mine\"") && taken.body.contains("\ny</textarea>"), "{}", taken.body);
    assert!(taken.body.contains("action=\"/edit/new\""), "saving once more does not replace it: {}", taken.body);
}

#[tokio::test]
async fn of_a_conflict_both_sides_are_shown_and_the_author_decides() {
    let host = start().await;
    ask(&host, "POST", "/edit/a.md", "revision=21&text=theirs&action=save").await;
    let conflict = ask(&host, "POST", "/edit/a.md", "revision=21&text=mine+too&action=save").await;
    assert_eq!(conflict.status, 409);
    assert!(
        conflict.body.contains("<code>theirs</code>") && conflict.body.contains("\nmine too</textarea>"),
        "{}",
        conflict.body
    );
    assert_eq!(conflict.field("revision"), "6", "that of what was shown");
    assert_eq!(ask(&host, "POST", "/edit/a.md", "revision=6&text=both&action=save").await.status, 303);

    let late = ask(&host, "POST", "/edit/a.md", "revision=6&action=delete-for-good").await;
    assert!(late.status == 409 && late.body.contains("\nboth</textarea>"), "{}", late.body);
    assert_eq!(ask(&host, "POST", "/edit/a.md", "revision=4&action=delete-for-good").await.location, "/edit?deleted=1");
    let gone = ask(&host, "POST", "/edit/a.md", "revision=4&text=again&action=save").await;
    assert!(
        gone.status == 409 && gone.body.contains("is not there any more") && gone.field("revision").is_empty(),
        "{}",
        gone.body
    );
    assert_eq!(ask(&host, "POST", "/edit/a.md", "revision=&text=again&action=save").await.status, 303);
}

#[tokio::test]
async fn whatever_goes_wrong_the_text_comes_back() {
    let host = start().await;
    for (text, status, told) in [
        ("mistake", 422, "<li>line 1: &lt;no&gt; title</li>\n<li>line 2: no text</li>"),
        ("veto", 422, "not on a &lt;Sunday&gt;"),
        ("broken", 503, "could not be done just now"),
    ] {
        for (path, fields) in [("/edit/a.md", "revision=21"), ("/edit/new", "path=n.md")] {
            let reply = ask(&host, "POST", path, &format!("{fields}&text={text}&action=save")).await;
            assert_eq!(reply.status, status, "{text}");
            assert!(reply.body.contains(told) && reply.body.contains(&format!("\n{text}</textarea>")), "{}", reply.body);
            assert!(!reply.body.contains("lake"), "what happened is for the log: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn previews_keep_nothing() {
    let host = start().await;
    let preview = ask(&host, "POST", "/edit/a.md", "revision=21&text=four&action=preview").await;
    assert!(
        preview.body.contains("<h1>A &lt;title&gt;</h1>\n<p>shown: 4</p>") && preview.body.contains("\nfour</textarea>"),
        "{}",
        preview.body
    );
    let live = ask(&host, "POST", "/edit/a.md", "text=fifth&action=live").await;
    assert!(live.status == 200 && live.body.contains("<p>shown: 5</p>") && !live.body.contains("<form"), "{}", live.body);
    let wrong = ask(&host, "POST", "/edit/a.md", "text=mistake&action=live").await;
    assert!(wrong.status == 422 && wrong.body.contains("&lt;no&gt;"), "{}", wrong.body);
    assert_eq!(ask(&host, "GET", "/edit/a.md", "").await.field("revision"), "21");
}

#[tokio::test]
async fn deleting_is_asked_for_twice() {
    let host = start().await;
    let question = ask(&host, "POST", "/edit/a.md", "revision=21&text=x&action=delete").await;
    assert!(question.status == 200 && question.body.contains("<h1>Delete a.md?</h1>") && question.field("revision") == "21");
    assert_eq!(ask(&host, "GET", "/edit/a.md", "").await.status, 200, "it is there still");
    ask(&host, "POST", "/edit/a.md", "revision=21&action=delete-for-good").await;
    let gone = ask(&host, "GET", "/edit/a.md", "").await;
    assert!(gone.status == 404 && gone.body.contains("<a href=\"/edit/new?path=a.md\">"), "{}", gone.body);
}
