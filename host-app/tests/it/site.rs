//! The site that the plugins of this build make together, end to end.

#[cfg(feature = "content")]
mod content {
    use crate::folder::Folder;
    use crate::served::{Served, settings};

    const START: &str =
        "---\ntitle: Start\ndescription: Where it begins.\n---\n# Start\n\nA *page* about [the guide](guide/first.md#one).\n";
    const FIRST: &str = "+++\ntitle = \"First steps\"\ndate = \"2026-01-02\"\naliases = [\"/old\"]\n+++\n# First steps\n\n## One\n\nWords to find: rhubarb.\n\n```rust\nfn main() {}\n```\n";

    fn folder(name: &str) -> Folder {
        let folder = Folder::with(
            name,
            &[("index.md", START), ("guide/first.md", FIRST), ("style.css", "p{}"), (".secret/key.md", "# No")],
        );
        folder.write("picture.png", [0x89, b'P', b'N', b'G']);
        folder
    }

    fn served(name: &str) -> Served {
        Served::folder(folder(name))
    }

    #[test]
    fn pages_and_files_are_served() {
        let server = served("pages");
        let start = server.get("/");
        assert_eq!((start.status, start.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert!(start.text().contains("Where it begins.") || start.text().contains("A "), "{}", start.text());
        assert_eq!(server.get("/guide/first").status, 200);
        assert_eq!(server.get("/picture.png").header("content-type"), Some("image/png"));
        assert_eq!(server.get("/style.css").body, b"p{}");
        assert_eq!(server.get("/.secret/key").status, 404);
        assert_eq!(server.get("/.secret/key.md").status, 404);
        assert_eq!(server.ask("POST", "/guide/first", &[]).status, 405);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_folder_are_not_followed() {
        let (folder, outside) =
            (folder("inside"), Folder::with("outside", &[("secret.md", "# Secret\n"), ("secret.txt", "secret")]));
        for (link, target) in [("link.md", "secret.md"), ("link.txt", "secret.txt"), ("linked", "")] {
            std::os::unix::fs::symlink(outside.path().join(target), folder.path().join(link)).expect("links can be made");
        }
        let server = Served::folder(folder);
        assert_eq!(server.get("/").status, 200);
        for path in ["/link", "/link.md", "/link.txt", "/linked/secret", "/linked/secret.txt"] {
            let reply = server.get(path);
            assert!(reply.status == 404 || reply.status == 500, "{path}: {}", reply.status);
            assert!(!reply.text().to_lowercase().contains("# secret") && reply.text() != "secret", "{path}");
        }
    }

    #[test]
    fn the_title_comes_from_the_settings_or_the_start_page() {
        let folder = folder("title");
        let mut settings = settings(&folder);
        assert!(Served::start(keyway_cms::plugins(), &settings).expect("it starts").get("/guide/first").text().contains("Start"));
        settings.title = Some("Rhubarb <club>".to_owned());
        let page = Served::start(keyway_cms::plugins(), &settings).expect("it starts").get("/guide/first");
        assert!(page.text().contains("Rhubarb &lt;club&gt;"), "{}", page.text());
    }

    #[cfg(feature = "markdown")]
    #[test]
    fn markdown_becomes_html_and_links_lead_to_pages() {
        let server = served("markdown");
        let start = server.get("/");
        assert!(start.text().contains("<em>page</em>"), "{}", start.text());
        assert!(start.text().contains("href=\"/guide/first#one\""), "{}", start.text());
    }

    #[cfg(feature = "theme")]
    #[test]
    fn the_theme_draws_pages_and_errors() {
        let server = served("theme");
        for (path, status) in [("/", 200), ("/guide/first", 200), ("/missing", 404)] {
            let page = server.get(path);
            assert_eq!(page.status, status);
            assert!(page.text().contains("/theme.css") && page.text().contains("href=\"/guide/first\""), "{}", page.text());
        }
        assert_eq!(server.get("/theme.css").header("content-type"), Some("text/css; charset=utf-8"));
    }

    #[cfg(feature = "search")]
    #[test]
    fn search_finds_words() {
        let server = served("search");
        assert!(server.get("/search?q=rhubarb").text().contains("First steps"));
        let found: serde_json::Value = serde_json::from_slice(&server.get("/search.json?q=rhubarb").body).expect("JSON");
        assert!(found.to_string().contains("/guide/first"), "{found}");
        assert!(!server.get("/search?q=%3Cscript%3E").text().contains("<script>"));
    }

    #[cfg(feature = "sitemap")]
    #[test]
    fn the_sitemap_lists_every_page() {
        let server = served("sitemap");
        let sitemap = server.get("/sitemap.xml");
        assert!(sitemap.header("content-type").is_some_and(|kind| kind.starts_with("application/xml")));
        assert!(sitemap.text().contains(&format!("<loc>http://{}/guide/first</loc>", server.address())), "{}", sitemap.text());
    }

    #[cfg(feature = "feed")]
    #[test]
    fn the_feed_has_dated_pages() {
        let feed = served("feed").get("/feed.xml");
        assert!(feed.header("content-type").is_some_and(|kind| kind.starts_with("application/atom+xml")));
        assert!(feed.text().contains("First steps"), "{}", feed.text());
    }

    #[cfg(feature = "redirect")]
    #[test]
    fn former_addresses_lead_on() {
        let reply = served("redirect").get("/old");
        assert!(matches!(reply.status, 301 | 308), "{}", reply.status);
        assert_eq!(reply.header("location"), Some("/guide/first"));
    }

    #[cfg(feature = "compress")]
    #[test]
    fn pages_are_compressed_for_who_asks() {
        let folder = folder("compress");
        folder.write("long.md", format!("# Long\n\n{}", "the same words again and again\n".repeat(500)));
        let server = Served::folder(folder);
        let plain = server.get("/long");
        assert_eq!(plain.header("content-encoding"), None);
        for (asked, encoding) in [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip;q=0.5", "gzip")] {
            let small = server.ask("GET", "/long", &[("Accept-Encoding", asked)]);
            assert_eq!(small.header("content-encoding"), Some(encoding), "{asked}");
            assert!(small.body.len() * 4 < plain.body.len());
            assert!(small.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-encoding")));
        }
    }

    #[cfg(feature = "cache")]
    #[test]
    fn an_unchanged_page_is_not_sent_again() {
        let server = served("cache");
        let headers: &[&[(&str, &str)]] = &[&[], &[("Accept-Encoding", "gzip")]];
        for given in headers {
            let first = server.ask("GET", "/guide/first", given);
            let tag = first.header("etag").expect("an entity tag").to_owned();
            let with_tag: Vec<_> = given.iter().copied().chain([("If-None-Match", tag.as_str())]).collect();
            for method in ["GET", "HEAD"] {
                let again = server.ask(method, "/guide/first", &with_tag);
                assert_eq!((again.status, again.body.len()), (304, 0), "{method} {given:?}");
                assert_eq!(again.header("etag"), Some(tag.as_str()));
            }
            let other: Vec<_> = given.iter().copied().chain([("If-None-Match", "\"other\"")]).collect();
            assert_eq!(server.ask("GET", "/guide/first", &other).status, 200);
        }
    }

    #[cfg(feature = "suggest")]
    #[test]
    fn titles_are_suggested() {
        let reply = served("suggest").get("/suggest.json?q=fir");
        assert!(reply.text().contains("First steps"), "{}", reply.text());
    }
}
