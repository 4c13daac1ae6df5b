//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod browser;

use std::time::{Duration, SystemTime};

use browser::Browser;
use cms_plugin_auth::{Auth, Hashing};
use keyway::testing::{RunningTestHost, TestClock, TestHost};

keyway::testing::conformance!(Auth, work: keyway_cms_sdk::testing::visit);

/// So cheap that tests are quick.
const CHEAP: Hashing = Hashing { memory_kib: 8, passes: 1, lanes: 1 };

fn config(more: &str) -> String {
    let [ada, bob] = ["open sesame", "12345"].map(|password| CHEAP.hash(password).unwrap());
    format!(
        "{more}\n[users.ada]\npassword = '{ada}'\nroles = ['editor', 'admin']\nname = 'Ada L.'\n[users.bob]\npassword = '{bob}'\n"
    )
}

struct Running {
    host: RunningTestHost,
    clock: TestClock,
}

impl Running {
    async fn start(more: &str) -> Self {
        let clock = TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
        let host = TestHost::new().plugin::<Auth>().config(&config(more)).clock(&clock).start().await.unwrap();
        browser::site(&host, "http://127.0.0.1:8080").await;
        Self { host, clock }
    }

    fn browser(&self) -> Browser<'_> {
        Browser::new(&self.host)
    }

    /// A browser in which ada has signed in.
    async fn ada(&self) -> Browser<'_> {
        let mut browser = self.browser();
        let reply = browser.sign_in("ada", "open sesame", "/").await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        browser
    }
}

#[tokio::test]
async fn who_signs_in_is_known_until_they_sign_out() {
    let running = Running::start("").await;
    let mut browser = running.browser();
    assert!(browser.visitor("GET", "/edit", &[]).await.unwrap().is_none());
    let reply = browser.sign_in("ada", "open sesame", "/edit?x=1").await;
    assert_eq!((reply.status, reply.location.as_deref()), (303, Some("/edit?x=1")));
    let cookie = reply.cookies.iter().find(|cookie| cookie.starts_with("session=")).unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"), "{cookie}");
    let ada = browser.visitor("GET", "/edit", &[]).await.unwrap().unwrap();
    assert_eq!((ada.id.as_str(), ada.name.as_str(), ada.has_role("editor"), ada.has_role("x")), ("ada", "Ada L.", true, false));

    let csrf = ada.csrf.unwrap();
    let former = browser.clone();
    let reply = browser.post("/logout", &[("csrf", &csrf)]).await;
    assert_eq!((reply.status, reply.location.as_deref()), (303, Some("/")));
    assert!(browser.cookie("session").is_none());
    assert!(former.visitor("GET", "/edit", &[]).await.unwrap().is_none(), "the old cookie is worth nothing");
}

#[tokio::test]
async fn a_cookie_that_was_there_before_is_not_taken_over() {
    let running = Running::start("").await;
    let mut browser = running.browser();
    let planted = format!("{}.{}", "0".repeat(16), "0".repeat(64));
    browser.set_cookie("session", &planted);
    browser.sign_in("ada", "open sesame", "/").await;
    let first = browser.cookie("session").unwrap().to_owned();
    assert_ne!(first, planted);
    // Who signs in again gets another one, and the former ends.
    let old = browser.clone();
    browser.sign_in("ada", "open sesame", "/").await;
    assert_ne!(browser.cookie("session"), Some(first.as_str()));
    assert!(old.visitor("GET", "/", &[]).await.unwrap().is_none());
    assert!(browser.visitor("GET", "/", &[]).await.unwrap().is_some());
}

#[tokio::test]
async fn a_cookie_that_was_changed_is_nobodys() {
    let running = Running::start("").await;
    let mut ada = running.ada().await;
    let cookie = ada.cookie("session").unwrap().to_owned();
    let flipped = if cookie.ends_with('0') { "1" } else { "0" };
    let last = cookie.len() - 1;
    for changed in [
        format!("{}{flipped}", &cookie[..last]),
        cookie[..last].to_owned(),
        format!("{cookie}0"),
        cookie.to_uppercase(),
        format!("{}{}", "0".repeat(16), &cookie[16..]),
        String::new(),
    ] {
        ada.set_cookie("session", &changed);
        assert!(ada.visitor("GET", "/", &[]).await.unwrap().is_none(), "{changed}");
    }
    ada.set_cookie("session", &cookie);
    assert!(ada.visitor("GET", "/", &[]).await.unwrap().is_some());
}

