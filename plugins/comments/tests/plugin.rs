//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cms_plugin_comments::Comments;
use keyway::event::Delivery;
use keyway::testing::{RunningTestHost, TestClock, TestHost};
use keyway_cms_sdk::event::{CommentDecided, CommentPosted, ContentChanged};
use keyway_cms_sdk::{
    AdminPanel, Answer, Bytes, ClientAddress, Document, Format, Method, Page, Principal, Request, Route, Site, SiteListener,
    StatusCode, Template, View, header, http,
};

keyway::testing::conformance!(Comments, work: keyway_cms_sdk::testing::visit);

/// Objects to rude words.
#[expect(unreachable_pub, reason = "a plugin is `pub`, so that a host can name it")]
mod polite {
    use keyway::prelude::*;
    use keyway_cms_sdk::{BeforeComment, CommentDraft, Refusal};

    #[derive(Plugin)]
    #[plugin(
        provides(BeforeComment),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.polite"
        version = "1.0.0"
        host = "^0.1"
    "#
    )]
    pub struct Polite;

    impl Lifecycle for Polite {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl BeforeComment for Polite {
        async fn before_comment(&self, comment: &CommentDraft) -> Result<(), Refusal> {
            assert!(!comment.text.contains("crash"), "the filter crashes");
            if comment.text.contains("rude") { Err(Refusal::new("Be <polite>.")) } else { Ok(()) }
        }
    }
}

/// Knows of one document only.
#[expect(unreachable_pub, reason = "a plugin is `pub`, so that a host can name it")]
mod library {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Content, ContentError, Draft, Expected, Page, Revision, StoreError, Stored, StoredEntry};

    #[derive(Plugin)]
    #[plugin(
        provides(Content),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.library"
        version = "1.0.0"
        host = "^0.1"
        [provides]
        "service.content" = "1.0.0"
    "#
    )]
    pub struct Library;

    impl Lifecycle for Library {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Content for Library {
        async fn get(&self, path: &str) -> Result<Stored, ContentError> {
            match path {
                "about.md" => Ok(Stored {
                    path: path.to_owned(),
                    body: keyway_cms_sdk::Bytes::new(),
                    revision: Revision::new("1"),
                    modified: None,
                }),
                _ => Err(StoreError::NotFound { path: path.to_owned() }.into()),
            }
        }
        async fn list(&self) -> Result<Vec<StoredEntry>, ContentError> {
            unreachable!("nobody asks for a list")
        }
        async fn save(&self, _: &Draft) -> Result<Revision, ContentError> {
            unreachable!("nobody saves")
        }
        async fn delete(&self, _: &str, _: &Expected, _: Option<&str>) -> Result<(), ContentError> {
            unreachable!("nobody deletes")
        }
        async fn preview(&self, _: &str, _: &str) -> Result<Page, ContentError> {
            unreachable!("nobody asks for a preview")
        }
    }
}

/// A running plugin and the site that it was shown: `/about`, `/gone`, and `/closed`, which takes no comments.
struct World {
    host: RunningTestHost,
    site: Arc<Site>,
    clock: TestClock,
}

impl World {
    async fn new(config: &str) -> Self {
        let clock = TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        let host = TestHost::new().plugin::<Comments>().config(config).plugin::<polite::Polite>().plugin::<library::Library>();
        let host = host.clock(&clock).start().await.unwrap();
        let page = |path: &str| Document::new(path, "content/page.md", Format::Html, "");
        let mut closed = page("/closed");
        closed.extra.insert("comments".to_owned(), "false".to_owned());
        let pages = [page("/about"), page("/gone"), closed].map(Page::new);
        let site = Arc::new(Site::new("Test", "https://example.org", pages.to_vec()).0);
        host.extensions::<dyn SiteListener>()[0].site_built(Arc::clone(&site)).await;
        Self { host, site, clock }
    }

    /// What stands below a page.
    async fn below(&self, path: &str) -> String {
        let extras = self.host.extensions::<dyn Template>()[0].extend(&View::new(path, path, ""), &self.site).await;
        extras.iter().map(|extra| extra.markup.as_str()).collect()
    }

