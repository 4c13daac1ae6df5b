//! What the plugins around every request add and refuse.

#[cfg(feature = "security-headers")]
mod security_headers {
    use crate::folder::Folder;
    use crate::served::{Served, settings};

    fn served(name: &str, address: Option<&str>) -> Served {
        let folder = Folder::with(name, &[("index.md", "# Start\n")]);
        let mut settings = settings(&folder);
        settings.address = address.map(str::to_owned);
        settings.plugins = toml::from_str("[plugin.\"site.redirect\"]\nredirects = { \"/old\" = \"/new\" }\n").expect("TOML");
        if !cfg!(feature = "redirect") {
            settings.plugins.clear();
        }
        Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"))
    }

    #[test]
    fn every_answer_has_them_also_one_that_a_step_gives_itself() {
        let server = served("security-headers", None);
        for path in ["/", "/missing", "/old", "/theme.css", "/admin"] {
            let reply = server.get(path);
            assert_eq!(reply.header("referrer-policy"), Some("strict-origin-when-cross-origin"), "{path}");
            assert_eq!(reply.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
            assert_eq!(reply.header("strict-transport-security"), None, "{path}: there is no HTTPS");
        }
        let page = server.get("/missing");
        assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
        assert!(page.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")));
        assert!(page.header("content-security-policy").is_some(), "the host's own");
    }

    #[test]
    fn a_site_with_https_says_so() {
        let server = served("security-headers-https", Some("https://example.org"));
        assert_eq!(server.get("/").header("strict-transport-security"), Some("max-age=31536000"));
    }
}

#[cfg(feature = "rate-limit")]
mod rate_limit {
    use crate::folder::Folder;
    use crate::served::{Served, settings};

    #[test]
    fn one_too_many_is_refused_and_other_visitors_are_not() {
        let folder = Folder::with("rate-limit", &[("index.md", "# Start\n")]);
        let mut settings = settings(&folder);
        settings.trusted_proxies = keyway_cms::TrustedProxies::parse(&["127.0.0.1".to_owned()]).expect("an address");
        settings.plugins = toml::from_str(
            "[plugin.\"site.rate-limit\"]\nexempt = [\"127.0.0.1\"]\nrules = [{ name = \"few\", limit = \"2/h\" }]\n",
        )
        .expect("TOML");
        let server = Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));
        let ask = |client: &str| server.ask("GET", "/missing", &[("X-Forwarded-For", client)]);
        let first = ask("203.0.113.1");
        assert_eq!((first.status, first.header("ratelimit-policy")), (404, Some("\"few\";q=2;w=3600")));
        assert_eq!(ask("203.0.113.1").status, 404);
        let refused = ask("203.0.113.1");
        assert_eq!((refused.status, refused.header("content-type")), (429, Some("text/plain; charset=utf-8")));
        assert!(refused.header("retry-after").is_some() && refused.text().starts_with("Too many requests."), "{refused:?}");
        #[cfg(feature = "security-headers")]
        assert!(refused.header("referrer-policy").is_some(), "refusals have them too");
        assert_eq!(ask("203.0.113.2").status, 404, "another visitor");
        assert_eq!([server.get("/missing").status; 3], [404; 3], "this machine is exempt");
    }
}
