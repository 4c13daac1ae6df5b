//! Every key of the manifest reaches the descriptor.

use keyway::extension_point;
use keyway::manifest::{FailurePolicy, Stability, Target};
use keyway::prelude::*;

pub mod sdk {
    keyway::permission! {
        /// Send mail.
        pub trait SendMail = "mail.send", scope = Origin;
    }
}

#[extension_point(
    id = "test.greeting",
    version = "1.2.0",
    on_failure = "open",
    permission = sdk::SendMail
)]
pub trait Greeting {
    fn greet(&self, name: &str) -> String;
}

#[derive(Plugin)]
#[plugin(
    provides(Greeting, self::Farewell),
    permissions("mail.send" = sdk::SendMail),
    manifest_text = r#"
manifest-version = 1

[plugin]
id = "test.everything"
version = "1.2.3-beta.1"
description = "says hello"
host = ">=0.1, <0.3"
stability = "deprecated"
notice = "use `test.other`"

[requires]
"test.base" = "^1.2"
"service.mail" = { version = "~2.0", optional = true, reason = "sends greetings" }

[conflicts]
"test.silence" = { version = "*", reason = "forbids greetings" }

[provides]
"service.greeting" = { version = "1.0.0", exclusive = true }

[order]
after = ["test.early"]
before = ["test.late"]

[permissions]
"filesystem.read" = { scope = ["names/**"], reason = "reads the names" }
"mail.send" = { scope = ["https://mail.example"], optional = true, reason = "sends greetings" }

[limits]
memory = "64MiB"
call = "2s"

[state]
version = 3

[config]
name = "world"
"#
)]
pub struct Everything(Files);

#[extension_point(id = "test.farewell", version = "2.0.0", on_failure = "open", deadline = "1500ms")]
pub trait Farewell {
    async fn leave(&self);
}

impl Lifecycle for Everything {
    type Config = String;

    async fn init(ctx: &Context<Self>, _: String) -> Result<Self, Error> {
        mail(ctx);
        Ok(Self(ctx.files()?))
    }
}

impl Greeting for Everything {
    fn greet(&self, name: &str) -> String {
        format!("hello {name} ({:?})", self.0)
    }
}

impl Farewell for Everything {
    async fn leave(&self) {}
}

/// What an SDK would offer behind its permission.
fn mail<P: sdk::SendMail>(_: &Context<P>) {
    const { keyway::permission::assert_declared::<P>("mail.send") };
}

fn main() {
    let descriptor = <Everything as Plugin>::DESCRIPTOR;
    assert_eq!(descriptor.version.to_string(), "1.2.3-beta.1");
    assert_eq!((descriptor.description, descriptor.notice), ("says hello", "use `test.other`"));
    assert_eq!(descriptor.stability, Stability::Deprecated);
    assert_eq!(descriptor.host.text, ">=0.1, <0.3");
    let requires: Vec<_> = descriptor.requires.iter().map(|line| (line.id.as_str(), line.target, line.optional)).collect();
    assert_eq!(requires, [("service.mail", Target::Service, true), ("test.base", Target::Plugin, false)]);
    assert_eq!(descriptor.conflicts[0].reason, "forbids greetings");
    assert!(descriptor.provides[0].exclusive);
    assert_eq!((descriptor.after[0].id.as_str(), descriptor.before[0].id.as_str()), ("test.early", "test.late"));
    assert_eq!(descriptor.permissions[1].scopes, ["https://mail.example"]);
    assert_eq!(descriptor.permissions[1].scope_kind, keyway::manifest::ScopeKind::Origin);
    // What is ready for the surface says nothing else, or is left to the descriptor.
    let ready = <Everything as Plugin>::SURFACE;
    assert!(ready.is_empty() || ready == keyway::manifest::surface::manifest_part(descriptor));
    assert_eq!((descriptor.limits.memory_bytes, descriptor.limits.call_millis), (Some(64 << 20), Some(2_000)));
    assert_eq!(descriptor.state_version, 3);
    assert!(descriptor.config_defaults.contains("world"));
    let points: Vec<_> = descriptor.extensions.iter().map(|entry| entry.point).collect();
    assert_eq!(points[0].id.as_str(), "test.greeting");
    assert_eq!(
        (points[0].on_failure, points[0].deadline_millis),
        (FailurePolicy::Open, Some(2_000)),
        "the deadline when the attribute names none"
    );
    assert_eq!(points[1].deadline_millis, Some(1_500));
    assert_eq!(points[1].methods[0].0, "leave");
}
