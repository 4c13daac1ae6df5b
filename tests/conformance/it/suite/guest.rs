//! A plugin of the program, linked in whatever tier the subject has, which relies on the subject.

#![expect(unreachable_pub, reason = "a plugin is public wherever it stands")]

use keyway::prelude::*;
use keyway_conformance::{Act, Greetings, Saved, Told};

/// Has itself greeted.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Act),
    uses(Greetings),
    publishes(Saved),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "conform.guest"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.greetings" = { version = "^1", optional = true }
        [permissions]
        "events.publish" = { scope = ["conform.saved"], reason = "tells" }
    "#
)]
pub struct Guest {
    greetings: Option<Service<dyn Greetings>>,
    saved: Publisher<Saved>,
}

impl Lifecycle for Guest {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { greetings: ctx.service_if_present()?, saved: ctx.publisher()? })
    }
}

impl Act for Guest {
    fn now(&self, act: &str) -> Result<Told, Error> {
        Ok(Told::Text(act.to_owned()))
    }

    async fn later(&self, act: &str) -> Result<Told, Error> {
        if let Some(name) = act.strip_prefix("save ") {
            self.saved.publish(Saved { name: name.to_owned(), times: 2 }).await;
            return Ok(Told::Done);
        }
        let Some(greetings) = &self.greetings else { return Err(Error::message("nobody greets")) };
        let greeted = greetings.get()?.greet(vec![act.to_owned(), "all".to_owned()]).await?;
        Ok(Told::Text(format!("{greeted:?}")))
    }
}
