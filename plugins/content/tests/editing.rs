//! The service `service.content`: what is checked, who is asked, what is told.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::{Arc, Mutex};

use cms_plugin_content::Content;
use cms_plugin_storage_files::StorageFiles;
use keyway::event::Delivery;
use keyway::host::Subscribed;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::event::ContentChanged;
use keyway_cms_sdk::{ContentError, ContentGuard, Draft, Expected, Format, Revision, StoreError};

#[expect(unreachable_pub, reason = "a plugin is `pub`")]
mod house_rules {
    use std::sync::Mutex;

    use keyway::prelude::*;
    use keyway_cms_sdk::{
        AfterDelete, AfterInsert, AfterUpdate, BeforeDelete, BeforeInsert, BeforeUpdate, Change, CmsError, Document, Format,
        Heading, Processed, Processor, Refusal, Stored,
    };

    /// Refuses what says `no`, writes down what was done, and makes capitals of documents.
    #[derive(Debug, Plugin)]
    #[plugin(
        provides(BeforeInsert, BeforeUpdate, BeforeDelete, AfterInsert, AfterUpdate, AfterDelete, Processor),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.house-rules"
        version = "1.0.0"
        host = "^0.1"
    "#
    )]
    pub struct HouseRules;

    /// What was done, by all hosts of one test program; each test looks for its own paths.
    pub static DONE: Mutex<Vec<String>> = Mutex::new(Vec::new());

    impl Lifecycle for HouseRules {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    fn judge(text: &[u8]) -> Result<(), Refusal> {
        assert!(!text.starts_with(b"panic"), "a hook that panics");
        if text.starts_with(b"no") { Err(Refusal::new("this house says no to `no`")) } else { Ok(()) }
    }

    fn done(what: &str) {
        DONE.lock().unwrap().push(what.to_owned());
    }

    impl BeforeInsert for HouseRules {
        async fn before_insert(&self, change: &Change) -> Result<(), Refusal> {
            assert_eq!(change.revision, None, "it is not written yet");
            judge(&change.body)
        }
    }

    impl BeforeUpdate for HouseRules {
        async fn before_update(&self, former: &Stored, change: &Change) -> Result<(), Refusal> {
            assert_eq!(former.path, change.path);
            judge(&change.body)
        }
    }

    impl BeforeDelete for HouseRules {
        async fn before_delete(&self, document: &Stored, author: Option<&str>) -> Result<(), Refusal> {
            if author.is_none() { Err(Refusal::new(format!("nobody deletes {}", document.path))) } else { Ok(()) }
        }
    }

    impl AfterInsert for HouseRules {
        async fn after_insert(&self, change: &Change) {
            let by = change.author.as_deref().unwrap_or("nobody");
            done(&format!("{} made by {by}: {}", change.path, change.revision.is_some()));
        }
    }

    impl AfterUpdate for HouseRules {
        async fn after_update(&self, former: &Stored, change: &Change) {
            done(&format!("{} was {} bytes and is {}", change.path, former.body.len(), change.body.len()));
        }
    }

    impl AfterDelete for HouseRules {
        async fn after_delete(&self, document: &Stored, author: Option<&str>) {
            done(&format!("{} deleted by {}", document.path, author.unwrap_or_default()));
        }
    }

    impl Processor for HouseRules {
        fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError> {
            match document.content.trim() {
                "raw" => Ok(None),
                "fail" => Err(CmsError::message("it does not like this")),
                text => Ok(Some(Processed {
                    content: format!("<p>{}</p>", text.to_uppercase()),
                    format: Format::Html,
                    headings: Some(vec![Heading { level: 2, id: "a".to_owned(), text: "A".to_owned() }]),
                })),
            }
        }
    }
}

use house_rules::{DONE, HouseRules};

/// A host with a folder that may be changed, and what it told of changes.
struct Editing {
    host: RunningTestHost,
    told: Arc<Mutex<Vec<String>>>,
    _subscribed: Subscribed,
}

