//! The scopes have not the form that the SDK's permission asks for.

use keyway::prelude::*;

mod sdk {
    keyway::permission! {
        /// Send mail.
        pub trait SendMail = "mail.send", scope = Origin;
    }
}

#[derive(Plugin)]
#[plugin(
    permissions("mail.send" = sdk::SendMail),
    manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.plugin"
version = "1.0.0"
host = "*"
[permissions]
"mail.send" = { scope = ["/outbox"], reason = "sends greetings" }
"#
)]
pub struct Greeter;

impl Lifecycle for Greeter {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

fn main() {}