#[tokio::test]
async fn forms_are_taken_from_pages_of_the_same_session_only() {
    let running = Running::start("").await;
    let (mut ada, other) = (running.ada().await, running.ada().await);
    let [own, foreign] = [&ada, &other].map(|browser| browser.visitor("GET", "/", &[]));
    let own = own.await.unwrap().unwrap().csrf.unwrap();
    let foreign = foreign.await.unwrap().unwrap().csrf.unwrap();
    assert_ne!(own, foreign);
    for (fields, may) in [
        (vec![], false),
        (vec![("csrf", "")], false),
        (vec![("csrf", foreign.as_str())], false),
        (vec![("csrf", own.as_str())], true),
        (vec![("csrf", foreign.as_str()), ("csrf", own.as_str())], false),
    ] {
        let answer = ada.authorise("POST", "/edit", &fields).await;
        assert_eq!(answer.is_ok(), may, "{fields:?}");
    }
    assert!(ada.authorise("GET", "/edit", &[]).await.is_ok(), "reading needs no token");
    let refused = ada.post("/logout", &[]).await;
    assert_eq!(refused.status, 403);
    assert!(ada.visitor("GET", "/", &[]).await.unwrap().is_some(), "still signed in");
}

#[tokio::test]
async fn sessions_end_when_they_rest_and_when_they_are_old() {
    let running = Running::start("idle-minutes = 60\nlongest-hours = 3").await;
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let resting = running.ada().await;
    running.clock.advance(minutes(61));
    assert!(resting.visitor("GET", "/", &[]).await.unwrap().is_none());

    let busy = running.ada().await;
    for _ in 0..4 {
        running.clock.advance(minutes(40));
        assert!(busy.visitor("GET", "/", &[]).await.unwrap().is_some());
    }
    running.clock.advance(minutes(40));
    assert!(busy.visitor("GET", "/", &[]).await.unwrap().is_none(), "older than three hours");
}