impl Editing {
    async fn begin() -> Self {
        let host = TestHost::new()
            .plugin::<StorageFiles>()
            .config("writable = true")
            .plugin::<Content>()
            .plugin::<HouseRules>()
            .text("content/guide/index.md", "# Guide\n")
            .text("content/logo.svg", "<svg/>")
            .start()
            .await
            .unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&told);
        let subscribed = host.subscribe::<ContentChanged>(Delivery::Sync, move |event| {
            log.lock().unwrap().extend(event.paths.iter().cloned());
        });
        Self { host, told, _subscribed: subscribed.unwrap() }
    }

    fn content(&self) -> ContentGuard {
        ContentGuard::clone(&self.host.extensions::<dyn keyway_cms_sdk::Content>()[0])
    }

    async fn save(&self, path: &str, text: &str, expected: Expected) -> Result<Revision, ContentError> {
        let (path, text, author) = (path.to_owned(), text.to_owned(), Some("ada".to_owned()));
        self.content().save(&Draft { path, text, expected, author }).await
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

fn done(path: &str) -> Vec<String> {
    DONE.lock().unwrap().iter().filter(|line| line.starts_with(path)).cloned().collect()
}

#[tokio::test]
async fn a_document_is_made_changed_and_deleted() {
    let editing = Editing::begin().await;
    let content = editing.content();
    let first = editing.save("life.md", "# One\n", Expected::Absent).await.unwrap();
    assert_eq!(editing.host.text("content/life.md"), "# One\n");
    assert_eq!(content.get("life.md").await.unwrap().revision, first);
    let second = editing.save("life.md", "# Second\n", Expected::Revision(first)).await.unwrap();
    let paths: Vec<String> = content.list().await.unwrap().into_iter().map(|entry| entry.path).collect();
    assert_eq!(paths, ["guide/index.md", "life.md"], "documents and no other files");
    content.delete("life.md", &Expected::Revision(second), Some("bob")).await.unwrap();
    assert!(matches!(content.get("life.md").await, Err(ContentError::Store(StoreError::NotFound { .. }))));
    assert_eq!(done("life.md"), ["life.md made by ada: true", "life.md was 6 bytes and is 9", "life.md deleted by bob"]);
    assert_eq!(editing.told(), ["life.md", "life.md", "life.md"]);
}

#[tokio::test]
async fn the_second_of_two_editors_is_told() {
    let editing = Editing::begin().await;
    let seen = editing.save("two.md", "both see this", Expected::Absent).await.unwrap();
    let ada = editing.save("two.md", "by ada", Expected::Revision(seen.clone())).await.unwrap();
    for expected in [Expected::Revision(seen.clone()), Expected::Absent] {
        let bob = editing.save("two.md", "by bob", expected.clone()).await;
        assert!(matches!(&bob, Err(ContentError::Store(StoreError::Conflict { current, .. })) if current.as_ref() == Some(&ada)));
        let bob = editing.content().delete("two.md", &expected, Some("bob")).await;
        assert!(matches!(&bob, Err(ContentError::Store(StoreError::Conflict { current, .. })) if current.as_ref() == Some(&ada)));
    }
    editing.save("two.md", "by bob, who has looked", Expected::Anything).await.unwrap();
    editing.content().delete("two.md", &Expected::Anything, Some("bob")).await.unwrap();
    let late = editing.save("two.md", "by ada", Expected::Revision(ada)).await;
    assert!(matches!(late, Err(ContentError::Store(StoreError::Conflict { current: None, .. }))), "{late:?}");
    assert_eq!(editing.told().len(), 4, "what was refused is not told");
}

#[tokio::test]
async fn a_plugin_that_objects_is_heard() {
    let editing = Editing::begin().await;
    editing.save("veto.md", "yes", Expected::Absent).await.unwrap();
    for (path, text) in [("veto.md", "no"), ("veto-new.md", "no")] {
        match editing.save(path, text, Expected::Anything).await {
            Err(ContentError::Refused { plugin, refusal }) => {
                assert_eq!((plugin.as_str(), refusal.reason()), ("test.house-rules", "this house says no to `no`"));
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    match editing.content().delete("veto.md", &Expected::Anything, None).await {
        Err(ContentError::Refused { refusal, .. }) => assert_eq!(refusal.reason(), "nobody deletes veto.md"),
        other => panic!("{other:?}"),
    }
    match editing.save("veto.md", "panic", Expected::Anything).await {
        Err(ContentError::Refused { refusal, .. }) => assert!(refusal.call().is_some(), "a hook that fails objects"),
        other => panic!("{other:?}"),
    }
    assert_eq!(editing.host.text("content/veto.md"), "yes");
    assert_eq!((done("veto").len(), editing.told().len()), (1, 1), "nothing else was done or told");
}

#[tokio::test]
async fn what_is_no_page_is_not_kept() {
    let editing = Editing::begin().await;
    let invalid = editing.save("bad.md", "---\norder: first\ndate: soon\n---\n", Expected::Absent).await.unwrap_err();
    assert_eq!(
        invalid.to_string(),
        "`bad.md` cannot be kept: line 2: `order` is not a whole number; line 3: `date` is not a date such as \
         `2026-05-01` or a time such as `2026-05-01T12:00:00Z`"
    );
    for path in ["logo.svg", "notes", "../x.md", ".hidden.md", "a//b.md"] {
        for error in [
            editing.save(path, "text", Expected::Anything).await.map(drop).unwrap_err(),
            editing.content().get(path).await.map(drop).unwrap_err(),
            editing.content().delete(path, &Expected::Anything, Some("ada")).await.unwrap_err(),
            editing.content().preview(path, "text").await.map(drop).unwrap_err(),
        ] {
            assert!(matches!(error, ContentError::Store(StoreError::InvalidPath { .. })), "{path}: {error:?}");
        }
    }
    let odd = editing.save("why?.md", "text", Expected::Anything).await.unwrap_err();
    assert!(matches!(odd, ContentError::Store(StoreError::InvalidPath { .. })), "{odd:?}");
    for path in ["guide.md", "guide/README.md"] {
        let twice = editing.save(path, "text", Expected::Absent).await.unwrap_err().to_string();
        assert_eq!(twice, format!("`{path}` cannot be kept: `guide/index.md` is the page `/guide` already"));
    }
    assert_eq!(editing.content().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_preview_is_the_page_and_keeps_nothing() {
    let editing = Editing::begin().await;
    let page = editing.content().preview("a/new.md", "---\ntitle: New\ndraft: true\n---\nwords\n").await.unwrap();
    assert_eq!((page.document.path.as_str(), page.document.title.as_str()), ("/a/new", "New"));
    assert_eq!((page.document.content.as_str(), page.document.format), ("<p>WORDS</p>", Format::Html));
    assert_eq!(page.headings.len(), 1);
    let untouched = editing.content().preview("a/new.md", "raw").await.unwrap();
    assert_eq!((untouched.document.content.as_str(), untouched.document.format), ("<pre>raw</pre>\n", Format::Html));
    let failed = editing.content().preview("a/new.md", "fail").await.unwrap_err().to_string();
    assert_eq!(failed, "`test.house-rules` could not process it: it does not like this");
    assert!(matches!(editing.content().preview("a/new.md", "---\ndate: x\n---\n").await, Err(ContentError::Invalid { .. })));
    assert!(editing.told().is_empty());
    assert_eq!(editing.content().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn while_the_store_is_away_it_is_said() {
    let host = TestHost::new().plugin::<Content>().start().await.unwrap();
    let content = ContentGuard::clone(&host.extensions::<dyn keyway_cms_sdk::Content>()[0]);
    let error = content.get("a.md").await.unwrap_err().to_string();
    assert!(error.contains("KW0640") && error.contains("service.store"), "{error}");
}