    async fn send(&self, method: Method, path: &str, body: String) -> (StatusCode, String, String) {
        let mut request = http::Request::builder().method(method).uri(path).body(Bytes::from(body)).unwrap();
        request.extensions_mut().insert(ClientAddress(IpAddr::from([192, 0, 2, 1])));
        match self.host.extensions::<dyn Route>()[0].handle(&request).await.unwrap() {
            Some(Answer::View(view)) => (view.status, view.content, String::new()),
            Some(Answer::Response(response)) => {
                let location = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
                (response.status(), String::new(), location)
            }
            None => panic!("nobody answers {path}"),
        }
    }

    /// Opens a page, waits as long as it takes to write, and sends the form.
    async fn comment(&self, page: &str, text: &str) -> (StatusCode, String, String) {
        let form = self.below(page).await;
        self.clock.advance(Duration::from_secs(20));
        self.post(page, text, &token(&form)).await
    }

    async fn post(&self, page: &str, text: &str, token: &str) -> (StatusCode, String, String) {
        let fields = [("page", page), ("author", "Ada <3"), ("text", text), ("token", token)];
        self.send(Method::POST, "/comments", form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()).await
    }

    /// The list for moderators.
    async fn list(&self, show: &str) -> String {
        self.send(Method::GET, &format!("/comments/moderate?show={show}"), String::new()).await.1
    }

    /// Checks every comment of a list and presses a button.
    async fn decide(&self, show: &str, decision: &str) -> StatusCode {
        let list = self.list(show).await;
        let ids = list.split("name=\"id\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let body = ids.fold(format!("do={decision}"), |body, id| format!("{body}&id={id}"));
        self.send(Method::POST, "/comments/moderate", body).await.0
    }

    fn panel(&self) -> String {
        self.host.extensions::<dyn AdminPanel>()[0].panel().unwrap().title
    }
}

/// The token in a form.
fn token(form: &str) -> String {
    form.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form").to_owned()
}

#[tokio::test]
async fn a_comment_waits_for_a_moderator() {
    let world = World::new("").await;
    let posted = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&posted);
    let watching = world.host.subscribe::<CommentPosted>(Delivery::Sync, move |event| seen.lock().unwrap().push(event.clone()));
    let _watching = watching.unwrap();
    assert!(world.below("/about").await.contains("No comments yet"));
    let (status, _, location) = world.comment("/about", "See https://a.example\n\n<b>bye</b>").await;
    assert_eq!((status, location.as_str()), (StatusCode::SEE_OTHER, "/comments/thanks?page=%2Fabout"));
    let thanks = world.send(Method::GET, &location, String::new()).await.1;
    assert!(thanks.contains("as soon as a moderator") && thanks.contains("href=\"/about\""), "{thanks}");
    {
        let posted = posted.lock().unwrap();
        assert!(posted.len() == 1 && posted[0].page == "/about" && posted[0].author == "Ada <3" && posted[0].is_held);
    }

    assert!(world.below("/about").await.contains("No comments yet"), "nobody has read it");
    assert_eq!(world.panel(), "Comments (1 waiting)");
    let list = world.list("waiting").await;
    assert!(list.contains("Ada &lt;3") && list.contains("waiting (1)"), "{list}");
    assert_eq!(world.decide("waiting", "show").await, StatusCode::SEE_OTHER);
    let below = world.below("/about").await;
    assert!(
        below.contains("1 comment<") && below.contains("Ada &lt;3") && below.contains("<p>&lt;b&gt;bye&lt;/b&gt;</p>"),
        "{below}"
    );
    assert!(
        below.contains("<a href=\"https://a.example\" rel=\"nofollow ugc\">") && below.contains("datetime=\"2023-11-14T"),
        "{below}"
    );
    assert_eq!(world.panel(), "Comments (0 waiting)");
    assert!(!world.below("/gone").await.contains("Ada"));

    assert_eq!(world.decide("shown", "spam").await, StatusCode::SEE_OTHER);
    assert!(!world.below("/about").await.contains("Ada") && world.list("spam").await.contains("Ada"));
    assert_eq!(world.decide("spam", "delete").await, StatusCode::SEE_OTHER);
    assert!(world.list("spam").await.contains("nothing here"));
    assert_eq!(world.decide("spam", "delete").await, StatusCode::UNPROCESSABLE_ENTITY, "nothing is checked");
    assert!(world.host.stop().await.is_clean());
}

#[tokio::test]
async fn without_moderation_a_comment_is_shown_at_once_and_once() {
    let world = World::new("moderate = false").await;
    for _ in 0..2 {
        let (status, _, location) = world.comment("/about", "hello").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(location.starts_with("/about#comment-") || location.starts_with("/comments/thanks"), "{location}");
    }
    assert!(world.below("/about").await.contains("1 comment<"), "the second one is the first again");
}

