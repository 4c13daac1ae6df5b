//! A plugin of the program, linked in whatever tier the subject has, on which the subject relies.

#![expect(unreachable_pub, reason = "a plugin is public wherever it stands")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use keyway::prelude::*;
use keyway_conformance::{Find, MayRemove, Names, Title, Told, Words};

/// Has a service that the subject uses, and extends the hooks that it asks.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Find, MayRemove, Names, Title, Words),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "conform.neighbour"
        version = "1.0.0"
        host = "*"
        [provides]
        "service.words" = "1.0.0"
    "#
)]
pub struct Neighbour {
    said: AtomicU64,
}

impl Lifecycle for Neighbour {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { said: AtomicU64::new(0) })
    }
}

impl Words for Neighbour {
    fn say(&self, word: &str) -> Result<Told, Error> {
        match word {
            "fail" => Err(Error::message("the neighbour says nothing to that")),
            "panic" => panic!("the neighbour is upset"),
            _ => Ok(Told::Counts { counts: vec![(word.to_owned(), self.said.fetch_add(1, Relaxed))], sum: None }),
        }
    }
}

impl Find for Neighbour {
    fn find(&self, word: &str) -> Option<String> {
        (word == "neighbour").then(|| "found by the neighbour".to_owned())
    }
}

impl Names for Neighbour {
    async fn names(&self) -> Vec<String> {
        vec!["neighbour".to_owned()]
    }
}

impl Title for Neighbour {
    fn title(&self, title: &str) -> Result<String, Error> {
        Ok(format!("{title}, says the neighbour"))
    }
}

impl MayRemove for Neighbour {
    async fn may_remove(&self, name: &str) -> Result<(), Error> {
        if name == "neighbour" { Err(Error::message("it lives here")) } else { Ok(()) }
    }
}