#[tokio::test]
async fn one_user_has_so_many_sessions() {
    let running = Running::start("sessions-per-user = 2").await;
    let mut browsers = Vec::new();
    for _ in 0..3 {
        browsers.push(running.ada().await);
        running.clock.advance(Duration::from_secs(1));
    }
    let mut known = Vec::new();
    for browser in &browsers {
        known.push(browser.visitor("GET", "/", &[]).await.unwrap().is_some());
    }
    assert_eq!(known, [false, true, true]);

    let csrf = browsers[2].visitor("GET", "/", &[]).await.unwrap().unwrap().csrf.unwrap();
    browsers[2].post("/logout", &[("csrf", &csrf), ("everywhere", "1")]).await;
    for browser in &browsers {
        assert!(browser.visitor("GET", "/", &[]).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn nobody_is_told_which_of_name_and_password_is_wrong() {
    let running = Running::start("").await;
    let mut bodies = Vec::new();
    for (name, password) in [("ada", "12345"), ("eve", "open sesame"), ("ada", ""), ("ADA", "open sesame")] {
        let mut browser = running.browser();
        let reply = browser.sign_in(name, password, "/").await;
        assert_eq!(reply.status, 403, "{name}");
        assert!(browser.cookie("session").is_none());
        // What was typed and the browser's own token are the only differences.
        let token = browser.cookie("login").unwrap();
        bodies.push(reply.body.replace(token, "T").replace(&format!("value=\"{name}\""), "value=\"N\""));
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[tokio::test]
async fn who_guesses_has_to_wait() {
    let running = Running::start("").await;
    let mut browser = running.browser();
    for _ in 0..5 {
        assert_eq!(browser.sign_in("ada", "wrong", "/").await.status, 403);
    }
    let reply = browser.sign_in("ada", "open sesame", "/").await;
    assert_eq!((reply.status, reply.retry_after.as_deref()), (429, Some("1")), "also with the right password");
    assert_eq!(browser.sign_in("bob", "12345", "/").await.status, 303, "another user is free");
    running.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.sign_in("ada", "open sesame", "/").await.status, 303);
}

#[tokio::test]
async fn the_form_is_taken_from_its_own_browser_only() {
    let running = Running::start("").await;
    let (mut own, mut foreign) = (running.browser(), running.browser());
    own.get("/login").await;
    foreign.get("/login").await;
    let token = foreign.cookie("login").unwrap().to_owned();
    for token in ["", "x", token.as_str()] {
        let fields = [("token", token), ("name", "ada"), ("password", "open sesame")];
        assert_eq!(own.post("/login", &fields).await.status, 403, "{token}");
        assert!(own.cookie("session").is_none());
    }
    let mut without_cookies = running.browser();
    let fields = [("token", token.as_str()), ("name", "ada"), ("password", "open sesame")];
    assert_eq!(without_cookies.post("/login", &fields).await.status, 403);
}

#[tokio::test]
async fn visitors_are_led_on_within_the_site() {
    let running = Running::start("").await;
    for (next, expected) in
        [("/edit/a%20b", "/edit/a%20b"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/")]
    {
        let reply = running.browser().sign_in("ada", "open sesame", next).await;
        assert_eq!(reply.location.as_deref(), Some(expected), "{next}");
    }
    let mut browser = running.browser();
    let form = browser.get("/login?next=%2F%2Fevil.example").await;
    assert!(form.body.contains("name=\"next\" value=\"/\""), "{}", form.body);
}

#[tokio::test]
async fn over_https_the_cookies_are_safe() {
    let running = Running::start("").await;
    browser::site(&running.host, "https://example.org").await;
    let mut browser = running.browser();
    let reply = browser.sign_in("ada", "open sesame", "/").await;
    assert_eq!(reply.cookies.len(), 2, "{:?}", reply.cookies);
    assert!(
        reply.cookies.iter().all(|cookie| cookie.starts_with("__Host-") && cookie.contains("; Secure; ")),
        "{:?}",
        reply.cookies
    );
    assert!(browser.visitor("GET", "/", &[]).await.unwrap().is_some());
}

#[tokio::test]
async fn sessions_outlive_a_restart_but_not_a_new_password() {
    let folder = std::env::temp_dir().join(format!("keyway-auth-{}", std::process::id()));
    let start = |config: String| TestHost::new().plugin::<Auth>().config(&config).data_folder(&folder).start();
    let first = config("");
    let host = start(first.clone()).await.unwrap();
    let mut browser = Browser::new(&host);
    browser.sign_in("ada", "open sesame", "/").await;
    let cookie = browser.cookie("session").unwrap().to_owned();
    drop(browser);
    host.stop().await;
    drop(host);

    for (config, is_known) in [(first, true), (config(""), false), (String::new(), false)] {
        let host = start(config).await.unwrap();
        let mut browser = Browser::new(&host);
        browser.set_cookie("session", &cookie);
        assert_eq!(browser.visitor("GET", "/", &[]).await.unwrap().is_some(), is_known);
        drop(browser);
        host.stop().await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn settings_that_let_nobody_in_stop_the_start() {
    for (config, expected) in [
        (
            "[users.ada]\npassword = 'open sesame'",
            "it is no password hash; set `password` to what `keyway-cms hash-password` prints",
        ),
        ("[users.ada]", "set `password` or `password-secret`"),
        ("[users.ada]\npassword-secret = 'auth-ada'", "auth-ada"),
        ("[users.ada]\npassword-secret = 'mail'", "secrets.read"),
        ("idle-minutes = 0", "`idle-minutes` is 0"),
        ("idle = 1", "idle"),
    ] {
        let error = TestHost::new().plugin::<Auth>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.auth") && error.contains(expected), "{config}: {error}");
        assert!(!error.contains("open sesame"), "{error}");
    }
}

#[tokio::test]
async fn a_hash_may_be_a_secret() {
    let host = TestHost::new().plugin::<Auth>().config("[users.ada]\npassword-secret = 'auth-ada'");
    let host = host.secret("auth-ada", &CHEAP.hash("hush").unwrap()).start().await.unwrap();
    let mut browser = Browser::new(&host);
    assert_eq!(browser.sign_in("ada", "hush", "/").await.status, 303);
}

#[tokio::test]
async fn administrators_see_users_and_sign_them_out() {
    let running = Running::start("").await;
    let (ada, mut bob) = (running.ada().await, running.browser());
    bob.sign_in("bob", "12345", "/").await;
    let panel = ada.panel().await;
    assert!(panel.contains("<th scope=\"row\">bob</th><td></td><td>1</td>"), "{panel}");
    assert!(ada.submit(&[("user", "nobody")]).await.is_err());
    ada.submit(&[("user", "bob")]).await.unwrap();
    assert!(bob.visitor("GET", "/", &[]).await.unwrap().is_none());
    assert!(ada.visitor("GET", "/", &[]).await.unwrap().is_some());
}
