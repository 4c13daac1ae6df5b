//! What a plugin reaches through its host, granted and denied.

use std::fs;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::life::{SUBJECT, settle, started};
use super::tier::{Package, Tier};
use super::transcript::{Transcript, folder};

pub(super) async fn files_variables_and_secrets(tier: &dyn Tier, seen: &mut Transcript) {
    let folder = folder();
    let secrets = folder.join("secrets");
    fs::create_dir_all(&secrets).expect("a folder below target/ can be made");
    fs::write(secrets.join("word"), "open sesame\n").expect("a file below target/ can be written");
    #[cfg(unix)]
    fs::set_permissions(secrets.join("word"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("the file is ours");
    let config = format!("[host.secrets]\nfolder = '{}'", secrets.display()).parse().expect("the configuration is TOML");
    let builder = tier.builder(Package::Subject).config(config);
    let host = builder.data_folder(folder.join("data")).mount("content", folder.join("content")).start().await;
    let host = host.unwrap_or_else(|error| panic!("{error}"));
    for act in [
        "read content/page.txt",
        "read content/absent.txt",
        "read content/../secrets/word",
        "read other/page.txt",
        "write content/notes/new.txt",
        "write content/page.txt",
        "list content/notes",
        "environment CARGO_PKG_NAME",
        "environment CARGO_PKG_NOTHING",
        "environment HOME",
        "secret word",
        "secret password",
    ] {
        seen.now(&host, SUBJECT, act);
    }
    let denials = host.plugin(SUBJECT).expect("it is there").denials;
    seen.line("denied", format_args!("{} times, at last {}", denials.count, denials.last.expect("there are some")));
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn keys_and_tables(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    for act in ["keys visits/one", "keys other/one", "rows one", "table visits", "table others"] {
        seen.later(&host, SUBJECT, act).await;
    }
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn requests(tier: &dyn Tier, seen: &mut Transcript) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let server = tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.expect("the port is open");
            let mut request = [0; 1024];
            let length = connection.read(&mut request).await.expect("a request comes");
            let request = String::from_utf8_lossy(&request[..length]);
            let body = request.lines().next().unwrap_or_default();
            let head = format!("HTTP/1.1 200 OK\r\nx-from: the test\r\ncontent-length: {}\r\n\r\n", body.len());
            connection.write_all(format!("{head}{body}").as_bytes()).await.expect("the answer goes");
        }
    });
    let host = started(tier, "").await;
    seen.hide(&port.to_string(), "<port>");
    for act in
        ["get http://127.0.0.1:PORT/page", "get http://127.0.0.2:PORT/page", "get http://localhost:PORT/page", "get nothing"]
    {
        seen.later(&host, SUBJECT, &act.replace("PORT", &port.to_string())).await;
    }
    seen.line("stop", host.stop().await.is_clean());
    server.abort();
    let _ = server.await;
}

pub(super) async fn tasks_timers_and_logs(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    seen.log("start");
    for act in ["task work", "task panic", "block work", "block panic", "hurry 1", "hurry 60000", "sleep"] {
        seen.later(&host, SUBJECT, act).await;
    }
    seen.now(&host, SUBJECT, "log this");
    seen.now(&host, SUBJECT, "random");
    settle().await;
    seen.log("logged");
    let usage = host.plugin(SUBJECT).expect("it is there").usage;
    seen.line("tasks", format_args!("{:?}, {} panics", usage.tasks, usage.task_panics));
    seen.line("stop", host.stop().await.is_clean());
}
