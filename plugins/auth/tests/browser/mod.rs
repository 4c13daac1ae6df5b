//! A browser that keeps its cookies, in front of the plugin; it asks as the host does: who is it, may they, and then the route.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::testing::RunningTestHost;
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, Authenticator, Authoriser, Bytes, CmsError, HeaderMap, Principal, Refusal, Request, Route, Site,
    SiteListener, header, http,
};

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) cookies: Vec<String>,
    pub(crate) body: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Browser<'h> {
    host: &'h RunningTestHost,
    cookies: BTreeMap<String, String>,
}

/// Shows the plugins an empty site at an address.
pub(crate) async fn site(host: &RunningTestHost, address: &str) {
    let site = Arc::new(Site::new("Test", address, Vec::new()).0);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }
}

impl<'h> Browser<'h> {
    pub(crate) fn new(host: &'h RunningTestHost) -> Self {
        Self { host, cookies: BTreeMap::new() }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn request(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Request {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = http::Request::builder().method(method).uri(path).header("cookie", cookies.join("; "));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(Bytes::from(body)).unwrap()
    }

    /// Who the plugin says it is.
    pub(crate) async fn visitor(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Result<Option<Principal>, CmsError> {
        let authenticators = self.host.extensions::<dyn Authenticator>();
        authenticators[0].authenticate(&self.request(method, path, fields)).await
    }

    /// Whether the plugin lets a request through.
    pub(crate) async fn authorise(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Result<(), Refusal> {
        let principal = self.visitor(method, path, fields).await.unwrap().unwrap();
        let request = self.request(method, path, fields);
        self.host.extensions::<dyn Authoriser>()[0].authorise(&principal, &request, &Access::SignedIn).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send("POST", path, fields).await
    }

    /// Opens the form and sends it filled.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str, next: &str) -> Reply {
        self.cookies.remove("login");
        let former = self.cookies.remove("session");
        self.get("/login").await;
        self.cookies.extend(former.map(|former| ("session".to_owned(), former)));
        let token = self.cookie("login").or(self.cookie("__Host-login")).unwrap().to_owned();
        let fields = [("token", token.as_str()), ("name", name), ("password", password), ("next", next)];
        self.post("/login", &fields).await
    }

    async fn send(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut request = self.request(method, path, fields);
        let route = &self.host.extensions::<dyn Route>()[0];
        if route.access(&request).unwrap() != Access::Public {
            let Some(principal) = self.visitor(method, path, fields).await.unwrap() else {
                return reply(401, &HeaderMap::new(), String::new());
            };
            if let Err(refusal) = self.authorise(method, path, fields).await {
                return reply(403, &HeaderMap::new(), refusal.reason().to_owned());
            }
            request.extensions_mut().insert(principal);
        }
        let reply = match route.handle(&request).await.unwrap().unwrap() {
            Answer::Response(response) => {
                reply(response.status().as_u16(), response.headers(), String::from_utf8(response.body().to_vec()).unwrap())
            }
            Answer::View(view) => reply(view.status.as_u16(), &view.headers, view.content),
        };
        for cookie in &reply.cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        reply
    }

    /// The administrators' panel.
    pub(crate) async fn panel(&self) -> String {
        let mut request = self.request("GET", "/admin/users", &[]);
        request.extensions_mut().insert(self.visitor("GET", "/", &[]).await.unwrap().unwrap());
        self.host.extensions::<dyn AdminPanel>()[0].render(&request).await.unwrap().into()
    }

    pub(crate) async fn submit(&self, fields: &[(&str, &str)]) -> Result<(), Refusal> {
        let request = self.request("POST", "/admin/users", fields);
        self.host.extensions::<dyn AdminPanel>()[0].submit(&request).await
    }
}

fn reply(status: u16, headers: &HeaderMap, body: String) -> Reply {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let cookies = headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
    Reply { status, location: text(header::LOCATION), retry_after: text(header::RETRY_AFTER), cookies, body }
}