#[tokio::test]
async fn what_is_wrong_comes_back_with_what_was_written() {
    let world = World::new("max-length = 30\nper-hour = 2\npaths = [\"/about\", \"/closed\"]").await;
    let (status, form, _) = world.comment("/about", &"long ".repeat(10)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(form.contains("The comment has 49 characters") && form.contains("long long") && form.contains("Ada &lt;3"), "{form}");

    // The form that comes back carries a new token: sent at once it is too fast, and later it is taken.
    let (status, form, _) = world.post("/about", "quick", &token(&form)).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && form.contains("very fast") && form.contains("quick"), "{form}");
    assert!(world.post("/about", "x", "1.00").await.1.contains("out of date"));
    let (status, form, _) = world.comment("/about", "rude").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && form.contains("Be &lt;polite&gt;."), "{form}");
    let (status, form, _) = world.comment("/about", "crash").await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && form.contains("could not be checked"), "{form}");
    assert_eq!(world.comment("/about", "more").await.0, StatusCode::TOO_MANY_REQUESTS);

    for page in ["/closed", "/gone", "/nowhere"] {
        assert!(!world.below(page).await.contains("<form"), "{page}");
        assert_eq!(world.post(page, "x", "").await.0, StatusCode::NOT_FOUND, "{page}");
    }
    assert!(world.list("waiting").await.contains("nothing here"), "nothing of it was kept");
}

#[tokio::test]
async fn a_program_that_fills_in_everything_learns_nothing() {
    let world = World::new("").await;
    let body = "page=/about&author=x&text=x&homepage=http://spam.example".to_owned();
    assert_eq!(world.send(Method::POST, "/comments", body).await.0, StatusCode::SEE_OTHER);
    assert!(world.list("waiting").await.contains("nothing here"));
}

#[tokio::test]
async fn comments_go_with_their_page_and_not_with_a_draft() {
    let world = World::new("moderate = false").await;
    world.comment("/about", "stays").await;
    world.comment("/gone", "goes").await;
    let publisher = world.host.publisher::<ContentChanged>().unwrap();
    publisher.publish(ContentChanged { paths: vec!["about.md".to_owned(), "gone.md".to_owned(), "a.png".to_owned()] }).await;
    while world.list("shown").await.contains("goes") {
        tokio::task::yield_now().await;
    }
    assert!(world.below("/about").await.contains("stays"));
}

#[tokio::test]
async fn moderation_is_for_editors_and_of_their_session() {
    let world = World::new("").await;
    let request = |path: &str| http::Request::post(path).body(Bytes::from_static(b"do=show&id=1")).unwrap();
    let routes = world.host.extensions::<dyn Route>();
    let access = routes[0].access(&request("/comments/moderate")).unwrap();
    assert!(!access.admits(&Principal::new("1", "Ada")) && access.admits(&Principal::new("1", "Ada").with_role("editor")));
    assert!(routes[0].access(&request("/comments")).unwrap().admits(&Principal::new("1", "Ada")));

    let mut request: Request = request("/admin/comments");
    request.extensions_mut().insert(Principal::new("1", "Ada").with_csrf("secret"));
    let panel = &world.host.extensions::<dyn AdminPanel>()[0];
    assert!(panel.submit(&request).await.unwrap_err().reason().contains("another session"));
    let decided = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&decided);
    let watching = world.host.subscribe::<CommentDecided>(Delivery::Sync, move |event| seen.lock().unwrap().push(event.clone()));
    let _watching = watching.unwrap();
    *request.body_mut() = Bytes::from_static(b"do=show&id=1&csrf=secret");
    panel.submit(&request).await.unwrap();
    let expected = CommentDecided { ids: vec!["1".to_owned()], decision: "show", moderator: Some("1".to_owned()) };
    assert_eq!(*decided.lock().unwrap(), [expected], "and it is told who decided");
}

#[tokio::test]
async fn settings_that_make_no_sense_stop_the_start() {
    for (config, named) in
        [("paths = [\"blog\"]", "`blog`"), ("max-length = 0", "`max-length`"), ("moderated = true", "moderated")]
    {
        let error = TestHost::new().plugin::<Comments>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.comments") && error.contains(named), "{error}");
    }
}
