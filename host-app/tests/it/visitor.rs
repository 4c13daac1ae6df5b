//! Somebody with a browser that keeps cookies and sends forms.

#![cfg(feature = "auth")]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::client::{self, Reply};
use crate::served::Served;

/// A browser in front of a server.
pub(crate) struct Visitor<'s> {
    server: &'s Served,
    cookies: BTreeMap<String, String>,
}

impl<'s> Visitor<'s> {
    pub(crate) fn of(server: &'s Served) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    /// Sends a form with these fields.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.send("POST", path, &body.join("&"))
    }

    /// Opens the form for signing in and sends it.
    pub(crate) fn sign_in(&mut self, name: &str, password: &str, next: &str) -> Reply {
        let form = self.get("/login");
        let token = field(form.text(), "token");
        self.post("/login", &[("token", &token), ("name", name), ("password", password), ("next", next)])
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("cookie", cookies.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let reply = client::ask(self.server.address(), method, path, &headers, body.as_bytes());
        for cookie in reply.headers("set-cookie") {
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }
}

/// The value of a hidden field of a page.
pub(crate) fn field(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&begin).unwrap_or_else(|| panic!("no field `{name}` in {page}")).1;
    rest.split('"').next().expect("a value ends").to_owned()
}

fn encode(value: &str) -> String {
    value.bytes().fold(String::new(), |text, byte| {
        if byte.is_ascii_alphanumeric() {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            text + &format!("%{byte:02X}")
        }
    })
}

/// What `keyway-cms hash-password` prints for a password on its stdin, with these arguments.
pub(crate) fn hash_password(password: &str, arguments: &[&str]) -> Result<String, String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyway-cms"))
        .arg("hash-password")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may have found its arguments wrong and be gone.
    let _ = child.stdin.take().expect("a pipe").write_all(password.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes text");
    if output.status.success() { Ok(text(output.stdout).trim_end().to_owned()) } else { Err(text(output.stderr)) }
}
