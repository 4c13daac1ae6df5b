//! Webhooks through the whole program.
#![cfg(feature = "webhooks")]

use keyway::host::Dependents;
use keyway_cms_sdk::event::Login;

use crate::folder::Folder;
use crate::served::{Served, settings};

/// The program's own client refuses addresses of this machine, whatever name the operator writes; the plugin keeps the message.
#[test]
fn nothing_is_sent_to_this_machine_and_nothing_is_lost() {
    let folder = Folder::with("webhooks", &[("webhook-own", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")]);
    restrict(&folder.path().join("webhook-own"));
    let mut settings = settings(&folder);
    let config = |url: &str| {
        let config = format!(
            "[host.secrets]\nfolder = {:?}\n[[plugin.\"site.webhooks\".endpoints]]\nname = \"own\"\nurl = \"{url}\"\n\
             topics = [\"auth.*\"]\n",
            folder.path()
        );
        toml::from_str(&config).expect("it is TOML")
    };
    for url in ["https://127.0.0.1", "https://[::1]:8443/x", "https://10.0.0.5"] {
        settings.plugins = config(url);
        let failure = Served::start(keyway_cms::plugins(), &settings).err().expect("it can never be reached").to_string();
        assert!(failure.contains("the endpoint `own`: KW0610") && failure.contains("`host.toml`"), "{failure}");
    }
    // What a name stands for is found out when something is sent.
    settings.plugins = config("https://localhost");
    let server = Served::start(keyway_cms::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"));
    let publisher = server.host().publisher::<Login>().expect("the topic is known");
    server.block_on(publisher.publish(Login { name: "ada".to_owned(), succeeded: true }));
    let denied = loop {
        let denials = server.host().plugin("site.webhooks").expect("it is there").denials;
        if let Some(denied) = denials.last {
            break denied;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert_eq!((denied.permission, denied.asked.as_str()), ("network.client", "https://localhost"));
    server.block_on(server.host().disable("site.webhooks", Dependents::Refuse)).expect("nobody needs it");
    server.stop();
}

/// A secret that other users may read is refused.
fn restrict(path: &std::path::Path) {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("the mode can be set");
    #[cfg(not(unix))]
    let _ = path;
}
