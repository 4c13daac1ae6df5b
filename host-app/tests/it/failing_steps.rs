//! A step that fails on one page leaves the other pages alone, and that page is served with what there is.

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod shelf {
    use std::sync::{Arc, OnceLock};

    use keyway::prelude::*;
    use keyway_cms_sdk::{
        Answer, CmsError, Document, Format, Heading, Processed, Processor, Request, Route, Site, SiteListener, Source, View,
    };

    /// Tells its own documents, spoils some of them, and serves what became of them.
    #[derive(Debug, Plugin)]
    #[plugin(
        provides(Source, Processor, SiteListener, Route),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shelf"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/**"], reason = "serves its pages" }
    "#
    )]
    pub struct Shelf(OnceLock<Arc<Site>>);

    impl Lifecycle for Shelf {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(OnceLock::new()))
        }
    }

    impl Source for Shelf {
        async fn load(&self) -> Result<Vec<Document>, CmsError> {
            let paths = ["/", "/panics", "/fails", "/skipped", "no-path", "/", "/good"];
            Ok(paths.map(|path| Document::new(path, format!("shelf{path}"), Format::Markdown, format!("<raw> {path}"))).into())
        }
    }

    impl Processor for Shelf {
        fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError> {
            assert_ne!(document.path, "/panics", "a step that panics");
            match document.path.as_str() {
                "/fails" => Err(CmsError::message("a secret of the step")),
                "/skipped" => Ok(None),
                path => Ok(Some(Processed {
                    content: format!("<h2 id=\"h\">Head &amp; tail</h2><p>made of {path}</p>"),
                    format: Format::Html,
                    headings: Some(vec![Heading { level: 2, id: "h".to_owned(), text: "Head & tail".to_owned() }]),
                })),
            }
        }
    }

    impl SiteListener for Shelf {
        async fn site_built(&self, site: Arc<Site>) {
            let _ = self.0.set(site);
        }
    }

    impl Route for Shelf {
        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            let page = self.0.get().and_then(|site| site.page(request.uri().path()));
            Ok(page.map(|page| {
                let seen =
                    format!("{}<p>text: {}; headings: {}</p>", page.document.content, page.text.len(), page.headings.len());
                Answer::View(View::new(&page.document.path, &page.document.title, seen))
            }))
        }
    }
}

mod host {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::shelf], census_test = off }
}

#[test]
fn each_page_is_served_with_what_there_is() {
    const NOTICE: &str = "This page could not be prepared completely.";
    let folder = Folder::new("failing-steps");
    let server = Served::start(host::plugins(), &settings(&folder)).unwrap_or_else(|failure| panic!("{failure}"));
    for (path, content, is_complete) in [
        ("/", "made of /</p><p>text: 21; headings: 1", true),
        ("/good", "made of /good</p><p>text: 25; headings: 1", true),
        ("/skipped", "<pre>&lt;raw&gt; /skipped</pre>\n<p>text: 14; headings: 0", true),
        ("/fails", "<pre>&lt;raw&gt; /fails</pre>", false),
        ("/panics", "<pre>&lt;raw&gt; /panics</pre>", false),
    ] {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains(content), "{path}: {}", page.text());
        assert_eq!(page.text().contains(NOTICE), !is_complete, "{path}: {}", page.text());
        assert!(!page.text().contains("secret") && !page.text().contains("panics\""), "{path}: {}", page.text());
    }
    assert!(
        server.greeting().contains("5 pages in ") && server.greeting().contains("2 of them incomplete"),
        "{}",
        server.greeting()
    );
}
