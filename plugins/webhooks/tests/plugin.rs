//! The plugin in a test host, with endpoints that the test makes up.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cms_plugin_webhooks::Webhooks;
use keyway::capability::{HttpRequest, HttpResponse};
use keyway::testing::{RunningTestHost, TestClock, TestHost};
use keyway_cms_sdk::event::Login;
use keyway_cms_sdk::{AdminPanel, Bytes, Request, http};

keyway::testing::conformance!(Webhooks, work: keyway_cms_sdk::testing::visit);

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CHAT: &str = r#"
    [[endpoints]]
    name = "chat"
    url = "https://hooks.example/chat?key=hush"
    topics = ["auth.*"]
"#;

/// What the endpoints answer, one after the other; at the end 204. An answer of 0 is none, for ever.
#[derive(Clone, Default)]
struct World {
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl World {
    fn answering(answers: &[(u16, &'static str)]) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), requests: Arc::default() }
    }

    fn host(&self, config: &str, clock: &TestClock) -> TestHost {
        let world = self.clone();
        let host = TestHost::new().plugin::<Webhooks>().config(config).clock(clock).secret("webhook-chat", SECRET);
        host.secret("webhook-slow", SECRET).http(move |request| {
            let (status, retry_after) = if request.url.contains("slow") {
                (0, "")
            } else {
                world.answers.lock().unwrap().pop_front().unwrap_or((204, ""))
            };
            let headers = vec![("retry-after".to_owned(), retry_after.as_bytes().to_vec())];
            let answer = HttpResponse::new(status, request.url.clone(), headers, Vec::new());
            world.requests.lock().unwrap().push(request);
            async move { if status == 0 { std::future::pending().await } else { Ok(answer) } }
        })
    }

    async fn sent(&self, count: usize) -> Vec<HttpRequest> {
        loop {
            let requests = self.requests.lock().unwrap().clone();
            if requests.len() >= count {
                assert_eq!(requests.len(), count, "{requests:?}");
                return requests;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn clock() -> TestClock {
    TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

async fn sign_in(host: &RunningTestHost, name: &str) {
    host.publisher::<Login>().unwrap().publish(Login { name: name.to_owned(), succeeded: true }).await;
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> &'r str {
    &request.headers.iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("no {name}")).1
}

fn panel_request(body: String) -> Request {
    http::Request::post("/admin/webhooks").body(Bytes::from(body)).unwrap()
}

async fn panel(host: &RunningTestHost) -> String {
    host.extensions::<dyn AdminPanel>()[0].render(&panel_request(String::new())).await.unwrap().as_str().to_owned()
}

async fn panel_until(host: &RunningTestHost, text: &str) -> String {
    loop {
        let shown = panel(host).await;
        if shown.contains(text) {
            return shown;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_event_is_sent_once_signed_and_as_a_cloud_event() {
    let (world, clock) = (World::default(), clock());
    let host = world.host(CHAT, &clock).start().await.unwrap();
    sign_in(&host, "Ada").await;
    let sent = world.sent(1).await;
    let (request, id) = (&sent[0], header(&sent[0], "webhook-id"));
    assert_eq!(
        (request.method.as_str(), request.url.as_str(), request.follow),
        ("POST", "https://hooks.example/chat?key=hush", false)
    );
    assert_eq!(header(request, "content-type"), "application/cloudevents+json");
    assert_eq!(header(request, "webhook-timestamp"), "1700000000");
    assert!(id.len() == 36 && id.starts_with("msg_") && header(request, "webhook-signature").starts_with("v1,"));
    let event: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let expected = serde_json::json!({
        "specversion": "1.0", "id": id, "source": "/", "type": "auth.login", "time": "2023-11-14T22:13:20Z",
        "publisher": "host", "schemaversion": "1.0.0", "datacontenttype": "application/json",
        "data": { "name": "Ada", "succeeded": true },
    });
    assert_eq!(event, expected);
    let shown = panel_until(&host, "<td>0, 0 of them due</td>").await;
    assert!(shown.contains("hooks.example") && shown.contains("works") && !shown.contains("hush"), "{shown}");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn what_failed_is_sent_again_when_the_endpoint_wants_it() {
    let (world, clock) = (World::answering(&[(503, "3600"), (302, "")]), clock());
    let host = world.host(CHAT, &clock).start().await.unwrap();
    sign_in(&host, "Ada").await;
    let first = world.sent(1).await;
    panel_until(&host, "it answered 503").await;
    // Whatever wakes the courier before the hour is over has it wait on.
    clock.advance(Duration::from_secs(3_599));
    let nothing = panel_request("do=retry&id=none".to_owned());
    host.extensions::<dyn AdminPanel>()[0].submit(&nothing).await.unwrap();
    assert!(panel(&host).await.contains("<td>1, 0 of them due</td>"));
    clock.advance(Duration::from_secs(1));
    host.extensions::<dyn AdminPanel>()[0].submit(&nothing).await.unwrap();
    world.sent(2).await;
    panel_until(&host, "it answered 302").await;
    clock.advance(Duration::from_secs(20));
    host.extensions::<dyn AdminPanel>()[0].submit(&nothing).await.unwrap();
    let all = world.sent(3).await;
    panel_until(&host, "works").await;
    assert!(all.iter().all(|request| header(request, "webhook-id") == header(&first[0], "webhook-id")));
    assert!(all.iter().all(|request| request.body == first[0].body));
    assert_ne!(header(&all[2], "webhook-signature"), header(&first[0], "webhook-signature"), "it is of another time");
}

#[tokio::test]
async fn what_is_given_up_is_shown_and_can_be_tried_again() {
    let (world, clock) = (World::answering(&[(500, ""), (500, "")]), clock());
    let host = world.host(&format!("attempts = 2\nfirst-retry-seconds = 0\n{CHAT}"), &clock).start().await.unwrap();
    sign_in(&host, "Ada").await;
    let shown = panel_until(&host, "2 attempts until").await;
    let id = shown.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let panel = &host.extensions::<dyn AdminPanel>()[0];
    panel.submit(&panel_request(format!("do=retry&id={id}"))).await.unwrap();
    world.sent(3).await;
    panel_until(&host, "Nothing was given up").await;
    panel_until(&host, "works").await;

    *world.answers.lock().unwrap() = [(500, ""), (500, "")].into();
    sign_in(&host, "Eve").await;
    let shown = panel_until(&host, "2 attempts until").await;
    let id = shown.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    panel.submit(&panel_request(format!("do=forget&id={id}"))).await.unwrap();
    panel_until(&host, "Nothing was given up").await;
    assert!(panel.submit(&panel_request("do=retry".to_owned())).await.is_err(), "nothing is checked");
}

#[tokio::test]
async fn a_slow_endpoint_delays_no_other() {
    let (world, clock) = (World::default(), clock());
    let slow = "[[endpoints]]\nname = \"slow\"\nurl = \"https://slow.example\"\ntopics = [\"**\"]";
    let host = world.host(&format!("{slow}\n{CHAT}"), &clock).start().await.unwrap();
    sign_in(&host, "Ada").await;
    sign_in(&host, "Eve").await;
    let sent = world.sent(3).await;
    assert_eq!(sent.iter().filter(|request| request.url.contains("slow")).count(), 1, "it has not answered yet");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn what_was_not_sent_is_sent_after_a_restart() {
    let folder = Temporary::new("webhooks-restart");
    let (world, clock) = (World::answering(&[(500, "")]), clock());
    let host = world.host(CHAT, &clock).data_folder(&folder.0).start().await.unwrap();
    sign_in(&host, "Ada").await;
    panel_until(&host, "it answered 500").await;
    assert!(host.stop().await.is_clean());
    drop(host);
    clock.advance(Duration::from_secs(60));
    let host = world.host(CHAT, &clock).data_folder(&folder.0).start().await.unwrap();
    let sent = world.sent(2).await;
    assert_eq!(header(&sent[0], "webhook-id"), header(&sent[1], "webhook-id"));
    panel_until(&host, "works").await;
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_left_alone_until_it_is_switched_on() {
    for (answers, days) in [(&[(410, "")][..], 0), (&[(500, ""), (500, "")], 6)] {
        let (world, clock) = (World::answering(answers), clock());
        let host = world.host(CHAT, &clock).start().await.unwrap();
        sign_in(&host, "Ada").await;
        if days > 0 {
            panel_until(&host, "failing since").await;
            clock.advance(Duration::from_secs(days * 24 * 3_600));
            sign_in(&host, "Bob").await;
        }
        let shown = panel_until(&host, "switched off").await;
        let count = world.requests.lock().unwrap().len();
        assert!(shown.contains("value=\"chat\">Switch on"), "{shown}");
        sign_in(&host, "Eve").await;
        let panel = &host.extensions::<dyn AdminPanel>()[0];
        assert!(panel.submit(&panel_request("on=nobody".to_owned())).await.is_err());
        assert_eq!(world.sent(count).await.len(), count, "nothing is sent to it");
        clock.advance(Duration::from_secs(24 * 3_600));
        panel.submit(&panel_request("on=chat".to_owned())).await.unwrap();
        panel_until(&host, "<td>0, 0 of them due</td>").await;
        panel_until(&host, "works").await;
        assert!(!world.requests.lock().unwrap().iter().any(|request| String::from_utf8_lossy(&request.body).contains("Eve")));
    }
}

#[tokio::test]
async fn settings_that_make_no_sense_stop_the_start() {
    let endpoint = |line: &str| format!("[[endpoints]]\n{line}");
    let chat = "name = \"chat\"\nurl = \"https://a.example\"\ntopics = [\"a\"]";
    for (config, named) in [
        (endpoint("name = \"Chat\"\nurl = \"https://a.example\"\ntopics = [\"a\"]"), "`Chat`"),
        (endpoint("name = \"chat\"\nurl = \"http://a.example\"\ntopics = [\"a\"]"), "`https` address"),
        (endpoint("name = \"chat\"\nurl = \"https://a:b@c.example\"\ntopics = [\"a\"]"), "`https` address"),
        (endpoint("name = \"chat\"\nurl = \"https://a.example\"\ntopics = []"), "no topics"),
        (endpoint(&format!("{chat}\nsecret = \"mail\"")), "KW0610"),
        (endpoint("name = \"chat\"\nurl = \"https://a.example:9\"\ntopics = [\"a\"]"), "sent to the endpoint `chat`: KW0610"),
        (endpoint(&format!("{chat}\nsecret = \"webhook-weak\"")), "`webhook-weak`"),
        (format!("{}\n{}", endpoint(chat), endpoint(chat)), "two endpoints"),
        ("attempts = 0".to_owned(), "`attempts`"),
    ] {
        let host = World::default().host(&config, &clock()).secret("webhook-weak", "hunter2");
        let error = host.start().await.unwrap_err().to_string();
        assert!(error.contains(named) && !error.contains("hunter2"), "{error}");
    }
}

/// A folder that is deleted at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("{name}-{}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
