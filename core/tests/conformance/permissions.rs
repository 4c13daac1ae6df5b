//! Plugins that do not cope without what they call optional.

use keyway::testing::{Check, Conformance};

use crate::found;

#[keyway::extension_point(id = "test.reader", version = "1.0.0", on_failure = "open")]
pub trait Reader {
    fn read(&self) -> usize;
}

/// What it does without its permission is its setting.
mod needy {
    use keyway::capability::Environment;
    use keyway::prelude::*;

    use super::Reader;

    #[derive(Debug, serde::Deserialize)]
    pub struct Settings {
        denied: String,
    }

    #[derive(Plugin)]
    #[plugin(
        provides(Reader),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.needy"
        version = "1.0.0"
        host = "*"
        [permissions]
        "env.read" = { scope = ["WORDS"], optional = true, reason = "reads the words" }
        "storage.keys" = { scope = ["words/**"], optional = true, reason = "keeps the words" }
        [config]
        denied = "error"
    "#
    )]
    pub struct Needy(Option<Environment>);

    impl Lifecycle for Needy {
        type Config = Settings;
        async fn init(ctx: &Context<Self>, settings: Settings) -> Result<Self, Error> {
            match settings.denied.as_str() {
                "error" => Ok(Self(Some(ctx.environment()?))),
                "panic" => Ok(Self(Some(ctx.environment().unwrap()))),
                "vague" => Ok(Self(Some(ctx.environment().map_err(|_| Error::message("no words"))?))),
                _ => Ok(Self(ctx.environment().ok())),
            }
        }
    }

    impl Reader for Needy {
        fn read(&self) -> usize {
            self.0.as_ref().unwrap().get("WORDS").map_or(0, |words| words.len())
        }
    }
}

fn found_with(setting: &'static str) -> Vec<String> {
    let kit = Conformance::of::<needy::Needy>().host(move |host| host.config(&format!("denied = '{setting}'"))).work(
        |host| async move {
            for reader in host.extensions::<dyn Reader>() {
                let _ = reader.read();
            }
        },
    );
    found(&kit, Check::Permissions)
}

#[test]
fn an_error_that_names_the_permission_is_an_answer() {
    assert_eq!(found_with("error"), [""; 0]);
}

#[test]
fn an_error_that_names_nothing_is_found() {
    let found = found_with("vague");
    assert_eq!(found, ["start without `env.read`: KW0605 plugin `test.needy 1.0.0` failed in `init`: no words"]);
}

#[test]
fn a_panic_is_found_in_the_start_and_in_a_call() {
    let found = found_with("panic");
    assert!(found[0].starts_with("start without `env.read`: KW0607 plugin `test.needy 1.0.0` panicked in `init`"), "{found:#?}");
    let found = found_with("later");
    assert_eq!(found, ["start without `env.read`, work: 1 of 1 calls at `test.reader` panicked"]);
}
